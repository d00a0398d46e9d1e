"""The host's loop: the session's work, and every attached screen: frames up, commands down."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass

from ramstock_tui import __version__
from ramstock_tui.host.screens import End, Screen
from ramstock_tui.host.views import Views
from ramstock_tui.host.watched import Watched
from ramstock_tui.link import schema as m

MS = 1_000_000
BUSY_NS = 4 * MS  # the screens get their turn after so long
# decisions that every screen shows at once
AT_ONCE = frozenset(
    {
        *("signal", "reprice", "cancel", "expire", "confirm", "fill", "outcome"),
        *("pause", "lock", "halt", "recording"),
    }
)


@dataclass(frozen=True)
class Identity:
    """What a Welcome says. session: id, hex; directory: "" = not recorded. ends: a writer that
    leaves on purpose ends the session."""

    session: str = ""
    directory: str = ""
    config_hash: str = ""
    caps: tuple[str, ...] = ()


class Server:
    """Serves one session to any number of screens in this loop; one of them may write.

    make_views: a new screen's views. clock: monotonic ns. linger_ns: the session ends when no
    screen was there for so long, None = never. idle_s: between two looks at the session's clock.
    over: why it ended, "" while it runs.
    """

    def __init__(
        self,
        session: Watched,
        make_views: Callable[[], Views],
        clock: Callable[[], int],
        *,
        identity: Identity | None = None,
        linger_ns: int | None = None,
        idle_s: float = 0.01,
    ) -> None:
        self.session = session
        self.screens: list[Screen] = []
        self.over = ""
        self.wake = asyncio.Event()
        self._make_views = make_views
        self._clock = clock
        self._identity = identity or Identity()
        self._linger_ns = linger_ns
        self._idle_s = idle_s
        self._left = clock()  # when the last screen left
        self._writer: Screen | None = None
        self._logged = 0

    # life ----------------------------------------------------------------------------------------
    async def __call__(self, end: End) -> None:
        """Serve one screen in this loop until it closes the link (`LocalLink`)."""
        self.join(end)
        await self.run(lambda: end.closed)

    async def run(self, until: Callable[[], bool] = lambda: False) -> None:
        """Until the session is over, or `until` says so. Then every screen gets its Bye."""
        try:
            while not self.over and not until():
                busy = self.turn()
                if busy:
                    await asyncio.sleep(0)
                else:
                    await self._wait()
        finally:
            for screen in self.screens:
                screen.end.send(m.Bye(self.over, 0))
                screen.end.end()
            self.screens.clear()
            self._writer = None

    def join(self, end: End) -> None:
        """A new link; its screen is served once it has said Hello."""
        self.screens.append(Screen(end, self._make_views(), self._clock()))

    def turn(self) -> bool:
        """One round: what came from screens, what is due in the session, what screens are due.
        True when there is more to do at once."""
        for screen in list(self.screens):
            self._hear(screen)
        busy = self._work()
        self._hurry()
        self._sound()
        now = self._clock()
        for screen in self.screens:
            if screen.greeted:
                busy |= screen.report(self.session, now, self.session.lag_p99_ms)
        self._watch_over(now)
        return busy

    def _work(self) -> bool:
        deadline = self._clock() + BUSY_NS
        busy = self.session.step()
        while busy and self._clock() < deadline:
            busy = self.session.step()
        return busy

    def _hurry(self) -> None:
        """After a decision that concerns the trader nobody waits for the next frame."""
        if self.session.logged == self._logged:
            return
        before, self._logged = self._logged, self.session.logged
        if any(n > before and decision.kind in AT_ONCE for n, decision in self.session.log):
            for screen in self.screens:
                screen.hurry()

    def _sound(self) -> None:
        """Every screen hears of what people should hear of."""
        for alert in self.session.heard():
            for screen in self.screens:
                if screen.greeted:
                    screen.end.send(alert)

    def _watch_over(self, now: int) -> None:
        """Screens that have gone or never said what they are; and whether anybody is left."""
        gone = [s for s in self.screens if s.end.closed or s.late(now)]
        for screen in gone:
            screen.end.end()
            self.screens.remove(screen)
        if self._writer in gone:
            self._writer = None
            heirs = [s for s in self.screens if s.greeted and s.pen != "none"]
            self._hand_over(heirs[0] if heirs else None)
        if self.screens:
            self._left = now
        elif self._linger_ns is not None and now - self._left > self._linger_ns:
            self.over = f"no screen for {self._linger_ns // 1_000_000_000} s"

    async def _wait(self) -> None:
        """Until a screen says something, at most idle_s. A plain timer: `asyncio.timeout` raises an
        exception each time, hundreds of times a second."""
        timer = asyncio.get_running_loop().call_later(self._idle_s, self.wake.set)
        await self.wake.wait()
        timer.cancel()
        self.wake.clear()

    # messages ------------------------------------------------------------------------------------
    def _hear(self, screen: Screen) -> None:
        for message in screen.end.receive():
            if isinstance(message, m.Hello) and not screen.greeted:
                self._greet(screen, message)
            elif not screen.greeted:
                self._refuse(screen, "hello", "the first message must be Hello")
            else:
                self._on(screen, message)

    def _greet(self, screen: Screen, hello: m.Hello) -> None:
        me = self._identity
        if hello.proto != m.PROTO or hello.version != __version__:
            text = f"this host is ramstock {__version__} (protocol {m.PROTO}), the screen is "
            text += f"{hello.version} (protocol {hello.proto}): start the same version"
            return self._refuse(screen, "version", text)
        if hello.session and hello.session != me.session:
            return self._refuse(screen, "session", "this host runs another session")
        screen.greeted, screen.pid, screen.pen = True, hello.pid, hello.pen
        if hello.pen == "take" or (hello.pen == "free" and self._writer is None):
            self._hand_over(screen, screen)
        screen.end.send(
            m.Welcome(
                m.PROTO,
                __version__,
                self.session.mode,
                "writer" if screen is self._writer else "reader",
                self._writer.pid if self._writer else 0,
                me.config_hash,
                me.caps,
                me.session,
                me.directory,
                os.getpid(),
            )
        )

    def _refuse(self, screen: Screen, code: str, text: str) -> None:
        screen.end.send(m.Refused(code, text))
        screen.end.end()

    def _hand_over(self, heir: Screen | None, told: Screen | None = None) -> None:
        """The pen moves; every screen hears of it but `told`, whose Welcome says it."""
        self._writer = heir
        pid = heir.pid if heir else 0
        for screen in self.screens:
            if screen.greeted and screen is not told:
                role = "writer" if screen is heir else "reader"
                screen.end.send(m.Pen(role, pid))

    def _on(self, screen: Screen, message: m.Down) -> None:
        match message:
            case m.Ack():
                screen.acknowledge(message.n)
            case m.View():
                screen.view = message
                screen.hurry()
            case m.Order():
                screen.end.send(self._order(screen, message))
                self._everyone_hurries()
            case m.Transport() if screen is self._writer:
                if said := self.session.transport(message.verb, message.value):
                    screen.end.send(m.Notice("warn", said))
                self._everyone_hurries()
            case m.Alerting():
                screen.end.send(m.Notice("info", self.session.retry_alerts()))
            case m.End():
                self.over = "ended by the operator"
            case _:
                pass

    def _everyone_hurries(self) -> None:
        for screen in self.screens:
            screen.hurry()

    def _order(self, screen: Screen, order: m.Order) -> m.Verdict:
        if screen is not self._writer:
            pid = self._writer.pid if self._writer else 0
            holder = f"process {pid} has the pen" if pid else "nobody has the pen"
            return m.Verdict(order.cmd_id, False, f"read-only: {holder}", ())
        age_ms = (self._clock() - order.pressed_mono_ns) // MS
        limit_ms = self.session.engine.rules.guards.command_age_ms
        if age_ms > limit_ms:
            text = f"key press {age_ms / 1000:.1f} s old, at most {limit_ms / 1000:.1f} s"
            return m.Verdict(order.cmd_id, False, text, ())
        ok, text, guards = self.session.command(order.command)
        return m.Verdict(order.cmd_id, ok, text, guards)
