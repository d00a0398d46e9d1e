"""The universe of the demo market: a scan of it, with the spreads that its books really showed."""

from ramstock_tui.core.engine import Engine
from ramstock_tui.core.spread import SpreadMeter
from ramstock_tui.feeds.demo.scan import DemoScan
from ramstock_tui.host.facts import Gathered, Wanted


class DemoFacts:
    """See `Facts`. Everything is there at once; the same market gives the same universe."""

    source = "demo"
    waits = False

    def __init__(self, scan: DemoScan) -> None:
        self._scan = scan
        self._meters: dict[str, SpreadMeter] = {}
        self._found: Gathered | None = None

    def look(self, ts: int, engine: Engine) -> None:
        """The best quotes of this second."""
        for ticker, symbol in engine.by_ticker.items():
            meter = self._meters.get(ticker)
            if meter is None:
                meter = self._meters[ticker] = SpreadMeter()
            meter.quote(ts, symbol.bid or None, symbol.ask or None)

    def begin(self, wanted: Wanted) -> None:
        """A scan."""
        spreads = {ticker: meter.mean(wanted.ts) for ticker, meter in self._meters.items()}
        self._found = Gathered(self._scan.rows(wanted.ts, spreads))

    def found(self) -> Gathered | None:
        """The scan."""
        found, self._found = self._found, None
        return found

    def close(self) -> None:
        """Nothing is open."""
