"""What every import does: a session that appears complete or not at all, and what it assumes.

Everything is written to a hidden directory beside the target, which is renamed at the end and
removed when anything stops the import.
"""

import os
import re
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from ramstock_tui.core.records import SessionOpened
from ramstock_tui.errors import ImportRefused
from ramstock_tui.journal.disk import DISK
from ramstock_tui.schedule import SessionDay
from ramstock_tui.settings import data_dir, load
from ramstock_tui.verbs import options

# What an imported session assumes where nothing else is said.
EQUITY_CENTS = 4_000_000
PHASE = 3
FEE_MODEL = "seed_flat"
TICK_E4 = 100

SYMBOL_NAME = re.compile(r"[A-Z0-9][A-Z0-9 .\-]{0,14}")
SYMBOL_RULE = "1 to 15 of A-Z, 0-9, space, dot and hyphen, a letter or digit first"
_STOPPED_BY = (signal.SIGTERM, signal.SIGHUP)


def opened(
    day: SessionDay,
    source: str,
    *,
    allow_partial_vwap: bool,
    equity: float | None,
    phase: int | None,
    profile: str | None,
) -> SessionOpened:
    """What the session assumes, but for the levels, which only the files tell."""
    return SessionOpened(
        date=day.date,
        midnight_ns=day.midnight_ns,
        open_ns=day.open_ns,
        close_ns=day.close_ns,
        next_date=day.next_date,
        mode="import",
        acting=load(overrides={} if profile is None else {"profile": profile}).acting,
        phase=PHASE if phase is None else options.phase(phase),
        equity_cents=EQUITY_CENTS if equity is None else options.cents(equity),
        fee_model=FEE_MODEL,
        admission="assumed",
        allow_partial_vwap=allow_partial_vwap,
        source=source,
    )


def target_of(out: Path | None, name: str) -> Path:
    """The directory to make, `<data>/import/<name>` unless `out` says another. Raises ImportRefused
    when something is there already."""
    named = data_dir() / "import" / name if out is None else out
    target = Path(os.path.realpath(named))
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        what = "holds files" if target.is_dir() else "is a file"
        raise ImportRefused(f"{target}: {what} already; an import makes a new directory")
    return target


@contextmanager
def appearing(target: Path) -> Iterator[Path]:
    """A hidden directory that becomes `target` when the block ends, and vanishes if it fails."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    before = {number: signal.signal(number, _stop) for number in _STOPPED_BY}
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        yield draft
        draft.rename(target)  # takes the place of an empty directory, refuses a filled one
        DISK.sync_dir(target.parent)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(number: int, _frame: FrameType | None) -> NoReturn:
    """SIGTERM and SIGHUP end the import like any failure: nothing half stays behind."""
    raise SystemExit(128 + number)


def time_of_day(ns: int) -> str:
    """HH:MM:SS.nnnnnnnnn of nanoseconds since midnight."""
    second, rest = divmod(ns, 10**9)
    return f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}.{rest:09d}"


def plain(text: str) -> str:
    """Text that any terminal and file takes; file names may hold anything."""
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )


def words(report: dict[str, Any]) -> str:
    """One line a figure, then what was left out or was odd, by name."""
    named = ("skip_reasons", "skip_examples", "oddities")
    lines = [f"{name:<16}{value}" for name, value in report.items() if name not in named]
    lines += [f"skipped, {why}: {n}" for why, n in sorted(report.get("skip_reasons", {}).items())]
    examples = report.get("skip_examples", [])
    lines += [f"  {example}" for example in examples]
    if unnamed := report.get("skipped", 0) - len(examples):
        lines.append(f"  and {unnamed} more")
    lines += [f"odd, {what}: {n}" for what, n in report.get("oddities", {}).items()]
    return "\n".join(lines) + "\n"
