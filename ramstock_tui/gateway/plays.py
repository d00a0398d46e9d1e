"""What a stock of a scripted market can play, by name; the demo's scenes and near misses."""

from collections.abc import Callable

from ramstock_tui.core import records as r
from ramstock_tui.feeds.demo import rejections
from ramstock_tui.feeds.demo.scenes import WARM_NS, clean, settle
from ramstock_tui.feeds.demo.stage import BIDS, EVEN, MS, THIN, Hand, S, Scene
from ramstock_tui.feeds.demo.stock import TICK_E4

Play = Callable[[Hand], Scene]
BELOW_RATIO = (1_500, 1_300, 1_200, *THIN[3:])  # at most 2.45 against BIDS, 2.5 are needed
WIDE_TICKS = 6  # a spread of .06, .05 are allowed
BLOWN_TICKS = 9
PAUSE_NS = 20 * S


def near_ratio(hand: Hand) -> Scene:
    """All a signal needs, but the ratio ends a little short of it."""
    hand.shape(bids=BIDS)
    yield from hand.beats(WARM_NS)
    hand.shape(asks=BELOW_RATIO)
    yield from hand.beats(10 * S)
    yield from settle(hand)


def near_spread(hand: Hand) -> Scene:
    """All a signal needs, but the spread is a cent too wide."""
    spread = hand.spread
    hand.spread = WIDE_TICKS * TICK_E4
    hand.shape(bids=BIDS)
    yield from hand.beats(WARM_NS)
    hand.shape(asks=THIN)
    yield from hand.beats(10 * S)
    hand.spread = spread
    yield from settle(hand)


def blow_out(hand: Hand) -> Scene:
    """A signal; 3 s later the asks are gone and the spread is far too wide."""
    hand.shape(bids=BIDS)
    yield from hand.beats(WARM_NS)
    hand.shape(asks=THIN)
    yield from hand.beats(3 * S)
    spread = hand.spread
    hand.spread = BLOWN_TICKS * TICK_E4
    yield from hand.beats(10 * S)
    hand.spread = spread
    yield from settle(hand)


def halt_on_pending(hand: Hand) -> Scene:
    """A signal; 4 s later a volatility pause."""
    stock = hand.stock
    hand.shape(bids=BIDS)
    yield from hand.beats(WARM_NS)
    hand.shape(asks=THIN)
    yield from hand.beats(4 * S)
    hand.out.append((hand.ts, stock.sym, r.HALT, r.LAST, 0, 0, rejections.LULD_PAUSE))
    yield PAUSE_NS
    hand.out.append((hand.ts, stock.sym, r.HALT, r.LAST, 0, 0, 0))
    yield 100 * MS
    yield from settle(hand)


def qualifies_long(hand: Hand) -> Scene:
    """A signal whose conditions stay for a minute, without an end at a target or a stop."""
    hand.shape(bids=BIDS)
    yield from hand.beats(WARM_NS)
    hand.shape(asks=THIN)
    yield from hand.beats(60 * S)
    yield from settle(hand)


def wins(hand: Hand) -> Scene:
    """A signal that reaches its target."""
    return clean(hand, True)


def loses(hand: Hand) -> Scene:
    """A signal that falls to its stop."""
    return clean(hand, False)


def shakes(hand: Hand) -> Scene:
    """A book in balance, with trades: nothing comes of it."""
    hand.shape(bids=EVEN, asks=EVEN)
    yield from hand.beats(20 * S)


PLAYS: dict[str, Play] = {
    play.__name__: play
    for play in (
        wins, loses, shakes, near_ratio, near_spread, blow_out, halt_on_pending, qualifies_long,
        rejections.flash, rejections.stall, rejections.replenish, rejections.iceberg,
        rejections.collapse, rejections.quarantine, rejections.halt,
    )
}  # fmt: skip
