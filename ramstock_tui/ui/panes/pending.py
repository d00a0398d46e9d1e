"""5 Pending: the selected card with its order, money, rules, live guards and keys."""

from ramstock_tui.link.schema import Card, OutcomeRow, ScoreRow
from ramstock_tui.ui import text
from ramstock_tui.ui.scene import Scene, rule_name, tick
from ramstock_tui.ui.text import Line, Span, clean, dollars, money

TTL_CELLS = 10
KEYS = "[c] CONFIRM  [x] skip  [r] re-price  [y] copy  [w] why"
SHORT_KEYS = "[c] CONFIRM  [x] skip  [w] why"


def title(scene: Scene, cells: int) -> Line:
    card = scene.card
    if card is None:
        return (("5 Pending", "title"),)
    place, count = scene.place
    more = [((f"({place} of {count}, ] next)", "accent"),)] if count > 1 else []
    ticker = clean(card.ticker)[:12]
    parts: list[tuple[int, list[Line]]] = [
        (0, [((f"5 PENDING {ticker}", "accent"),)]),
        (4, [((f"#{clean(card.id)[:24]}", "dim"),)]),
        (1, [((f"score {text.points(card.score_e4)}/10", ""),)]),
        (2, more),
        (0, _life(card, scene)),
    ]
    return text.fit_parts([part for part in parts if part[1]], cells)


