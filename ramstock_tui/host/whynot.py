"""Why there is no alert: the symbols closest to one, and what stood in the way today."""

from collections.abc import Generator

from ramstock_tui.core.engine import Engine
from ramstock_tui.core.flip import flips
from ramstock_tui.core.lane import Lane
from ramstock_tui.core.lane_port import Evaluation
from ramstock_tui.core.score import Scorer
from ramstock_tui.core.symbol import Symbol
from ramstock_tui.core.tape import S1
from ramstock_tui.host import rows, words
from ramstock_tui.host.tally import Tally
from ramstock_tui.link import schema as m

CLOSEST = 5
BLOCKERS = 5
EVERY_NS = S1 // 2  # session time between two looks: each costs some evaluations


class WhyNot:
    """Makes the view anew twice a second at most, one symbol between two yields."""

    def __init__(self) -> None:
        self._tally = Tally()
        self._made: tuple[int, Engine | None] = (-1, None)
        self._rows: tuple[m.WhyRow, ...] = ()

    def view(
        self, engine: Engine, order: tuple[str, ...], now: int
    ) -> Generator[None, None, m.WhyView]:
        """order: every ticker, the most promising first; now: event time shown, ns."""
        self._tally.look(engine)
        moment = now // EVERY_NS, engine
        if moment != self._made:
            made = []
            for ticker in _candidates(engine, order):
                made.append(self._row(engine, engine.by_ticker[ticker], now))
                yield
            made.sort(key=lambda row: -(row.score_e4 or 0))
            self._made, self._rows = moment, tuple(made)
        kinds = self._tally.kinds
        return m.WhyView(
            self._rows,
            engine.acting.profile.min_score_e4,
            sum(kinds.values()),
            kinds["signal"],
            kinds["reject"],
            kinds["suppress"],
            tuple(
                (words.blocker_text(code, engine.acting.profile), n)
                for code, n in self._tally.top(BLOCKERS)
            ),
            sum(self._tally.reasons.values()),
        )

    def _row(self, engine: Engine, s: Symbol, now: int) -> m.WhyRow:
        lane, t = engine.acting, max(now, s.last_ts)
        score, blocked, shortfall, until = _why(lane, engine.scorer(lane), s, t)
        return m.WhyRow(s.ticker, score, blocked, shortfall, self._tally.since.get(s.ticker), until)


def _candidates(engine: Engine, order: tuple[str, ...]) -> list[str]:
    """The first of the order that have neither a card nor a trade."""
    state = engine.acting.state
    busy = {pending.ticker for pending in state.pendings.values()}
    busy |= {trade.ticker for trade in state.trades.values()}
    found = [ticker for ticker in order if ticker not in busy and ticker in engine.by_ticker]
    return found[:CLOSEST]


Why = tuple[int | None, str, str, int | None]  # score, blocked, shortfall, until


def _why(lane: Lane, scorer: Scorer, s: Symbol, t: int) -> Why:
    if s.halted:
        return None, "halted by hand" if s.halts.by_hand else "halted", "until resume", None
    if not s.last_ts:
        return None, "no data yet", "", None
    if reason := s.reason(t):
        if s.deep is False and reason == "no_book":
            return None, "no depth slot", "key d asks for one", None
        warm = s.valid_from if reason == "warming" else None
        return None, f"book {reason.replace('_', ' ')}", "", warm
    ev = scorer.evaluate(s, t)
    if ev.score_e4 < scorer.threshold_e4:
        return ev.score_e4, _missing(ev, lane), _flip(lane, s, t), None
    if ev.rejects:
        detail = rows.gate_detail(ev.rejects[0], s, lane, t)
        more = f" and {len(ev.rejects) - 1} more" if len(ev.rejects) > 1 else ""
        return ev.score_e4, f"{detail}{more}", _flip(lane, s, t), None
    blockers = lane.blockers(t, s.ticker)
    until = lane.cooloff_ends(s.ticker, t) if "cooloff" in blockers else lane.next_alert_ts(t)
    said = words.reason_words(blockers) or "no room for a trade"
    return ev.score_e4, said, "", until if {"cooloff", "hourly"} & set(blockers) else None


def _missing(ev: Evaluation, lane: Lane) -> str:
    """The rules without their points, each with value and need: `tape velocity 2.0 (≥4)`."""
    said = []
    for step, (rule, value, _, points) in zip(lane.profile.rules, ev.parts, strict=True):
        if points < step.points_e4:
            shown = words.value_text(rule, value)
            said.append(f"{words.short_rule(rule)} {shown}")
    return ", ".join(said)


def _flip(lane: Lane, s: Symbol, t: int) -> str:
    found = flips(lane.profile, s, t)[0]
    return found[0].text if found else ""
