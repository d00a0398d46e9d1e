"""A scripted market and a small engine loop that drive one lane the way the engine does."""

from typing import Any

import msgspec

from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.lane import Lane
from ramstock_tui.core.lane_port import Evaluation
from ramstock_tui.core.profile import (
    Bracket,
    Day,
    Execution,
    FeeModel,
    Gates,
    Guards,
    Losses,
    Profile,
    Reclaim,
    Rules,
    Size,
    Throttle,
    Window,
)
from ramstock_tui.core.records import Command, Confirm, SessionOpened

S = 1_000_000_000
MS = 1_000_000
MIDNIGHT = 1_795_410_000 * S
Levels = list[tuple[int, int]]

BIDS: Levels = [(120_000, 3_000), (119_900, 3_000), (119_800, 3_000)]
ASKS: Levels = [(120_300, 1_400), (120_400, 1_000), (120_500, 900)]


def at(clock: str, extra_ns: int = 0) -> int:
    """`HH:MM:SS` of the session date as ns."""
    h, m, s = (int(x) for x in clock.split(":"))
    return MIDNIGHT + (h * 3600 + m * 60 + s) * S + extra_ns


def clock_s(clock: str) -> int:
    h, m = (int(x) for x in clock.split(":"))
    return h * 3600 + m * 60


def small_account() -> Profile:
    """The rows of `[profiles.small_account]` that a lane reads."""
    w = [
        Window("PRE", clock_s("09:25"), clock_s("09:30"), "monitor"),
        Window("PRIMARY", clock_s("09:30"), clock_s("10:30"), "signals", 3),
        Window("SECONDARY", clock_s("10:30"), clock_s("11:30"), "signals", 2),
        Window("DARK", clock_s("11:30"), clock_s("14:00"), "monitor"),
        Window("FINAL", clock_s("14:00"), clock_s("15:00"), "if_ahead", 2),
    ]
    return Profile(
        name="small_account",
        min_score_e4=80_000,
        rules=(),
        gates=Gates(500, True, 1_200),
        rejects=(),
        reclaim=Reclaim(False, 200),
        throttle=Throttle(3, "throttle", 1_200, 900, 6),
        day=Day(tuple(w), clock_s("15:00"), 3_600),
        bracket=Bracket(100, 1, 3, 4, 20_000),
        size=Size(25, 10_000, 7_500, (100, 300, 500), 500, 600, 100, None),
        losses=Losses(4_000_000, 6_000_000, 150, 3, 1_800, 1_800),
        halt_scope="escalating",
        heatmap="info",
        calibrated=True,
    )


def platform() -> Profile:
    """The same rules except where the order-flow profile differs in what a lane reads."""
    profile: Profile = changed(
        small_account(),
        name="platform",
        throttle=Throttle(3, "pause", 0, 600, 9),
        bracket=Bracket(0, 0, 4, 4, 20_000),
        size=Size(25, None, 0, (), None, None, 1, 5_000),
        losses=Losses(None, None, 150, 3, 1_800, 1_800),
    )
    return profile


def changed(struct: Any, **values: Any) -> Any:
    return msgspec.structs.replace(struct, **values)


def rules_for(profile: Profile) -> Rules:
    return Rules(
        version=1,
        profiles=(profile,),
        fees=(FeeModel("seed_flat", 35, 0),),
        execution=Execution(400, 10_000, 900),
        guards=Guards(500, 2_000, 1, 10_000, 1_000),
    )


def session(**values: Any) -> SessionOpened:
    base = SessionOpened(
        date=20261123,
        midnight_ns=MIDNIGHT,
        open_ns=at("09:30:00"),
        close_ns=at("16:00:00"),
        next_date=20261124,
        mode="demo",
        acting="small_account",
        phase=3,
        equity_cents=4_000_000,
        fee_model="seed_flat",
    )
    opened: SessionOpened = changed(base, **values)
    return opened


class FakeView:
    """A symbol whose book and tape the script sets."""

    def __init__(self, sym: int, ticker: str) -> None:
        self.sym = sym
        self.ticker = ticker
        self.tick_e4 = 100
        self.bids = list(BIDS)
        self.asks = list(ASKS)
        self.last_ts = 0
        self.halted = False
        self.bad = ""
        self.prints: list[int] = []

    @property
    def bid(self) -> int:
        return self.bids[0][0] if self.bids else 0

    @property
    def ask(self) -> int:
        return self.asks[0][0] if self.asks else 0

    @property
    def bid_size(self) -> int:
        return self.bids[0][1] if self.bids else 0

    @property
    def ask_size(self) -> int:
        return self.asks[0][1] if self.asks else 0

    def reason(self, t: int) -> str:
        if self.halted:
            return "halted"
        if self.bad:
            return self.bad
        if not self.bids or not self.asks:
            return "empty_ask" if self.bids else "empty_bid"
        return "" if self.bid < self.ask else "crossed"

    def levels(self, bid_side: bool) -> Levels:
        return list(self.bids if bid_side else self.asks)

    def prints_in(self, t: int, window_ns: int) -> int:
        return sum(1 for ts in self.prints if t - window_ns < ts <= t)


