"""5 Pending: the selected card with its order, money, rules, live guards and keys."""

import re

from ramstock_tui.link.schema import Card, OutcomeRow, ScoreRow
from ramstock_tui.ui import text
from ramstock_tui.ui.scene import Scene, rule_name, state_word, tick
from ramstock_tui.ui.text import Line, Span, clean, dollars, money

TTL_CELLS = 10
GLUE = "\u00a0"  # a blank at which no line is broken
KEYS = (
    "[c] CONFIRM  [x] skip  [r] re-price  [y] copy  [w] why",
    "[c] CONFIRM  [x] skip  [r] re-price",
    "[c] CONFIRM  [x] skip",
    "[c] CONFIRM",
)


def title(scene: Scene, cells: int) -> Line:
    card = scene.card
    if card is None:
        return (("5 Pending", "title"),)
    place, count = scene.place
    more = [((f"({place} of {count}, ] next)", "accent"),)] if count > 1 else []
    ticker = clean(card.ticker)[:12]
    parts = [
        text.part(0, ((f"5 PENDING {ticker}", "accent"),)),
        text.part(4, ((label(card), "dim"),)),
        text.part(1, ((f"score {text.points(card.score_e4)}/10", ""),)),
        text.part(2, *more),
        text.part((3, 0), *_life(card, scene)),
    ]
    return text.fit_parts([one for one in parts if one[1]], cells)


def label(card: Card) -> str:
    """`#A3`, the third alert of the day; the whole id where it ends otherwise."""
    last = clean(card.id).rpartition("-")[2]
    return f"#A{last}" if last.isdecimal() else f"#{clean(card.id)[:24]}"


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
        return _idle(scene, cells, height)
    tall = height >= 7
    lines = [*_order(card, cells, tall), *_worth(card, cells), *_rules(card, cells)]
    if tall:
        lines.append(_market(card, scene))
    foot = _foot(card, scene, cells, tall)
    lines = lines[: max(0, height - len(foot))]
    return [*lines, *[()] * (height - len(lines) - len(foot)), *foot]


def _idle(scene: Scene, cells: int, height: int) -> list[Line]:
    """No card: what is waited for, and what happened last."""
    view = scene.live.pending
    lines: list[Line] = [_awaited(scene, cells), *_nearest(scene)]
    last = view.last[: max(2, height - 3)] if view else ()
    if not last:
        return [text.cut(line, cells) for line in [*lines, (("no trades yet", "dim"),)]]
    named: list[Line] = [(("last trades", "dim"),)] if height > 4 else []
    rows = [outcome(row, scene.offset_s, cells) for row in last]
    return [*[text.cut(line, cells) for line in [*lines, *named]], *rows]


def _awaited(scene: Scene, cells: int) -> Line:
    """What must happen before a card appears."""
    if scene.stale:
        return (("nothing pending: ", "title"), ("no card comes while the data are old", "stale"))
    score = scene.held.score
    need = "a score" if score is None else f"a score of {text.points(score.need_e4)}"
    head: Line = (("nothing pending: ", "title"), (f"waiting for {need}", ""))
    return text.fit_parts(
        [text.part(0, head), text.part(1, (("that passes every check", ""),))], cells, " "
    )


def _nearest(scene: Scene) -> list[Line]:
    """The best score among the symbols whose rows are here, and what it is doing;
    nothing of it while the data are old."""
    known = () if scene.stale else scene.held.rows.values()
    rows = [row for row in known if row.score_e4 and not row.estimate]
    if not rows:
        return []
    best = max(rows, key=lambda row: (row.score_e4 or 0, row.ticker))
    ticker, score = clean(best.ticker)[:12], text.points(best.score_e4)
    return [((f"best score now: {ticker} {score} ({state_word(best.state)})", "dim"),)]


