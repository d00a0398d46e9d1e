"""What a demo market is made from."""

import msgspec

MAX_SYMBOLS = 500
NATURAL_RATE = 8  # records a second and symbol where no rate is given


class DemoSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The same values give the same market.

    start_ns: session start, ns since the epoch; the opening script counts from it. symbols: 1 to
    500. rate: records a second of all symbols together, None = about 8 per symbol. edge_bp: added
    to the chance of a clean signal after the opening script to reach its target before its stop,
    1/10,000. cards_per_min: clean signals a minute on top, from 20 s on, for load tests; a signal
    occupies a stock for over a minute, so the number of stocks bounds it. Raises ValueError.
    """

    start_ns: int
    seed: int = 7
    symbols: int = 48
    rate: int | None = None
    edge_bp: int = 0
    cards_per_min: int = 0

    def __post_init__(self) -> None:
        limits = (
            ("start_ns", self.start_ns, 0, 1 << 62),
            ("seed", self.seed, 0, (1 << 63) - 1),
            ("symbols", self.symbols, 1, MAX_SYMBOLS),
            ("rate", 1 if self.rate is None else self.rate, 1, 1_000_000),
            ("edge_bp", self.edge_bp, -10_000, 10_000),
            ("cards_per_min", self.cards_per_min, 0, 10_000),
        )
        for name, value, low, high in limits:
            if not low <= value <= high:
                raise ValueError(f"{name} was {value}, must be {low} to {high}")

    @property
    def records_per_s(self) -> int:
        """Records a second of all symbols together."""
        return self.symbols * NATURAL_RATE if self.rate is None else self.rate

    @property
    def note(self) -> str:
        """The planted edge in words: `demo edge: none`, `demo edge: +5 pts`."""
        return f"demo edge: {self.edge_bp / 100:+g} pts" if self.edge_bp else "demo edge: none"