def _life(card: Card, scene: Scene) -> list[Line]:
    """Time to live, or what became of the card."""
    if card.state != "pending":
        return [((clean(card.state).upper(), "warn"),)]
    left = card.expires_ts - scene.now.now_ts
    if left <= 0:
        return [(("TTL 0s EXPIRED", "bad"),)]
    whole = max(1, card.expires_ts - card.created_ts)
    full = max(0, min(TTL_CELLS, -(-left * TTL_CELLS // whole)))
    token = "warn" if left * 4 < whole else ""
    shape = f"▕{'█' * full}{'░' * (TTL_CELLS - full)}▏"
    return [((f"TTL {text.span(left)} {shape}", token),), ((f"TTL {text.span(left)}", token),)]


def body(scene: Scene, cells: int, height: int) -> list[Line]:
    card = scene.card
    if card is None:
        return _idle(scene, cells)
    tall = height >= 7
    lines = [*_order(card, cells, tall), *_worth(card, cells), *_rules(card, cells)]
    if tall:
        lines.append(_market(card, scene))
    foot = _foot(card, scene, cells, tall)
    return lines[: max(0, height - len(foot))] + foot if height < len(lines) + len(foot) else [
        *lines,
        *[()] * (height - len(lines) - len(foot) if tall else 0),
        *foot,
    ]


def _idle(scene: Scene, cells: int) -> list[Line]:
    """No card: what happened last."""
    view = scene.live.pending
    lines: list[Line] = [(("no pending card", "dim"),)]
    last = view.last[:3] if view else ()
    lines += [text.cut(outcome(row, scene.offset_s), cells) for row in last]
    return lines if last else [*lines, (("no trades yet", "dim"),)]


def outcome(row: OutcomeRow, offset_s: int) -> Line:
    """`09:41:20 QRST TP +$86.50 500 sh`."""
    token = "flat" if row.net_e4 is None else "good" if row.net_e4 > 0 else "bad"
    net = "" if row.net_e4 is None else f" {money(row.net_e4, plus=True):>9}"
    line = f"{clean(row.ticker)[:8]:<8} {clean(row.label)[:9]:<9}"
    count = f"  {text.shares(row.shares)} sh"
    return ((f"{text.clock(row.ts, offset_s)} ", "dim"), (line, token), (net, token), (count, "dim"))


def _order(card: Card, cells: int, tall: bool) -> list[Line]:
    stop, target = card.stop_e4 - card.entry_e4, card.target_e4 - card.entry_e4
    note = f" ({clean(card.size_note)})" if card.size_note else ""
    buy: Line = ((f"BUY {text.shares(card.shares)} {clean(card.ticker)[:12]}", "title"),)
    prices = text.join(
        [
            (("entry ", "dim"), (dollars(card.entry_e4), "accent")),
            (("stop ", "dim"), (f"{dollars(card.stop_e4)} {text.short_dollars(stop)}", "")),
            (("target ", "dim"), (f"{dollars(card.target_e4)} {_plus(target)}", "")),
        ]
    )
    noted: Line = (*buy, (note, "dim"))
    if tall or text.width(noted) + 2 + text.width(prices) > cells:
        if tall:
            return [text.cut(noted, cells), text.cut(prices, cells)]
        room = cells - text.width(prices) - 2
        noted = text.cut(noted, room) if room >= text.width(buy) + 6 else buy
    return [text.join([noted, prices])]


def _plus(e4: int) -> str:
    return text.short_dollars(e4, plus=True)


def _worth(card: Card, cells: int) -> list[Line]:
    ratio = f"R {card.reward_e4 / card.risk_e4:.1f}" if card.risk_e4 else f"R {text.DASH}"
    parts: list[tuple[int, list[Line]]] = [
        (0, [((f"risk {money(card.risk_e4)}", ""),)]),
        (1, [((f"reward {money(card.reward_e4)}", ""),)]),
        (3, [((ratio, ""),)]),
        (0, [((f"net@target {money(card.net_target_e4)}", "good"),)]),
        (0, [((f"net@stop {money(card.net_stop_e4)}", "bad"),)]),
        (2, [((f"BE {text.percent(card.break_even_bp)}", ""),)]),
        (4, [((f"null {text.percent(card.null_bp)}", "dim"),)]),
    ]
    first = text.fit_parts(parts, cells)
    if text.width(first) == text.width(text.join([p[1][0] for p in parts])):
        return [first]
    if cells >= 70:
        return [first]
    return [text.fit_parts(parts[:3] + parts[5:], cells), text.fit_parts(parts[3:5], cells)]


def _rules(card: Card, cells: int) -> list[Line]:
    parts = [_rule(row) for row in card.rows]
    line = text.join(parts, " │ ", "edge")
    if text.width(line) <= cells:
        return [line]
    return text.wrap(text.join(parts, "  "), cells)[:2] if cells < 70 else [text.cut(line, cells)]


def _rule(row: ScoreRow) -> Line:
    name = rule_name(row.rule).split(" ")[0].split("@")[0]
    gained = text.points(row.points_e4).removesuffix(".0")
    mark, token = tick(row.passed)
    return ((f"{name} {clean(row.value or text.DASH)} {gained}", "" if row.passed else "dim"), (mark, token))


def _market(card: Card, scene: Scene) -> Line:
    """The market now, against which the guards are checked."""
    if card.ask_now_e4 is None:
        return ((f"now: ask {text.DASH}", "dim"),)
    spread = text.DASH if card.spread_now_e4 is None else text.short_dollars(card.spread_now_e4)
    age = scene.live.age_ns("pending", card.quote_age_ns, scene.now)
    said = f"now: ask {dollars(card.ask_now_e4)} · spread {spread} · depth "
    return ((f"{said}{text.shares(card.depth_now)} · quote {text.age(age)}", ""),)


def _foot(card: Card, scene: Scene, cells: int, tall: bool) -> list[Line]:
    """Guards or the host's answer, and the keys, on one line where they fit."""
    keys = _keys(card, scene, cells)
    state = _answer(card, scene) or _guards(card)
    if not tall and text.width(state) + 2 + text.width(keys) <= cells:
        return [text.two_sides(state, keys, cells)]
    if not tall and cells >= 70:
        room = cells - text.width(keys) - 2
        return [text.two_sides(text.cut(state, room), keys, cells)]
    return [*text.wrap(state, cells)[:2], keys]


def _answer(card: Card, scene: Scene) -> Line:
    said = scene.said.get(card.id)
    if said is None:
        return ()
    failed: list[Span] = []
    for guard in said.guards:
        if not guard.passed:
            failed += [(" ✗ ", "bad"), (f"{clean(guard.name)} {clean(guard.detail)}".strip(), "bad")]
    if said.ok:
        return (("✓ ", "good"), (clean(said.text), "good"))
    return (("✗ ", "bad"), (clean(said.text), "bad"), *failed)


def _guards(card: Card) -> Line:
    """The failing guards first and with their detail; the others by name."""
    failing = [g for g in card.guards if not g.passed]
    parts: list[Line] = [
        ((f"✗ {clean(g.name)} {clean(g.detail)}".strip(), "bad"),) for g in failing
    ]
    parts += [((clean(g.name), ""), tick(True)) for g in card.guards if g.passed]
    return text.join(parts, " ")


def _keys(card: Card, scene: Scene, cells: int) -> Line:
    if not scene.keys:
        return (("keys off in this replay", "dim"),)
    if scene.stale:
        return (("confirm is off: " + scene.stale, "bad"),)
    if card.state != "pending":
        return (("[u] undo  [w] why", "accent"),)
    low: tuple[Span, ...] = (("LOW confidence  ", "warn"),) if card.low_confidence else ()
    twice: tuple[Span, ...] = (("press c twice  ", "warn"),) if card.two_step else ()
    return (*low, *twice, (KEYS if cells >= 100 or cells < 70 else SHORT_KEYS, "accent"))


def ticket(card: Card) -> str:
    """`BUY 500 ABCD LMT 12.04 | STP 11.95 | TGT 12.22`."""
    prices = [dollars(px) for px in (card.entry_e4, card.stop_e4, card.target_e4)]
    order = f"BUY {card.shares} {clean(card.ticker)} LMT {prices[0]}"
    return f"{order} | STP {prices[1]} | TGT {prices[2]}"
