"""Scenes of stocks whose score qualifies while one rejection stands against it, and a halt.

The ratio is lifted only while the rejection is in force, so that no signal slips out.
"""

from ramstock_tui.core import records as r
from ramstock_tui.feeds.demo.scenes import qualifies, settle
from ramstock_tui.feeds.demo.stage import BIDS, CALM, EVEN, MS, THIN, Hand, S, Scene
from ramstock_tui.feeds.demo.stock import TICK_E4

WARM_NS = 9 * S
HALT_NS = 75 * S
LULD_PAUSE = 2
RUN_TENTHS_PCT = 35  # how far the runner goes
STRONG = (4_900, 3_900, 3_400, *BIDS[3:])


def stall(hand: Hand) -> Scene:
    """A burst of trades, then none: after 2 s the ratio comes too late (D-17)."""
    yield from hand.beats(WARM_NS)
    for _ in range(15):
        hand.beat()
        yield 20 * MS
    yield from hand.stands(2_200 * MS)
    hand.shape(asks=THIN)
    hand.show()
    yield 350 * MS
    hand.shape(asks=CALM)
    hand.show()
    yield 500 * MS
    yield from settle(hand)


def flash(hand: Hand) -> Scene:
    """6,200 shares stand at the best bid for 300 ms and are gone without a trade (D-10)."""
    yield from hand.beats(WARM_NS)
    own = hand.bids[0]
    hand.bids[0] = own + 6_200
    hand.show()
    yield 300 * MS
    hand.bids[0] = own
    hand.show()
    yield 300 * MS
    yield from qualifies(hand, 5 * S)
    yield from settle(hand)


def replenish(hand: Hand) -> Scene:
    """Somebody sells into every purchase: 400 are bought at the ask, 520 come back (D-13)."""
    shown = 1_600
    hand.shape(bids=BIDS, asks=[shown, *CALM[1:]])
    yield from hand.stands(4 * S)
    for n in range(14):
        qualified = 5 <= n < 10
        hand.shape(bids=STRONG if qualified else BIDS)
        hand.shape(asks=[shown - 400, *(THIN if qualified else CALM)[1:]])
        hand.show([(hand.ask, 400, 0)])
        yield 150 * MS
        shown += 120
        hand.asks[0] = shown
        hand.show([(hand.bid, 20, 0)])
        yield 150 * MS
        for _ in range(3):
            hand.show([(hand.bid + TICK_E4, 10, r.HIDDEN)])
            yield 120 * MS
    yield from settle(hand)


def iceberg(hand: Hand) -> Scene:
    """More is bought at the ask than was ever shown there, three times over (D-13): every trade
    is filled up at once, so the queue never looks smaller."""
    hand.shape(bids=BIDS, asks=[1_300, *CALM[1:]])
    yield from hand.stands(2 * S)
    for n in range(48):
        if n == 36:  # 36 trades in 9 s: 5,400 shares of 1,300 shown
            hand.shape(asks=[1_300, 1_000, 900, *CALM[3:]])
        hand.show([(hand.ask, 150, 0)])
        yield 120 * MS
        hand.show([(hand.bid, 10, 0)])
        yield 130 * MS
    yield from settle(hand)


def collapse(hand: Hand) -> Scene:
    """The bids vanish for half a second; for 30 s nothing counts (D-18)."""
    yield from hand.beats(14 * S)
    hand.shape(bids=[300, 300, 200, 200, 300, 300, 300, 300, 300, 300])
    hand.show()
    yield 500 * MS
    for part in (0.4, 0.7, 1.0):
        hand.shape(bids=[round(size * part / 100) * 100 for size in BIDS])
        hand.show()
        yield 400 * MS
    yield from hand.beats(4 * S)
    yield from qualifies(hand, 5 * S)
    yield from settle(hand)


def quarantine(hand: Hand) -> Scene:
    """A run of 3.5 % within 20 s or so: halt risk for the next 5 minutes (D-22)."""
    hand.shape(bids=EVEN, asks=EVEN)
    yield from hand.beats(3 * S)
    ticks = hand.bid * RUN_TENTHS_PCT // 1_000 // TICK_E4 + 1
    yield from hand.walks(ticks, max(200, 20_000 // ticks))
    hand.shape(bids=BIDS, asks=CALM)
    yield from hand.beats(5 * S)
    yield from qualifies(hand, 5 * S)
    yield from settle(hand)


def halt(hand: Hand) -> Scene:
    """A volatility pause: the quote stands still until trading resumes."""
    stock = hand.stock
    hand.shape(bids=EVEN, asks=EVEN)
    yield from hand.beats(2 * S)
    hand.out.append((hand.ts, stock.sym, r.HALT, r.LAST, 0, 0, LULD_PAUSE))
    stock.halted = True
    yield 1 * S
    end = hand.ts + HALT_NS
    while hand.ts < end:
        hand.show()
        yield 1 * S
    hand.out.append((hand.ts, stock.sym, r.HALT, r.LAST, 0, 0, 0))
    stock.halted = False
    yield 100 * MS
    yield from hand.beats(4 * S)
