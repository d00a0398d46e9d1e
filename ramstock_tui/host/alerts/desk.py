"""What a running session tells people: its decisions, locks, feed and day, to every channel.

Nothing here waits: channels are threads, and what became of an alert comes back later, as a line of
the ledger (no input, not part of any hash) and, when it went wrong, as a line of the log.
"""

from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.engine import Engine
from ramstock_tui.host.alerts.book import Book
from ramstock_tui.host.alerts.feed import DOWN, FeedWatch
from ramstock_tui.host.alerts.shots import shot_of
from ramstock_tui.host.keeper import Keeper
from ramstock_tui.link import schema as m
from ramstock_tui.settings.alerts import AlertSettings
from ramstock_tui.sinks.alert import Alert, Delivery, Shot
from ramstock_tui.sinks.command import Command
from ramstock_tui.sinks.discord.channel import Channel, Knobs
from ramstock_tui.sinks.discord.outbox import SLOW_MS
from ramstock_tui.sinks.discord.report import Report
from ramstock_tui.sinks.picture import render

LOOK_NS = 100_000_000
HEARD = 100  # alerts that no screen has asked for
UNWRITTEN = 500  # records while the disk takes no lines
TEXTS = {"discord": "Discord", "command": "the alert command"}


class Session(Protocol):
    """What alerts are made from. now: event time, ns."""

    engine: Engine
    desk: Keeper
    now: int

    @property
    def mode(self) -> str: ...
    def wall_s(self, ts: int) -> int: ...


class Alerts:
    """Tells what a session decided. Without an address and a command only screens hear of it."""

    def __init__(
        self,
        given: AlertSettings,
        directory: Path,
        mono: Callable[[], int],
        knobs: Knobs | None = None,
    ) -> None:
        self._given = given
        self._directory = directory
        self._mono = mono
        self._knobs = knobs or Knobs(render=render if given.attach_screenshot else None)
        self._session: Session | None = None
        self._book: Book | None = None
        self._feed = FeedWatch()
        self._channel: Channel | None = None
        self._command: Command | None = None
        self._heard: deque[m.Alert] = deque(maxlen=HEARD)
        self._unwritten: deque[tuple[int, Delivery]] = deque(maxlen=UNWRITTEN)
        self._next_look = 0

    # life ----------------------------------------------------------------------------------------
    def begin(self, session: Session) -> None:
        """The session has begun, or goes on: then messages of before are brought up to date."""
        self._session = session
        self._book = Book(session.mode, session.wall_s)
        if self._given.command:
            self._command = Command(self._given.command, self._given.command_timeout_s)
            self._command.start()
        if self._given.url is not None:
            self._channel = Channel(self._given.url, self._directory, self._knobs)
            self._channel.start()
        self._book.take(session.engine.history, session.engine.acting)
        if self._channel is not None and self._channel.resumed:
            known = self._channel.known
            for key, alert in self._book.latest.items():
                if _state(known.get(key)) != _state(alert):
                    self._channel.put(alert)
            for key, alert in known.items():
                if alert.kind == "feed" and alert.prefix == DOWN:
                    self._feed.adopt(key)

    def close(self) -> None:
        """The session ends in good order: what waits has a moment, the rest is on record."""
        self._last_word()
        for sink in (self._channel, self._command):
            if sink is not None:
                sink.close()
        self._write_down()
        if self._channel is not None and self._session is not None:
            self._unwritten.append((self._session.now, _figures(self._channel.report)))
            self._write_down()
        self._channel = self._command = None

    def abandon(self) -> None:
        """The session is left as it stands."""
        if self._channel is not None:
            self._channel.abandon()
        if self._command is not None:
            self._command.close(0)

    # while it runs -------------------------------------------------------------------------------
    def decided(self, decisions: Sequence[Decision]) -> None:
        """What was just decided and written down."""
        session, book = self._session, self._book
        if session is None or book is None or not session.engine.lanes:
            return
        for alert in book.take(decisions, session.engine.acting):
            self._tell(alert, self._shot(alert))

    def look(self, mono: int) -> None:
        """Is the feed alive, is the day over, what became of alerts; every 100 ms."""
        if mono < self._next_look or self._session is None:
            return
        self._next_look = mono + LOOK_NS
        session, book = self._session, self._book
        if book is not None and session.engine.lanes and session.engine.session is not None:
            for alert in self._feed.look(session.engine, session.now, book):
                self._tell(alert)
            self._close_of_day(session, book)
        self._write_down()

    def _close_of_day(self, session: Session, book: Book) -> None:
        opened = session.engine.session
        if opened is not None and session.now >= opened.close_ns:
            self._sum_up(session, book, opened.date, opened.close_ns)

    def _sum_up(self, session: Session, book: Book, date: int, ts: int) -> None:
        """Once; after a restart only what became of it since."""
        key = f"summary:{date}"
        if key in book.latest:
            return
        alert = book.day(key, session.engine.acting, ts)
        book.news(alert)
        told = self._channel.known.get(key) if self._channel is not None else None
        if told is None or (told.title, told.fields) != (alert.title, alert.fields):
            self._tell(alert)

    def _last_word(self) -> None:
        """A session may end before the close: its day was over when it was off."""
        session, book = self._session, self._book
        if session is None or book is None or not session.engine.lanes:
            return
        opened = session.engine.session
        if opened is not None and session.now >= session.engine.acting.off_ns:
            self._sum_up(session, book, opened.date, min(session.now, opened.close_ns))

    def _tell(self, alert: Alert, shot: Shot | None = None) -> None:
        self._heard.append(
            m.Alert(
                alert.key,
                alert.kind,
                alert.ticker,
                alert.line,
                alert.bells,
                alert.notify,
                alert.at_ts,
            )
        )
        if self._channel is not None:
            self._channel.put(alert, shot)
        if self._command is not None:
            self._command.put(alert)

    def _shot(self, alert: Alert) -> Shot | None:
        """Ladder and tape as they are, where a picture is wanted: a new card."""
        wanted = self._given.attach_screenshot and self._channel is not None
        session = self._session
        if not wanted or session is None or alert.prefix.partition(" ")[0] != "PENDING":
            return None
        return shot_of(session.engine, alert, session.now)

    # what became of them -------------------------------------------------------------------------
    def _write_down(self) -> None:
        session = self._session
        if session is None:
            return
        for sink in (self._channel, self._command):
            for told in sink.records() if sink is not None else ():
                self._unwritten.append((session.now, told))
                if told.state not in ("sent", "edited", "done") or told.slow:
                    session.desk.notices.append(_notice(session, told))
        while self._unwritten:
            ts, told = self._unwritten[0]
            if not session.desk.note(max(ts, 0), _ticker(told.key), _line(told)):
                return
            self._unwritten.popleft()

    # for screens ---------------------------------------------------------------------------------
    def heard(self) -> list[m.Alert]:
        """Alerts since the last call."""
        if not self._heard:
            return []
        found = list(self._heard)
        self._heard.clear()
        return found

    def row(self) -> m.DiscordRow:
        """For the status row."""
        if self._channel is None:
            return m.DiscordRow("off")
        r = self._channel.report
        return m.DiscordRow(
            r.state, r.detail, r.wait_s, r.p50_ms, r.p95_ms, r.waiting, r.undelivered
        )

    def retry(self) -> str:
        """Send again what could not be delivered; what to say about it."""
        if self._channel is None:
            return "Discord is off: no address is configured"
        self._channel.retry()
        return f"trying {self._channel.report.undelivered} undelivered alerts again"


