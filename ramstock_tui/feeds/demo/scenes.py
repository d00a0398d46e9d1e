"""Scenes that end in a signal. Each is a generator over a `Hand`."""

from ramstock_tui.feeds.demo.stage import BIDS, CALM, EVEN, MS, RISING, THIN, Hand, S, Scene
from ramstock_tui.feeds.demo.stock import TICK_E4

WARM_NS = 12 * S  # from the start of a clean signal to its trigger
HOLD_NS = 21_500 * MS  # from the trigger on: 20 s to decide, 400 ms to the market
OVERSHOOT = 3  # ticks beyond the stop or the target


def null_bp(spread: int) -> int:
    """How often a driftless price that starts at the mid reaches the target of a card first,
    1/10,000, as cards print it (requirements A.6-2). spread: ticks; the card buys one tick above
    the ask, with its stop 3 spreads (4 ticks at least) below and its target twice as far above."""
    distance = max(3 * spread, 4)
    return round(10_000 * (distance - 1 - spread / 2) / (3 * distance))


def path(spread: int, wins: bool) -> int:
    """Ticks the bid must go from a card's quote to be beyond its target, or its stop."""
    distance = max(3 * spread, 4)
    entry = spread + 1  # above the bid
    return entry + 2 * distance + OVERSHOOT if wins else entry - distance - OVERSHOOT


def clean(hand: Hand, wins: bool) -> Scene:
    """A signal that can be confirmed during all of its 20 s: the quote stands, the tape keeps its
    pace, the depth stays. Then the price goes to the target or to the stop of the card."""
    hand.shape(bids=hand.varied(BIDS, 300))
    yield from hand.beats(WARM_NS)
    hand.shape(asks=[*hand.varied(THIN[:1], 100), *THIN[1:]])
    yield from hand.beats(HOLD_NS)
    if wins:
        hand.shape(bids=EVEN, asks=RISING)
        yield from hand.beats(1 * S)
        yield from hand.walks(path(hand.spread // TICK_E4, True), 800)
    else:
        hand.shape(bids=EVEN, asks=EVEN)
        yield from hand.beats(1 * S)
        yield from hand.walks(path(hand.spread // TICK_E4, False), 900)
    yield from settle(hand)


def settle(hand: Hand) -> Scene:
    """The book goes back to balance before the stock is its own again."""
    hand.shape(bids=EVEN, asks=EVEN)
    yield from hand.beats(4 * S)


def qualifies(hand: Hand, lasting: int) -> Scene:
    """The ratio holds for so long, ns, then no more."""
    hand.shape(bids=BIDS, asks=THIN)
    yield from hand.beats(lasting)
    hand.shape(asks=CALM)
    yield from hand.beats(1 * S)
