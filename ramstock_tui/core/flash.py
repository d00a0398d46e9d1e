"""Flash bid walls (D-10 as N-12 words it)."""

from ramstock_tui.core.tape import S1, Tape

RISE_SHARES = 5_000  # a rise is more than this
GONE_NS = S1 // 2
TOLERANCE_NS = S1 // 10
REJECT_NS = 10 * S1
COUNT_NS = 300 * S1
COUNT = 3
QUARANTINE_NS = 900 * S1


class Rise:
    """A rise at a best bid that still stands. size: displayed right after it."""

    __slots__ = ("amount", "px", "size", "ts")

    def __init__(self, ts: int, px: int, amount: int, size: int) -> None:
        self.ts = ts
        self.px = px
        self.amount = amount
        self.size = size


class Gone:
    """A rise whose amount went within 500 ms; a flash unless prints explain the drop."""

    __slots__ = ("drop", "final", "px", "rose", "ts")

    def __init__(self, ts: int, rose: int, px: int, drop: int) -> None:
        self.ts = ts
        self.rose = rose
        self.px = px
        self.drop = drop
        self.final: bool | None = None  # known 100 ms after it went

    def is_flash(self, t: int, tape: Tape) -> bool:
        """As far as known at t: prints up to 100 ms later may still explain the drop."""
        if self.final is not None:
            return self.final
        end = self.ts + TOLERANCE_NS
        explained = tape.shares_at_or_below(self.px, self.rose, min(t, end))
        flash = 5 * explained < self.drop
        if t > end:
            self.final = flash
        return flash


class FlashWatch:
    """Rises and flashes of one symbol."""

    __slots__ = ("gone", "rises")

    def __init__(self) -> None:
        self.rises: list[Rise] = []
        self.gone: list[Gone] = []

    def rose(self, t: int, px: int, amount: int, size: int) -> None:
        """The best bid px grew by amount (> 5,000) to size in the batch at t."""
        self.rises = [r for r in self.rises if r.px != px or r.ts + GONE_NS > t]
        self.rises.append(Rise(t, px, amount, size))

    def check(self, t: int, bids: dict[int, int], worst: int, tape: Tape) -> bool:
        """Look for vanished rises at a batch end, be the book well formed or not; True when a flash
        was found now. worst: the worst visible bid, 0 = none; prices below it are out of view."""
        found = False
        keep: list[Rise] = []
        for rise in self.rises:
            if t > rise.ts + GONE_NS:
                continue
            if rise.px < worst:
                keep.append(rise)  # left the view: not known to be gone
                continue
            drop = rise.size - bids.get(rise.px, 0)
            if t > rise.ts and 5 * drop >= 4 * rise.amount:
                gone = Gone(t, rise.ts, rise.px, drop)
                self.gone = [g for g in self.gone if g.ts > t - QUARANTINE_NS - COUNT_NS]
                self.gone.append(gone)
                found = found or gone.is_flash(t, tape)
            else:
                keep.append(rise)
        self.rises = keep
        return found

    def due(self, bids: dict[int, int]) -> bool:
        """Did a rise go in another batch of its own instant: it is found at the next batch of the
        book that comes later."""
        return any(5 * (r.size - bids.get(r.px, 0)) >= 4 * r.amount for r in self.rises)

    def settle(self, t: int, tape: Tape) -> None:
        """Judge what went while the prints that may explain it are kept."""
        for gone in self.gone:
            if gone.final is None:
                gone.is_flash(t, tape)

    def hold(self, t: int) -> bool:
        """A rise stands and is younger than 500 ms: no signal yet."""
        return any(t < r.ts + GONE_NS for r in self.rises)

    def active(self, t: int, tape: Tape, within_ns: int = REJECT_NS) -> bool:
        """A flash in (t - within_ns, t]; it rejects for 10 s."""
        return any(g.ts > t - within_ns and g.is_flash(t, tape) for g in self.gone)

    def count_5min(self, t: int, tape: Tape) -> int:
        return sum(g.ts > t - COUNT_NS and g.is_flash(t, tape) for g in self.gone)

    def quarantined(self, t: int, tape: Tape) -> bool:
        """The third flash within 300 s quarantines for 900 s from its instant."""
        if len(self.gone) < COUNT:
            return False
        flashes = [g.ts for g in self.gone if g.is_flash(t, tape)]
        pairs = zip(flashes, flashes[COUNT - 1 :], strict=False)
        return any(last - first < COUNT_NS and t < last + QUARANTINE_NS for first, last in pairs)