def outcome(row: OutcomeRow, offset_s: int, cells: int) -> Line:
    """`09:41:20 QRST   TP             +$86.50  500 sh`; the shares only where they fit."""
    token = "flat" if row.net_e4 is None else "good" if row.net_e4 > 0 else "bad"
    net = "" if row.net_e4 is None else money(row.net_e4, plus=True)
    room = 14 if cells >= 50 else 9  # `shadow TIMEOUT`, or `shadow SL`
    what = f"{clean(row.ticker)[:6]:<6} {clean(row.label)[:room]:<{room}} {net:>9}"
    stamp = text.clock(row.ts, offset_s)[: 8 if cells >= 36 else 5]
    line: Line = ((f"{stamp} ", "dim"), (what, token))
    count: Line = ((f"{text.shares(row.shares)} sh", "dim"),)
    return text.fit_parts([text.part(0, line), text.part(1, count)], cells)


def _order(card: Card, cells: int, tall: bool) -> list[Line]:
    stop, target = card.stop_e4 - card.entry_e4, card.target_e4 - card.entry_e4
    note: Line = ((f"({clean(card.size_note)})", "dim"),) if card.size_note else ()
    buy: Line = ((f"BUY {text.shares(card.shares)}", "title"),)
    prices_of: list[Line] = [
        (("entry ", "dim"), (dollars(card.entry_e4), "accent")),
        (("stop ", "dim"), (f"{dollars(card.stop_e4)} {_plus(stop)}", "")),
        (("target ", "dim"), (f"{dollars(card.target_e4)} {_plus(target)}", "")),
    ]
    prices = text.join(prices_of)
    if tall:
        named: Line = (*buy, (f" {clean(card.ticker)[:12]}", "title"))
        return [text.cut(text.join([named, note], " "), cells), text.cut(prices, cells)]
    short: Line = ((f"({_brief(clean(card.size_note))})", "dim"),) if note else ()
    for gap in ("  ", " "):
        tight = text.join([text.join([buy, short], " "), text.join(prices_of, gap)], gap)
        if text.width(tight) <= cells:
            return [tight]
    return [text.cut(text.join([buy, prices]), cells)]


def _brief(note: str) -> str:
    """`$100/.09=1,111→cap 500` -> `100/.09=1,111→cap`: the shares stand beside it."""
    return re.sub(r"cap [\d,]+$", "cap", note).removeprefix("$")


def _plus(e4: int) -> str:
    return text.short_dollars(e4, plus=True)


def _worth(card: Card, cells: int) -> list[Line]:
    ratio = f"R {card.reward_e4 / card.risk_e4:.1f}" if card.risk_e4 else f"R {text.DASH}"
    risk = [
        text.part(0, ((f"risk {money(card.risk_e4)}", ""),)),
        text.part(1, ((f"reward {money(card.reward_e4)}", ""),)),
        text.part(3, ((ratio, ""),)),
    ]
    net = [
        text.part(0, ((f"net@target {money(card.net_target_e4)}", "good"),)),
        text.part(0, ((f"net@stop {money(card.net_stop_e4)}", "bad"),)),
    ]
    fees: list[text.Part] = []
    if card.fee_model:
        said = money(card.fees_e4)
        named = (f"fees {clean(card.fee_model)[:16]} {said}", "dim")
        fees = [text.part(5, (named,), ((f"fees {said}", "dim"),))]
    chance = [
        text.part(2, ((f"BE {text.percent(card.break_even_bp)}", ""),)),
        text.part(4, ((f"null {text.percent(card.null_bp)}", "dim"),)),
    ]
    if cells >= 70:
        return [text.fit_parts(risk + net + chance + fees, cells, "  " if cells >= 90 else " ")]
    return [text.fit_parts(risk + chance, cells), text.fit_parts(net + fees, cells)]


def _rules(card: Card, cells: int) -> list[Line]:
    parts = [_rule(row) for row in card.rows]
    line = text.join(parts, " │ ", "edge")
    if text.width(line) <= cells:
        return [line]
    if cells >= 70:
        return [text.cut(text.join(parts, "  "), cells)]
    lines = text.wrap(text.join([_swap(one, " ", GLUE) for one in parts], " "), cells)[:2]
    return [_swap(one, GLUE, " ") for one in lines]


