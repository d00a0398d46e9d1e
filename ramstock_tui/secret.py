"""A value that never comes out by accident: not in a log, a traceback, a picture or a file."""

import hashlib
from typing import NoReturn


class Secret:
    """Wraps a text; `reveal` is the only way to it. Shown, formatted or logged it is its
    fingerprint, which says whether two are the same and nothing else. It cannot be pickled, copied
    into JSON or kept in a set by its text."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The text itself, for the one place that needs it."""
        return self._value

    @property
    def fingerprint(self) -> str:
        """`#` and eight hex digits of its SHA-256."""
        return f"#{hashlib.sha256(self._value.encode()).hexdigest()[:8]}"

    def __repr__(self) -> str:
        return f"<secret {self.fingerprint}>"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written anywhere")
