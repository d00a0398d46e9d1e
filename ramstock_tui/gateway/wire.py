"""Frames of the text protocol: a length, then fields that each end with NUL."""

import struct
from collections.abc import Callable
from typing import Any

import msgspec

from ramstock_tui.gateway.messages import CONTRACT, RECEIVED, SENT

OLDEST, NEWEST = 157, 178  # server versions that the client library offers
MAX_REQUEST = 1 << 20  # bytes of one frame from a client
GREETING = b"API\0"
_LENGTH = struct.Struct(">I")


class WireError(Exception):
    """What a client sent is no message of the protocol; the message says why."""


class Request(msgspec.Struct, frozen=True):
    """One message of a client. fields: by name, as text. rest: what follows its layout."""

    name: str
    fields: dict[str, str]
    rest: list[str] = []

    def text(self, name: str) -> str:
        """A field, "" when the client left it empty."""
        return self.fields[name]

    def number(self, name: str) -> int:
        """A whole number, 0 when empty. Raises WireError."""
        value = self.fields[name]
        try:
            return int(value or 0)
        except ValueError:
            raise WireError(f"{self.name}: {name} was {value!r}, must be a whole number") from None

    def flag(self, name: str) -> bool:
        """A yes or no."""
        return self.fields[name] == "1"


def framed(payload: bytes) -> bytes:
    """With its length in front."""
    return _LENGTH.pack(len(payload)) + payload


class Frames:
    """Cuts what arrives into payloads. Raises WireError for a frame over 1 MiB."""

    def __init__(self) -> None:
        self._held = b""

    def take(self, data: bytes) -> list[bytes]:
        """The payloads that are complete now."""
        held = self._held + data
        found: list[bytes] = []
        at = 0
        while len(held) - at >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(held, at)
            if length > MAX_REQUEST:
                raise WireError(f"a frame of {length} bytes, at most {MAX_REQUEST} are taken")
            end = at + _LENGTH.size + length
            if len(held) < end:
                break
            found.append(held[at + _LENGTH.size : end])
            at = end
        self._held = held[at:]
        return found


class Protocol:
    """Both directions of the message table at one server version."""

    def __init__(self, version: int) -> None:
        if not OLDEST <= version <= NEWEST:
            raise ValueError(f"server version was {version}, must be {OLDEST} to {NEWEST}")
        self.version = version
        self._sent = {name: _plan(ident, text, version) for name, (ident, text) in SENT.items()}
        self._received = {
            ident: (name, _names(text, version)) for ident, (name, text) in RECEIVED.items()
        }

    def frame(self, name: str, *values: Any) -> bytes:
        """A message to the client. values: one per field of its layout at any version, in order;
        those of other versions are left out. Raises ValueError for a wrong number of values."""
        head, wanted, plan = self._sent[name]
        if len(values) != wanted:
            raise ValueError(f"{name} takes {wanted} values, got {len(values)}")
        parts = [head]
        for put, at in plan:
            put(parts, values[at])
        return framed(("\0".join(parts) + "\0").encode())

    def request(self, payload: bytes) -> Request:
        """What a client asks. Raises WireError."""
        cells = payload.decode(errors="backslashreplace").split("\0")
        if cells.pop() or not cells:
            raise WireError("a message that does not end with NUL")
        try:
            name, names = self._received[int(cells[0])]
        except (KeyError, ValueError):
            raise WireError(f"unknown message {cells[0][:20]!r}") from None
        if len(cells) <= len(names):
            raise WireError(f"{name}: {len(cells) - 1} fields, at least {len(names)} expected")
        end = len(names) + 1
        return Request(name, dict(zip(names, cells[1:end], strict=True)), cells[end:])


# layouts ------------------------------------------------------------------------------------------
Put = Callable[[list[str], Any], None]
Plan = tuple[str, int, list[tuple[Put, int]]]  # head, values taken, (how, which value)


def _plan(ident: int, layout: str, version: int) -> Plan:
    head: list[str] = [str(ident)]
    steps: list[tuple[Put, int]] = []
    wanted = 0
    for word in layout.split():
        if word.startswith("="):
            if steps:
                steps.append((_constant(word[1:]), 0))
            else:
                head.append(word[1:])
            continue
        if _applies(word, version):
            steps.append((_put_rows if word.endswith("*") else _put, wanted))
        wanted += 1
    return "\0".join(head), wanted, steps


def _names(layout: str, version: int) -> list[str]:
    words = layout.replace("<contract>", CONTRACT).split()
    return [word.partition("@")[0] for word in words if _applies(word, version)]


def _applies(word: str, version: int) -> bool:
    _, _, since = word.rstrip("*").partition("@")
    if not since:
        return True
    return version < int(since[1:]) if since.startswith("<") else version >= int(since)


def _constant(value: str) -> Put:
    return lambda parts, _: parts.append(value)


def _put(parts: list[str], value: Any) -> None:
    parts.append(value_text(value))


def _put_rows(parts: list[str], rows: Any) -> None:
    parts.append(str(len(rows)))
    parts.extend(value_text(cell) for row in rows for cell in row)


def value_text(value: Any) -> str:
    """One field. Text goes out as it is, without NUL: that would shift what follows."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, bool):
        return "1" if value else "0"
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.10g}" if abs(value) < 1e10 else repr(value)
    return str(value)


def px_text(e4: int) -> str:
    """A price of 1/10,000 USD as the gateway writes it: `10.05`."""
    sign, e4 = ("-", -e4) if e4 < 0 else ("", e4)
    whole, part = divmod(e4, 10_000)
    if not part:
        return f"{sign}{whole}.0"
    return f"{sign}{whole}.{part:04d}".rstrip("0")
