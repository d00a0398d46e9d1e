"""How the universe came about, in words: funnel, times, what is wrong, why a symbol is excluded."""

from ramstock_tui.link.schema import FunnelView, Listed, UniverseRow
from ramstock_tui.ui import text
from ramstock_tui.ui.scene import Scene
from ramstock_tui.ui.text import Line, clean

# rule: short word, long word
RULES = {
    "refused": ("refuse", "refused"),
    "type": ("type", "type"),
    "exchange": ("exch", "exchange"),
    "price": ("price", "price"),
    "float": ("float", "float"),
    "rvol": ("rvol", "rvol"),
    "spread": ("spread", "spread"),
    "halted": ("halt", "halted"),
    "biotech": ("bio", "biotech"),
    "xbi": ("xbi", "XBI"),
    "fda": ("FDA", "FDA"),
    "lines": ("line", "no line"),
    "scan": ("gone", "in no scan"),
}
MILLION = 1_000_000


def ttl(funnel: FunnelView, now_ts: int) -> tuple[str, str]:
    """(`ttl 4m12s`, look) until the universe is over."""
    if funnel.expired or now_ts >= funnel.expires_ts:
        return "ttl OVER", "bad"
    left = funnel.expires_ts - now_ts
    return f"ttl {text.span(left // text.NS * text.NS)}", "" if left > 60 * text.NS else "warn"


def problem(funnel: FunnelView) -> str:
    """What is wrong with the store or the last refresh, "" = nothing."""
    return clean(" · ".join(part for part in (funnel.store, *funnel.notes) if part))


def lines(scene: Scene, funnel: FunnelView, cells: int, count: int) -> list[Line]:
    """At most `count` lines below the list, the most wanted first."""
    if count <= 0:
        return []
    offset = scene.offset_s
    found: list[Line] = []
    if wrong := problem(funnel):
        found += text.wrap(((wrong, "warn"),), cells)
    active = f"{len(funnel.members)} active · {len(funnel.excluded)} excluded"
    due = scene.now.now_ts >= funnel.next_ts
    after = "refreshing" if due else f"next {text.clock(funnel.next_ts, offset)[:5]}"
    found.append(((f"{active} · {after}", ""),))
    found += text.wrap(((steps(funnel), "dim"),), cells)
    known = f"unknown float {funnel.unknown_float} ({funnel.policy}s)"
    made = f"scan {text.clock(funnel.built_ts, offset)} · {clean(funnel.source)}"
    found += [((f"{made} · {funnel.lines} lines", "dim"),), ((known, "dim"),)]
    found.append((("· excluded: enter says why, e only those, o order", "dim"),))
    return [text.cut(line, cells) for line in found[:count]]


def steps(funnel: FunnelView) -> str:
    """`scan 150 → class 96 → … → 38`; the last number is that of the members."""
    parts = [f"{clean(name)} {count}" for name, count in funnel.steps]
    return " → ".join((*parts, f"members {len(funnel.members)}"))


def nobody(funnel: FunnelView) -> str:
    """`no symbols pass: 150→96→0 (price)`."""
    counts, rule = [], ""
    for name, count in funnel.steps:
        counts.append(str(count))
        if not count:
            rule = clean(name)
            break
    if not funnel.steps:
        return problem(funnel) or "no universe yet"
    return f"no symbols pass: {'→'.join(counts)} ({rule or 'lines'})"


def short_rule(listed: Listed) -> str:
    """In at most six letters: `ETF`, `price`, `bio`."""
    if listed.rule == "type" and listed.value.isascii() and len(listed.value) <= 6:
        return clean(listed.value)
    return RULES.get(listed.rule, (clean(listed.rule)[:6], ""))[0]


def reason(listed: Listed) -> str:
    """`price 24.87, wants 2.00 to 20.00`."""
    word = RULES.get(listed.rule, ("", clean(listed.rule)))[1]
    value = clean(listed.value)
    said = value if value.startswith(word) else f"{word} {value}"
    return f"{said}, wants {clean(listed.need)}" if listed.need else said


def detail(row: UniverseRow | None) -> tuple[str, str]:
    """(words, look) about one symbol: why it is a member, or why not."""
    found = None if row is None else row.listed
    if row is None or found is None:
        return "the universe says nothing of this symbol", "dim"
    name = clean(row.ticker)
    if not found.rank:
        return f"{name} excluded: {reason(found)}", "warn"
    if found.kept:
        return f"{name} rank {found.rank}, {clean(found.kept)}: {reason(found)}", "warn"
    return f"{name} rank {found.rank}: passes every filter", "good"


def float_text(shares: int | None) -> str:
    """`18M`, `8.2M`; cut, not rounded."""
    if shares is None:
        return text.DASH
    if shares >= 10 * MILLION:
        return f"{shares // MILLION}M"
    return f"{shares // 100_000 / 10:.1f}M" if shares >= MILLION else f"{shares // 1_000}k"


def rvol_text(listed: Listed) -> str:
    """`6.1`, with `~` where it is an estimate; cut, not rounded."""
    if listed.rvol_e4 is None:
        return text.DASH
    tenths = listed.rvol_e4 // 1_000
    shown = f"{tenths // 10}.{tenths % 10}" if tenths < 1_000 else f"{min(9_999, tenths // 10)}"
    return f"~{shown}" if listed.rvol_est else shown


def spread_text(listed: Listed) -> str:
    """`.03`: the mean of a minute to the nearest cent, to 1/10 cent below one."""
    if listed.spread_e4 is None:
        return text.DASH
    cents = (listed.spread_e4 + 50) // 100
    return f"{cents / 100:.2f}".removeprefix("0") if cents else f".{listed.spread_e4 // 10:03}"
