"""Every row of the N-16 table, for each profile: a book that is accepted and one that differs from
it in the pattern alone, at the exact share, tick and millisecond, both sides.

The scene: a thin book stands for 67 s, 16 buys of 40 shares follow in 2.4 s, and at T the bids grow
so that all three profiles have their score at one instant.
"""

from collections.abc import Callable, Iterable

import msgspec
import pytest

from ramstock_tui.core.engine import Engine
from ramstock_tui.core.profile import Rules
from ramstock_tui.host.drive import replay
from tests.core.sessions import rules
from tests.session_writer import MS, Levels, Script, Stock, at, opened

T = at("09:31:30")
THIN: Levels = [(1200, 1000), (1199, 1500), (1198, 1500), (1197, 1500), (1196, 1500), (1190, 100)]
FULL: Levels = [(1200, 5000), (1199, 5000), (1198, 4000), (1197, 4000), (1196, 4000), (1190, 100)]
ASKS: Levels = [(1202, 1400), (1203, 1000), (1204, 900), (1205, 1000), (1206, 1000)]
P, Q, S = "platform", "quant", "small_account"
BUYS = [-2400 + 150 * i for i in range(16)]
Act = Callable[[Stock], None]
Event = tuple[float, Act]  # ms after T, what happens


def level(bid: bool, px: int, size: int, *prints: tuple[int, int]) -> Act:
    return lambda stock: stock.level(bid, px, size, prints)


def bids(*sizes: int) -> Act:
    """The best bids get these sizes."""
    return lambda stock: stock.book([(1200 - i, n) for i, n in enumerate(sizes)] + [(1190, 100)])


def prints(px: int, size: int) -> Act:
    return lambda stock: stock.beat([(px, size)])


def scene(
    *events: Event,
    full: Levels = FULL,
    asks: Levels = ASKS,
    thin: Levels = THIN,
    before: Levels | None = None,
    size: int = 40,
    buys: Iterable[float] = BUYS,
    tables: Rules | None = None,
    later: float = 0,
) -> dict[str, str]:
    """profile -> `signal`, the codes of its refusal at T, or "" when the score was not enough.
    before: the asks until T; buys: when they come, ms after T; later: the last word is that of so
    many ms after T."""
    script = Script(opened(), "09:25:00")
    stock = script.stock("ACME")
    price = asks[0][0]
    plan: list[Event] = [(-70_000, lambda s: s.book(thin, before or asks))]
    plan += [(float(ms), lambda s: s.beat()) for ms in range(-69_500, 0, 500)]
    plan += [(ms, prints(price, size)) for ms in buys]
    plan += [*events, (0, lambda s: s.book(full, asks))]
    for ms, act in sorted(plan, key=lambda event: event[0]):
        script.ts = T + round(ms * MS)
        act(stock)
    return verdicts(replay(tables or rules(), script.chunks(), "none"), T + round(later * MS))


def verdicts(engine: Engine, t: int) -> dict[str, str]:
    """The last word of each lane up to t; before T none has its score."""
    found = {lane.profile.name: "" for lane in engine.lanes}
    for d in engine.history:
        if d.profile and d.ts <= t and d.kind in ("signal", "reject"):
            assert d.ts >= T
            found[d.profile] = "signal" if d.kind == "signal" else " ".join(d.reasons)
    return found


def only(code: str, *profiles: str) -> dict[str, str]:
    """These profiles refuse with exactly that code, the others alert."""
    return {name: code if name in profiles else "signal" for name in (P, Q, S)}


ACCEPTED = only("")


def test_the_scene_itself_is_accepted_by_every_profile() -> None:
    assert scene() == ACCEPTED


def stalled(ms: float) -> dict[str, str]:
    return scene((-ms, lambda s: s.beat([(1202, 40)] * 16)), buys=())


def flash(rise: int, lasts: float, *taken: tuple[int, int]) -> dict[str, str]:
    return scene((-5_000, bids(1000 + rise, 1500, 1500, 1500, 1500)),
                 (-5_000 + lasts, level(True, 1200, 1000, *taken)))  # fmt: skip


def fake(lasts: float, left: int) -> dict[str, str]:
    return scene((-6_100, level(True, 1198, 1100)), (-5_100, level(True, 1198, 5000)),
                 (-5_100 + lasts, level(True, 1198, left)))  # fmt: skip


def pulled(shares: int, ms: float) -> dict[str, str]:
    """So many offers go unbought from the third level; 3 x the median ask is 4,200."""
    before = [*ASKS[:2], (1204, 900 + shares), *ASKS[3:]]
    return scene((-ms, level(False, 1204, 900)), before=before)


def refilled(times: int, back_ms: float = 200) -> dict[str, str]:
    events: list[Event] = []
    for i in range(times):
        ms = -4_800 + 800 * i
        events.append((ms, level(False, 1202, 1000, (1202, 400))))
        events.append((ms + back_ms, level(False, 1202, 1400)))
    return scene(*events)


def replenished(adds: int) -> dict[str, str]:
    """640 shares were bought in 3 s, so many came back."""
    return scene((-1_000, level(False, 1202, 1400)), before=[(1202, 1400 - adds), *ASKS[1:]])


def hidden(bought: int) -> dict[str, str]:
    """At most 1,400 were ever shown at the ask; 640 of the buys are those of the scene."""
    return scene((-5_000, prints(1202, bought - 640)))


def collapsed(left: int, ms: float) -> dict[str, str]:
    return scene((-ms, bids(left, 300, 300, 1500, 1500)),
                 (-ms + 200, bids(1000, 1500, 1500, 1500, 1500)))  # fmt: skip


