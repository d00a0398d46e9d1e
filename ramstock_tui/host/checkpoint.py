"""The state of an engine as bytes, and an engine from them: what makes going back cheap.

The bytes never leave this process. Both directions go symbol by symbol, so that a screen is served
between two of them; meanwhile the engine must not be fed.
"""

import io
import pickle
from collections.abc import Iterator
from typing import Any, NamedTuple

from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.engine import Engine
from ramstock_tui.core.profile import Rules
from ramstock_tui.core.score import Scorer


class Checkpoint(NamedTuple):
    """symbols: one part each; whole: the engine around them; history: its decisions, which never
    change; session, rules: shared by all parts and never changed."""

    symbols: tuple[bytes, ...]
    whole: bytes
    history: tuple[Decision, ...]
    session: Any
    rules: Rules

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.whole) + sum(map(len, self.symbols))


class Saver:
    """Makes a checkpoint. result: None until `step` said that it is complete."""

    def __init__(self, engine: Engine) -> None:
        self.result: Checkpoint | None = None
        self._steps = self._save(engine)

    def step(self) -> bool:
        """One part; False when that was the last."""
        return next(self._steps, None) is not None

    def _save(self, engine: Engine) -> Iterator[bytes]:
        shared = _shared(engine)
        parts = []
        for symbol in engine.symbols.values():
            parts.append(_packed(symbol, shared))
            yield parts[-1]
        for sym, symbol in engine.symbols.items():
            shared[id(symbol)] = f"symbol {sym}"
            shared[id(symbol.book)] = f"book {sym}"
        history, engine.history = engine.history, []
        try:
            whole = _packed(engine, shared)
        finally:
            engine.history = history
        self.result = Checkpoint(tuple(parts), whole, tuple(history), engine.session, engine.rules)


class Loader:
    """Makes an engine of a checkpoint. result: None until `step` said that it is complete."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.result: Engine | None = None
        self._steps = self._load(checkpoint)

    def step(self) -> bool:
        """One part; False when that was the last."""
        return next(self._steps, None) is not None

    def _load(self, checkpoint: Checkpoint) -> Iterator[object]:
        known: dict[str, Any] = {"session": checkpoint.session, "rules": checkpoint.rules}
        known |= {f"profile {p.name}": p for p in checkpoint.rules.profiles}
        for part in checkpoint.symbols:
            symbol = _Unpickler(part, known).load()
            known[f"symbol {symbol.sym}"] = symbol
            known[f"book {symbol.sym}"] = symbol.book
            yield symbol
        engine: Engine = _Unpickler(checkpoint.whole, known).load()
        engine.history = list(checkpoint.history)
        self.result = engine


def _shared(engine: Engine) -> dict[int, str]:
    """What every part refers to and none contains."""
    named: dict[int, str] = {id(engine.session): "session", id(engine.rules): "rules"}
    return named | {id(p): f"profile {p.name}" for p in engine.rules.profiles}


def _packed(value: object, shared: dict[int, str]) -> bytes:
    file = io.BytesIO()
    _Pickler(file, shared).dump(value)
    return file.getvalue()


class _Pickler(pickle.Pickler):
    """Shared objects by name; a scorer, which is made of functions, by its profile."""

    def __init__(self, file: io.BytesIO, shared: dict[int, str]) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self._names = shared

    def reducer_override(self, value: Any) -> Any:
        name = self._names.get(id(value))
        if name is not None:
            return shared_object, (name,)
        return (Scorer, (value.profile,)) if type(value) is Scorer else NotImplemented


class _Unpickler(pickle.Unpickler):
    def __init__(self, part: bytes, known: dict[str, Any]) -> None:
        super().__init__(io.BytesIO(part))
        self._known = known

    def find_class(self, module: str, name: str) -> Any:
        found = super().find_class(module, name)
        return self._known.__getitem__ if found is shared_object else found


def shared_object(name: str) -> Any:
    """Stands in the bytes for what is found by its name."""
    raise KeyError(name)
