"""What must hold when the operator confirms, on the newest state (C.4, N-18, N-39)."""

from ramstock_tui.core.blueprint import Blueprint, dollars
from ramstock_tui.core.lane_desk import MS_NS, Desk
from ramstock_tui.core.lane_port import Evaluation, MarketView
from ramstock_tui.core.lane_state import Pending

Guard = tuple[str, bool, str]  # name, holds, text: the reading against its limit


def check(
    desk: Desk,
    t: int,
    pending: Pending,
    version: int,
    view: MarketView | None,
    ev: Evaluation,
) -> list[Guard]:
    """Every guard in the order of the screen; the confirm passes when all of them hold.

    version: of the card that the operator saw. An unknown symbol fails `book`.
    """
    seen = _guard("version", pending.version == version, f"card v{pending.version}", f"v{version}")
    link = _age("link", t - desk.ctx.link_ts, desk.rules.guards.link_age_ms)
    if view is None:
        return [seen, link, ("book", False, "book no_book")]
    quote = _age("quote", t - view.last_ts, desk.rules.guards.quote_age_ms)
    return [
        seen,
        link,
        quote,
        *_market(desk, t, pending.plan, view, ev),
        *_rules(desk, t, pending, ev),
    ]


def _market(desk: Desk, t: int, plan: Blueprint, view: MarketView, ev: Evaluation) -> list[Guard]:
    reason = view.reason(t)
    found = [("book", not reason, f"book {reason or 'valid'}"), _price(desk, plan, view)]
    spread = view.ask - view.bid if view.bid and view.ask else 0
    holds = spread > 0 and 2 * spread <= 3 * plan.spread_e4
    text = f"spread {dollars(spread)} {'<=' if holds else '>'} 1.5x {dollars(plan.spread_e4)}"
    found.append(("spread", holds, text if spread else "spread none"))
    need = desk.profile.gates.ask_depth_min
    if need is not None:
        found.append(_least("depth", view.ask_size, need, f"{view.ask_size:,}", f"{need:,}"))
    least = desk.profile.min_score_e4 - desk.rules.guards.score_slack_e4
    found.append(_least("score", ev.score_e4, least, _score(ev.score_e4), _score(least)))
    return found


def _rules(desk: Desk, t: int, pending: Pending, ev: Evaluation) -> list[Guard]:
    quarantined = "quarantine" in ev.rejects
    windows, locks = desk.window_reasons(t), desk.lock_reasons(t)
    allowed = desk.shares_allowed(pending.plan, t)
    shares = pending.plan.shares
    size = f"size {shares:,} {'<=' if shares <= allowed else '>'} {allowed:,}"
    return [
        ("quarantine", not quarantined, "quarantined" if quarantined else "not quarantined"),
        ("window", not windows, " ".join(windows) or "window open"),
        ("lock", not locks, " ".join(locks) or "no lock"),
        ("size", shares <= allowed, size),
    ]


def _price(desk: Desk, plan: Blueprint, view: MarketView) -> Guard:
    ask, limit = view.ask, desk.rules.guards.drift_ticks
    if not ask:
        return "price", False, "ask none"
    if ask > plan.entry_e4:
        return "price", False, f"ask {dollars(ask)} > entry {dollars(plan.entry_e4)}"
    if abs(ask - plan.ask_e4) > limit * plan.tick_e4:
        ticks = -(-abs(ask - plan.ask_e4) // plan.tick_e4)
        return "price", False, f"ask {dollars(ask)} moved {ticks} ticks > {limit}"
    return "price", True, f"ask {dollars(ask)} <= entry {dollars(plan.entry_e4)}"


def _age(name: str, age_ns: int, limit_ms: int) -> Guard:
    """Ages are rounded up to a tenth of a second: a block never reads `0.5s > 0.5s`."""
    holds = age_ns <= limit_ms * MS_NS
    tenths = -(-age_ns // (100 * MS_NS))
    age, limit = f"{tenths // 10}.{tenths % 10}s", f"{limit_ms / 1000:.1f}s"
    return name, holds, f"quote {age} {'<=' if holds else '>'} {limit}"


def _least(name: str, value: int, need: int, shown: str, shown_need: str) -> Guard:
    holds = value >= need
    return name, holds, f"{name} {shown} {'>=' if holds else '<'} {shown_need}"


def _guard(name: str, holds: bool, here: str, there: str) -> Guard:
    return name, holds, here if holds else f"{here} != {there}"


def _score(score_e4: int) -> str:
    tenths, rest = divmod(score_e4, 1_000)
    return f"{tenths / 10}" if not rest else f"{score_e4 / 10_000:.4f}"