def _state(alert: Alert | None) -> tuple[object, ...]:
    """What a reader of its message would miss."""
    if alert is None:
        return ()
    return alert.prefix, *(field for field in alert.fields if field[0] == "Result")


def _ticker(key: str) -> str:
    """Of a blueprint id, `20261123-ABCD-1`; "" for other keys."""
    return key.partition("-")[2].rpartition("-")[0] if key[:1].isdigit() else ""


def _figures(report: Report) -> Delivery:
    """The session's last word about the channel."""
    took = f"p50 {report.p50_ms} ms, p95 {report.p95_ms} ms" if report.delivered else "none"
    why = f"{report.delivered} delivered, {report.undelivered} undelivered, latency {took}"
    slow = (report.p95_ms or 0) > SLOW_MS
    return Delivery("discord", "", "", "figures", report.p95_ms, why, slow)


def _line(told: Delivery) -> dict[str, Any]:
    return {
        "sink": told.sink,
        "key": told.key,
        "alert": told.prefix,
        "state": told.state,
        "took_ms": told.took_ms,
        "slow": told.slow,
        "why": told.why,
    }


def _notice(session: Session, told: Delivery) -> Decision:
    """A line of the log; no decision of the engine."""
    engine, where = session.engine, TEXTS[told.sink]
    n = told.key.rpartition("-")[2]
    name = (
        f"#A{n} [{told.prefix}] " if _ticker(told.key) else f"[{told.prefix}] " if told.key else ""
    )
    if told.slow:
        text = f"{name}reached {where} after {(told.took_ms or 0) / 1000:.1f} s"
    elif told.state == "undelivered":
        text = f"{name}did not reach {where}: {told.why}"
    else:
        text = f"{where}: {told.state} {told.why}".rstrip()
    return Decision("sink", engine.seq, session.now, 0, "", _ticker(told.key), info={"text": text})
