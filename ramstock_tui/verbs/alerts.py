"""`ramstock alerts test | status | retry`: do alerts get out, what did not, send it again."""

import asyncio
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ramstock_tui import settings
from ramstock_tui.errors import RamstockError
from ramstock_tui.link.places import HostEntry
from ramstock_tui.plain import clean
from ramstock_tui.secret import Secret
from ramstock_tui.sinks.alert import EDIT, Alert
from ramstock_tui.sinks.discord import store
from ramstock_tui.verbs import hosts

if TYPE_CHECKING:
    from ramstock_tui.link.schema import Down

Found = TypeVar("Found")
ANSWER_S = 5.0
OFF = "Discord is off: set RAMSTOCK_DISCORD__URL, or discord.url_file to a private file"


class NotDelivered(RamstockError):
    """The other side did not take it."""


def _given(config: Path | None) -> settings.AlertSettings:
    found, warnings = settings.load_alerts(config=config)
    for line in warnings:
        sys.stderr.write(f"ramstock: {line}\n")
    return found


# test ---------------------------------------------------------------------------------------------
def test(config: Path | None, as_json: bool) -> int:
    """Send one message to the webhook and say how long that took. NotDelivered: it refused."""
    given = _given(config)
    if given.url is None:
        raise RamstockError(OFF)
    took_ms, what = asyncio.run(_send(given.url))
    told = {"delivered": not what, "took_ms": took_ms, "why": what, "webhook": str(given.url)}
    if as_json:
        sys.stdout.write(json.dumps(told | {"source": given.source}) + "\n")
    elif not what:
        sys.stdout.write(f"delivered in {took_ms} ms ({clean(given.source)})\n")
    if what:
        raise NotDelivered(f"Discord did not take the test: {what}")
    return 0


async def _send(url: Secret) -> tuple[int, str]:
    """(ms until the answer, what went wrong or "")."""
    from ramstock_tui.sinks.discord.payload import message
    from ramstock_tui.sinks.discord.replies import meaning
    from ramstock_tui.sinks.discord.web import Web

    alert = Alert(
        key="test",
        kind="test",
        ticker="",
        prefix="TEST",
        title="ramstock can reach this channel",
        colour="info",
        footer="ramstock alerts test",
        rank=EDIT,
    )
    body = message(alert)
    async with Web(url, deadline_s=ANSWER_S) as web:
        began = time.monotonic()
        found = meaning(await web.send(body))
    took_ms = round((time.monotonic() - began) * 1000)
    if found.kind == "limited":
        return took_ms, f"429: it wants {found.wait_s:g} s of silence"
    return took_ms, "" if found.kind == "ok" else found.words


# status -------------------------------------------------------------------------------------------
def status(named: str | None, config: Path | None, as_json: bool) -> int:
    """What is configured, how the channel of a running session does, what it could not deliver."""
    given = _given(config)
    told: dict[str, Any] = {
        "discord": str(given.url) if given.url is not None else None,
        "source": given.source,
        "attach_screenshot": given.attach_screenshot,
        "command": bool(given.command),
    }
    directory, entry = _session(named)
    if directory is not None:
        told |= {"session": str(directory), "host": None, **_kept(directory)}
    if entry is not None:
        told["host"] = asyncio.run(_row(entry))
    if as_json:
        sys.stdout.write(json.dumps(told) + "\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for line in _words(told)))
    return 0


def _session(named: str | None) -> tuple[Path | None, HostEntry | None]:
    """(directory, host that runs there). Without a name the one host that runs, if one does."""
    if named is not None and Path(named).is_dir():
        from ramstock_tui.link import places

        directory = Path(named).absolute()
        return directory, places.host_of(directory)
    if named is None and len(hosts.running()) != 1:
        return None, None
    entry = hosts.find(named)
    return entry.directory, entry


def _kept(directory: Path) -> dict[str, Any]:
    try:
        kept = store.read(directory / store.NAME)
    except OSError as problem:
        raise RamstockError(f"{directory / store.NAME}: {problem.strerror}") from problem
    lost = [
        {"key": each.key, "alert": each.alert.line, "why": each.dead} for each in kept if each.dead
    ]
    waiting = sum(each.sent_rev < each.rev and not each.dead for each in kept)
    return {"messages": len(kept), "waiting": waiting, "undelivered": lost}


def _words(told: dict[str, Any]) -> list[str]:
    where = f"{told['discord']} from {clean(told['source'])}" if told["discord"] else "off"
    lines = [f"discord   {where}", f"command   {'yes' if told['command'] else 'none'}"]
    if "session" not in told:
        return [*lines, "session   none named, and not exactly one runs"]
    lines.append(f"session   {clean(told['session'])}")
    if told["host"]:
        row = told["host"]
        took = f", p50 {row['p50_ms']} ms, p95 {row['p95_ms']} ms" if row["p95_ms"] else ""
        lines.append(f"channel   {clean(row['state'])} {clean(row['detail'])}".rstrip() + took)
    lines.append(f"messages  {told['messages']}, {told['waiting']} wait")
    lines += [f"lost      {clean(x['alert'])}: {clean(x['why'])}" for x in told["undelivered"]]
    return lines


async def _row(entry: HostEntry) -> dict[str, Any] | None:
    """The Discord row of a running host; None when it has none, or did not answer."""
    import msgspec

    from ramstock_tui.link import schema as m

    def row(message: object) -> dict[str, Any] | None:
        if not isinstance(message, m.Frame) or "status" not in message.slices:
            return None
        found = msgspec.convert(message.slices["status"][1], m.Status).discord
        if found is None:
            return None
        return {name: getattr(found, name) for name in found.__struct_fields__}

    return await _ask(entry, m.View((), "", 1), row)


# retry --------------------------------------------------------------------------------------------
def retry(named: str | None, as_json: bool) -> int:
    """Ask the host of a running session to send again what it could not deliver."""
    entry = hosts.find(named)
    said = asyncio.run(_retry(entry))
    if as_json:
        sys.stdout.write(json.dumps({"host": entry.name, "said": said}) + "\n")
    else:
        sys.stdout.write(f"{entry.name}: {clean(said)}\n")
    return 0


async def _retry(entry: HostEntry) -> str:
    from ramstock_tui.link import schema as m

    def told(message: object) -> str | None:
        return message.text if isinstance(message, m.Notice) else None

    said = await _ask(entry, m.Alerting("retry"), told)
    if said is None:
        raise RamstockError(f"{entry.name}: did not answer")
    return said


async def _ask(
    entry: HostEntry, what: "Down", pick: Callable[[object], Found | None]
) -> Found | None:
    """Connect, say one thing; the first answer that `pick` takes, None when none came in time."""
    from ramstock_tui.link.schema import Refused
    from ramstock_tui.link.socket import SocketLink

    if entry.socket is None:
        raise RamstockError(f"{entry.name}: does not listen yet")
    link = SocketLink(entry.socket, pen="none")
    await link.start()
    link.send(what)
    try:
        async with asyncio.timeout(ANSWER_S):
            async for message in link.messages():
                if isinstance(message, Refused):
                    raise RamstockError(f"{entry.name}: {message.text}")
                if (found := pick(message)) is not None:
                    return found
    except TimeoutError:
        return None
    finally:
        await link.close()
    return None
