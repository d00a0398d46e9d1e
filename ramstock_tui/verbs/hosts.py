"""`attach`, `stop` and `ps`: the hosts that run, by name or by directory."""

import asyncio
import json
import sys
import time
from pathlib import Path

from ramstock_tui.errors import RamstockError
from ramstock_tui.link import places
from ramstock_tui.link.places import HostEntry
from ramstock_tui.settings.files import state_dir

STOPPED_S = 10.0  # for a host to close its session
LOOK_S = 0.05


class SeveralHosts(RamstockError):
    """Which one? The command line has to say."""

    exit_code = 2


def running() -> list[HostEntry]:
    """Every living host, by name."""
    return places.hosts(places.run_dir(state_dir()))


def find(named: str | None) -> HostEntry:
    """The host of a directory or of this name (its beginning will do); None: the only one.
    RamstockError when there is none; SeveralHosts, exit code 2, when more than one fit."""
    if named is not None and Path(named).is_dir():
        entry = places.host_of(Path(named).absolute())
        if entry is None:
            raise RamstockError(f"{named}: no engine host runs there")
        return entry
    entries = running()
    exact = [one for one in entries if named in (one.name, one.directory.name)]
    fit = exact or [one for one in entries if named is None or one.name.startswith(named)]
    if not fit:
        what = "no engine host runs" if named is None else f"{named}: no host of this name runs"
        raise RamstockError(what)
    if len(fit) > 1:
        names = ", ".join(one.name for one in fit)
        raise SeveralHosts(f"{len(fit)} hosts run, name one: {names}")
    return fit[0]


# attach -------------------------------------------------------------------------------------------
def attach(named: str | None, take: bool) -> int:
    """Show a running session; the exit code of the screen. take: this screen writes from now on."""
    from ramstock_tui.ui.needs import HOST_INSTEAD, need_terminal

    need_terminal(HOST_INSTEAD)
    entry = find(named)
    from ramstock_tui import settings
    from ramstock_tui.link.managed import HostLink
    from ramstock_tui.ui.run import run_cockpit

    link = HostLink(entry.directory, pen="take" if take else "free")
    ui = settings.load_ui()
    return run_cockpit(
        link,
        theme=ui.theme,
        fps=ui.fps,
        notify=ui.notify,
        sounds_per_min=ui.sounds_per_min,
        report_dir=state_dir(),
    )


# stop ---------------------------------------------------------------------------------------------
def stop(named: str | None, everything: bool) -> int:
    """End one session or all; 0 when each has ended, else 1."""
    entries = running() if everything else [find(named)]
    if not entries:
        sys.stdout.write("no engine host runs\n")
    return max([_stop(entry) for entry in entries], default=0)


def _stop(entry: HostEntry) -> int:
    try:
        asked = asyncio.run(_ask_to_end(entry))
    except RamstockError as problem:
        asked = str(problem)
    if not asked and _freed(entry.directory):
        sys.stdout.write(f"{entry.name}: ended\n")
        return 0
    said = asked or f"has not ended after {STOPPED_S:g} s"
    sys.stderr.write(f"ramstock: {entry.name}: {said}; process {entry.pid} goes on\n")
    return 1


async def _ask_to_end(entry: HostEntry) -> str:
    """Connect, ask, wait for the end of the connection; what went wrong, "" when nothing did."""
    from ramstock_tui.link.schema import Bye, End, Refused
    from ramstock_tui.link.socket import SocketLink

    if entry.socket is None:
        return "does not listen yet"
    link = SocketLink(entry.socket, pen="none")
    await link.start()
    link.send(End())
    try:
        async with asyncio.timeout(STOPPED_S):
            async for message in link.messages():
                if isinstance(message, Refused):
                    return f"refused: {message.text}"
                if isinstance(message, Bye):
                    break
    except TimeoutError:
        return ""
    finally:
        await link.close()
    return ""


def _freed(directory: Path) -> bool:
    until = time.monotonic() + STOPPED_S
    while places.host_of(directory) is not None:
        if time.monotonic() > until:
            return False
        time.sleep(LOOK_S)
    return True


# ps -----------------------------------------------------------------------------------------------
def ps(as_json: bool) -> int:
    """List the hosts that run."""
    entries = running()
    if as_json:
        sys.stdout.write(json.dumps([_plain(entry) for entry in entries]) + "\n")
    elif not entries:
        sys.stdout.write("no engine host runs\n")
    else:
        rows: list[tuple[str, ...]] = [("NAME", "MODE", "PID", "SINCE", "DIRECTORY")]
        rows += [tuple(str(v) for v in _plain(entry).values()) for entry in entries]
        for line in _columns(rows):
            sys.stdout.write(line + "\n")
    return 0


def _plain(entry: HostEntry) -> dict[str, str | int]:
    label = entry.label
    return {
        "name": entry.name,
        "mode": label.get("mode", "") or "-",
        "pid": entry.pid,
        "since": _since(label.get("start", "")),
        "directory": str(entry.directory),
    }


def _since(start: str) -> str:
    """Local time of an instant in epoch ns, `-` when the label holds none."""
    if not (start.isdecimal() and len(start) < 20):
        return "-"
    return time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(int(start) // 1_000_000_000))


def _columns(rows: list[tuple[str, ...]]) -> list[str]:
    plain = [["".join(c if c.isprintable() else " " for c in cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*plain, strict=True)]
    return ["  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)).rstrip() for r in plain]