def jumped(px: int) -> dict[str, str]:
    return scene((-40_000, prints(px, 1)))


def tiny(size: int) -> dict[str, str]:
    """Every level showed so few shares until T."""
    thin = [(px, size) for px, _ in THIN[:5]] + [(1190, size)]
    return scene(thin=thin, before=[(px, size) for px, _ in ASKS], size=100)


CASES: list[tuple[str, Callable[[], dict[str, str]], dict[str, str]]] = [
    ("no print for 2.001 s", lambda: stalled(2_001), only("stall", P, Q, S)),
    ("no print for exactly 2 s", lambda: stalled(2_000), ACCEPTED),
    ("5,001 shares for 300 ms", lambda: flash(5_001, 300), only("flash", S)),
    ("5,000 shares for 300 ms", lambda: flash(5_000, 300), ACCEPTED),
    ("5,001 shares for 500 ms", lambda: flash(5_001, 500), only("flash", S)),
    ("5,001 shares for 501 ms", lambda: flash(5_001, 501), ACCEPTED),
    ("a fifth of the flash was bought", lambda: flash(5_001, 300, (1200, 1_001)), ACCEPTED),
    ("one share less of it", lambda: flash(5_001, 300, (1200, 1_000)), only("flash", S)),
    ("a wall of 999 ms", lambda: fake(999, 1000), only("fake_wall", P)),
    ("a wall of 1,000 ms", lambda: fake(1_000, 1000), ACCEPTED),
    ("more than 20 % of the wall is left", lambda: fake(600, 1001), ACCEPTED),
    ("4,200 offers pulled", lambda: pulled(4_200, 1_900), only("spoof", Q)),
    ("4,199 offers pulled", lambda: pulled(4_199, 1_900), ACCEPTED),
    ("pulled 2.001 s ago", lambda: pulled(4_200, 2_001), ACCEPTED),
    ("refilled twice", lambda: refilled(2), only("refill", Q)),
    ("refilled once", lambda: refilled(1), ACCEPTED),
    ("refilled after 250 ms", lambda: refilled(2, 250), only("refill", Q)),
    ("refilled after 251 ms", lambda: refilled(2, 251), ACCEPTED),
    ("640 came back for 640", lambda: replenished(640), only("replenish", P, S)),
    ("639 came back for 640", lambda: replenished(639), ACCEPTED),
    ("3 times what was shown", lambda: hidden(4_200), only("iceberg", P, Q, S)),
    ("one share less than that", lambda: hidden(4_199), ACCEPTED),
    (
        "bids collapsed 29.999 s ago",
        lambda: collapsed(399, 29_999),
        only("collapse", P, Q, S),
    ),
    ("bids collapsed 30 s ago", lambda: collapsed(399, 30_000), ACCEPTED),
    ("bids at exactly a quarter", lambda: collapsed(400, 10_000), ACCEPTED),
    ("12.39 and 12.02 in 60 s", lambda: jumped(1239), only("quarantine", P, Q, S)),
    ("12.38 and 12.02 in 60 s", lambda: jumped(1238), ACCEPTED),
    ("sizes of 49", lambda: tiny(49), only("lots", P, Q, S)),
    ("sizes of 50", lambda: tiny(50), ACCEPTED),
]


@pytest.mark.parametrize(("found", "wanted"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_a_book_that_differs_in_one_pattern(
    found: Callable[[], dict[str, str]], wanted: dict[str, str]
) -> None:
    assert found() == wanted


def test_a_rise_at_the_trigger_is_held_for_500_ms_and_then_alerts() -> None:
    grown = [(1200, 6001), *FULL[1:]]
    held = scene(full=grown)
    assert held == only("flash_hold", S)
    late = (500, lambda s: s.beat())
    assert scene(late, full=grown, later=500)[S] == "signal"
    assert scene((499, lambda s: s.beat()), full=grown, later=499)[S] == "flash_hold"


def crossing(ask: int, depth: int = 1400) -> dict[str, str]:
    """The tape was below its VWAP for 7 s and crosses it: no profile needs its spread points, nor
    small_account those of the depth."""
    asks = [(ask + i, n) for i, n in enumerate((depth, 1000, 900, 1000, 1000))]
    above = [(-12_000 + 500 * i, prints(ask - 1, 100)) for i in range(4)]
    below = [(-9_900 + 500 * i, prints(1200, 1)) for i in range(15)]
    return scene(*above, *below, asks=asks)


@pytest.mark.parametrize(
    ("ask", "refusing"),
    [(1204, ()), (1205, (P, Q)), (1206, (P, Q, S))],
    ids=["4 cents", "5 cents", "6 cents"],
)
def test_the_spread_gate_is_inclusive_for_small_account_alone(
    ask: int, refusing: tuple[str, ...]
) -> None:
    assert crossing(ask) == only("spread_gate", *refusing)


def test_one_share_below_the_depth_gate() -> None:
    assert crossing(1203, depth=1_200) == ACCEPTED
    assert crossing(1203, depth=1_199) == only("depth_gate", S)


def with_heatmap(*events: Event) -> dict[str, str]:
    tables = rules()
    profiles = tuple(msgspec.structs.replace(p, heatmap="required") for p in tables.profiles)
    return scene(*events, tables=msgspec.structs.replace(tables, profiles=profiles))


def test_a_heatmap_that_is_required_wants_an_eaten_ask() -> None:
    assert with_heatmap() == only("heatmap", P, Q, S)
    eaten = (-5_000, level(False, 1202, 0, (1202, 1400)))
    back = (-4_000, level(False, 1202, 1400))
    assert with_heatmap(eaten, back) == ACCEPTED