class Script:
    """One lane under a scripted market; `decisions` is what it emitted."""

    def __init__(self, profile: Profile | None = None, **session_values: Any) -> None:
        self.profile = profile or small_account()
        self.session = session(**session_values)
        self.seq = 0
        self.link_ts = 0
        self.now = 0
        self.decisions: list[Decision] = []
        self.views: dict[str, FakeView] = {}
        self.evals: dict[str, Evaluation] = {}
        self.lane = Lane(self.profile, rules_for(self.profile), self)
        self.lane.open_session(self.session, MIDNIGHT)

    # the lane's context
    def emit(self, decision: Decision) -> None:
        same = [x for x in self.decisions if (x.seq, x.ts) == (decision.seq, decision.ts)]
        decision.i = len(same)
        self.decisions.append(decision)

    def view(self, ticker: str) -> FakeView | None:
        return self.views.get(ticker)

    def evaluate(self, ticker: str, t: int) -> Evaluation:
        return self.evals.get(ticker, Evaluation(0, ("no_data",), "no_book"))

    def below(self, ticker: str, t: int) -> Evaluation:
        known = self.evals.get(ticker)
        return Evaluation(50_000 if known is None else known.score_e4)

    # the script
    def symbol(self, ticker: str) -> FakeView:
        if ticker not in self.views:
            self.views[ticker] = FakeView(len(self.views) + 1, ticker)
        return self.views[ticker]

    def ticks(self, t: int, inclusive: bool = True) -> None:
        """Derived ticks at whole 100 ms up to t, stepped from due instant to due instant."""
        grid = 100 * MS
        last = self.now
        while True:
            soonest = min(self.lane.next_due, self.lane.next_order_due)
            g = max(-(-soonest // grid) * grid, last // grid * grid + grid)
            if g > t or (g == t and not inclusive):
                break
            last = g
            self.lane.due(g)
            if g >= self.lane.next_order_due:
                self.lane.on_tick_or_input(g)
        self.now = max(self.now, t)

    def batch(
        self,
        t: int,
        ticker: str = "ABCD",
        bids: Levels | None = None,
        asks: Levels | None = None,
        score: int = 0,
        rejects: tuple[str, ...] = (),
        collapsed: bool = False,
        flash: bool = False,
    ) -> list[Decision]:
        """One batch of a symbol at t; gives what the lane decided from the last call on."""
        before = len(self.decisions)
        self.ticks(t)
        self.seq += 1
        self.lane.due(t)
        view = self.symbol(ticker)
        view.bids = view.bids if bids is None else list(bids)
        view.asks = view.asks if asks is None else list(asks)
        view.last_ts = self.link_ts = t
        ev = self.evals[ticker] = Evaluation(score, rejects, view.reason(t))
        lane = self.lane
        if view.sym in lane.watching:
            lane.on_batch(t, view, collapsed, flash)
        if score >= self.profile.min_score_e4 and not ev.book_reason:
            lane.qualified(t, view, ev)
        elif lane.state_of(view.sym) != "idle":
            lane.unqualified(t, view, "idle")
        if t >= lane.next_order_due:
            lane.on_tick_or_input(t)
        return self.decisions[before:]

    def signal(self, t: int, ticker: str = "ABCD") -> str:
        """A batch at the quote 12.00 / 12.03 that qualifies; gives the id of its blueprint."""
        made = self.batch(t, ticker, BIDS, ASKS, score=90_000)
        ids = [d.body["id"] for d in made if d.kind == "signal"]
        assert len(ids) == 1, made
        blueprint: str = ids[0]
        return blueprint

    def command(self, t: int, cmd: Command) -> tuple[bool, str, list[tuple[str, bool, str]]]:
        self.ticks(t)
        self.seq += 1
        return self.lane.command(t, cmd)

    def trade(self, t: int, net_exit: Levels, ticker: str = "ABCD", hold_ns: int = S) -> Decision:
        """Signal at t, confirm 300 ms later, whole fill at 12.03; then the bids `net_exit` and
        walk or target. Gives the outcome."""
        blueprint = self.signal(t, ticker)
        ok, text, _ = self.command(t + 300 * MS, Confirm(blueprint, 1))
        assert ok, text
        self.batch(t + 700 * MS, ticker)
        self.batch(
            t + 700 * MS + hold_ns, ticker, bids=net_exit, asks=[(net_exit[0][0] + 300, 900)]
        )
        self.batch(t + 1_100 * MS + hold_ns, ticker)
        mine = [d for d in self.kinds("outcome") if d.body["id"] == blueprint]
        return [d for d in mine if not d.body["shadow"]][-1]

    def kinds(self, *names: str) -> list[Decision]:
        return [d for d in self.decisions if d.kind in names]

    def dump(self) -> bytes:
        return msgspec.msgpack.encode(self.lane.state.dump())