def _rule(row: ScoreRow) -> Line:
    name = rule_name(row.rule).split(" ")[0].split("@")[0]
    gained = text.points(row.points_e4).removesuffix(".0")
    said = f"{name} {clean(row.value or text.DASH)} {gained}"
    return ((said, "" if row.passed else "dim"), tick(row.passed))


def _swap(line: Line, old: str, new: str) -> Line:
    return tuple((part.replace(old, new), token) for part, token in line)


def _market(card: Card, scene: Scene) -> Line:
    """The market now, against which the guards are checked."""
    if card.ask_now_e4 is None:
        return ((f"now: ask {text.DASH}", "dim"),)
    spread = text.DASH if card.spread_now_e4 is None else text.short_dollars(card.spread_now_e4)
    age = scene.live.age_ns("pending", card.quote_age_ns, scene.now)
    said = f"now: ask {dollars(card.ask_now_e4)} · spread {spread} · depth "
    return ((f"{said}{text.shares(card.depth_now)} · quote {text.age(age)}", ""),)


def _foot(card: Card, scene: Scene, cells: int, tall: bool) -> list[Line]:
    """Guards or the host's answer, and the keys; on one line in the flat form."""
    if tall:
        state = _answer(card, scene) or text.fit_parts([_guards(card, scene)], cells)
        return [*text.wrap(state, cells)[:2], text.fit_parts([_keys(card, scene)], cells)]
    answer = _answer(card, scene)
    keys = _keys(card, scene)
    room = cells - text.width(keys[1][-1]) - 2  # the keys are never what is cut
    state_part = text.part(0, text.cut(answer, room)) if answer else _guards(card, scene, room)
    return [text.fit_parts([state_part, keys], cells)]


def _answer(card: Card, scene: Scene) -> Line:
    """What the host said to the confirm of this card; a refusal names what failed."""
    said = scene.said.get(card.id)
    if said is None:
        return ()
    if said.ok:
        return (("✓ ", "good"), (clean(said.text), "good"))
    return (("✗ ", "bad"), (clean(said.text), "bad"))


def _guards(card: Card, scene: Scene, room: int = 0) -> text.Part:
    """Every guard by name; in short the failing ones with their detail and a count of the rest.
    room: cells that the short form may take, 0 = as many as it needs. Without a host nobody knows
    whether they hold now: what it said last is no answer."""
    if scene.unheard:
        unknown: Line = (("guards unknown", "dim"),)
        return text.part((5, 0), ((f"guards unknown: {scene.unheard.lower()}", "dim"),), unknown)
    failing: list[Line] = [
        ((f"✗ {clean(g.detail or g.name)}", "bad"),) for g in card.guards if not g.passed
    ]
    good: list[Line] = [((clean(g.name), ""), tick(True)) for g in card.guards if g.passed]
    count: Line = ((f"{'other' if failing else 'all'} {len(good)} guards ", ""), tick(True))
    full = text.join([*failing, *good], " ")
    short = text.join([*failing, *([count] if good else [])], " ")
    return text.part((5, 0), full, text.cut(short, room) if room else short)


def _keys(card: Card, scene: Scene) -> text.Part:
    if scene.off:
        return text.part(0, ((scene.off, "dim"),))
    if scene.stale:
        return text.part(0, ((f"confirm is off: {scene.stale}", "bad"),))
    if card.state != "pending":
        return text.part(4, (("[u] undo  [w] why", "accent"),))
    low: tuple[Span, ...] = (("LOW confidence  ", "warn"),) if card.low_confidence else ()
    twice: tuple[Span, ...] = (("press c twice  ", "warn"),) if card.two_step else ()
    lines: list[Line] = [(*low, *twice, (keys, "accent")) for keys in KEYS]
    return text.part((6, 4, 3, 0), *lines)


def ticket(card: Card) -> str:
    """`BUY 500 ABCD LMT 12.04 | STP 11.95 | TGT 12.22`."""
    prices = [dollars(px) for px in (card.entry_e4, card.stop_e4, card.target_e4)]
    order = f"BUY {card.shares} {clean(card.ticker)} LMT {prices[0]}"
    return f"{order} | STP {prices[1]} | TGT {prices[2]}"
