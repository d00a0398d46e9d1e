"""The newest universe as screens show it, made once for each."""

from msgspec import structs

from ramstock_tui.core.engine import Engine
from ramstock_tui.core.listing import Listing, Universe
from ramstock_tui.link import schema as m


class Listings:
    """Members and exclusions by ticker."""

    def __init__(self) -> None:
        self._of: Universe | None = None
        self._by_ticker: dict[str, Listing] = {}
        self._view: m.FunnelView | None = None

    def funnel(self, engine: Engine) -> m.FunnelView | None:
        """None before the first universe. The same object until there is another one."""
        universe = engine.universe
        if universe is not self._of:
            self._of = universe
            found = () if universe is None else (*universe.excluded, *universe.members)
            self._by_ticker = {one.ticker: one for one in found}
            self._view = None if universe is None else _view(universe)
        return self._view

    def excluded(self, ticker: str) -> bool:
        """It was looked at and is no member."""
        one = self._by_ticker.get(ticker)
        return one is not None and not one.rank

    def row(self, engine: Engine, ticker: str, row: m.UniverseRow | None) -> m.UniverseRow | None:
        """The row of a symbol with what the universe says of it; a symbol that the session does not
        watch (row is None) has that alone. None: nobody knows it."""
        one = self._by_ticker.get(ticker)
        if one is None:
            return row if row is None else structs.replace(row, listed=_refdata(engine, ticker))
        listed = m.Listed(
            one.spread_e4, one.rvol_e4, one.rvol_est, one.float_shares, one.rank, one.rule,
            one.value, one.need, one.kept,
        )  # fmt: skip
        if row is None:
            state = "no data" if one.rank else EXCLUDED
            return m.UniverseRow(ticker, one.price_e4, None, None, state, None, listed=listed)
        state = row.state if one.rank or row.state in BUSY else EXCLUDED
        until = row.until_ts if state == row.state else None
        return structs.replace(row, state=state, until_ts=until, listed=listed)


EXCLUDED = "EXCL"
# states that count more than being no member
BUSY = frozenset({"PENDING", "HALT", "quarantine", "cool"})


def _refdata(engine: Engine, ticker: str) -> m.Listed | None:
    """A session without a universe may know a float and a relative volume all the same."""
    symbol = engine.by_ticker.get(ticker)
    data = None if symbol is None else engine.refdata.get(symbol.sym)
    return None if data is None else m.Listed(None, data.rvol_e4, False, data.float_shares)


def _view(universe: Universe) -> m.FunnelView:
    return m.FunnelView(
        profile=universe.profile,
        built_ts=universe.built_ts,
        expires_ts=universe.expires_ts,
        next_ts=universe.next_ts,
        expired=universe.expired,
        members=tuple(
            m.MemberRow(one.ticker, one.rvol_e4, one.spread_e4, one.float_shares)
            for one in universe.members
        ),
        excluded=tuple(one.ticker for one in universe.excluded),
        steps=universe.funnel,
        unknown_float=universe.unknown_float,
        policy=universe.limits.unknown_float,
        lines=universe.lines,
        source=universe.source,
        store=universe.store,
        notes=universe.notes,
    )
