"""When tapes were asked for last: the broker counts over all programs and starts of a login."""

import contextlib
import os
import time
from pathlib import Path

import msgspec

KEPT_S = 60.0  # longer than any wait for a tape
MOST_BYTES = 1 << 20
NEVER_S = 1e9
Times = dict[str, dict[str, float]]  # endpoint -> ticker -> epoch seconds


class Asked:
    """path: where it stands for the next program, None = only this one knows. A file that cannot be
    read counts as empty, one that cannot be written stays as it is: the broker then refuses once
    what comes too soon."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._times = _read(path)

    def ago_s(self, endpoint: str, ticker: str) -> float:
        """Seconds since the last request, `NEVER_S` = none is known."""
        at = self._times.get(endpoint, {}).get(ticker)
        ago = NEVER_S if at is None else time.time() - at
        return max(0.0, ago) if ago > -KEPT_S else NEVER_S  # the clock was set back

    def note(self, endpoint: str, ticker: str) -> None:
        """It is asked for now."""
        now = time.time()
        times = _read(self._path)  # another program may have asked meanwhile
        for name, tickers in self._times.items():
            times[name] = times.get(name, {}) | tickers
        times.setdefault(endpoint, {})[ticker] = now
        self._times = {
            name: kept
            for name, tickers in times.items()
            if (kept := {each: at for each, at in tickers.items() if abs(now - at) < KEPT_S})
        }
        self._write()

    def _write(self) -> None:
        path = self._path
        if path is None:
            return
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        with contextlib.suppress(OSError):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(draft, flags, 0o600), "wb") as file:
                file.write(msgspec.json.encode(self._times))
            os.replace(draft, path)


def _read(path: Path | None) -> Times:
    if path is None:
        return {}
    try:
        with open(path, "rb") as file:
            return msgspec.json.decode(file.read(MOST_BYTES), type=Times)
    except (OSError, ValueError):  # msgspec's errors are ValueErrors
        return {}
