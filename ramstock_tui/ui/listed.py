"""Which symbols the universe pane lists, and in which order."""

from collections.abc import Callable

from ramstock_tui.link.schema import FunnelView, MemberRow
from ramstock_tui.ui.store import Store

SORTS = ("", "rank", "rvol", "spread", "float", "name")  # "": the host's order
LAST = 1 << 62


def listed(store: Store, sort: str, only_excluded: bool) -> tuple[str, ...]:
    """Symbols of the session, then those that the universe excludes. sort: members first, in this
    order. only_excluded: nothing else."""
    funnel = store.funnel
    if funnel is None:
        return store.tickers
    if only_excluded:
        return funnel.excluded
    symbols = store.tickers
    if sort:
        members = tuple(one.ticker for one in _sorted(funnel, sort))
        inside = frozenset(members)
        symbols = members + tuple(t for t in symbols if t not in inside)
    known = frozenset(symbols)
    return symbols + tuple(t for t in funnel.excluded if t not in known)


def _sorted(funnel: FunnelView, sort: str) -> list[MemberRow]:
    key = _KEYS.get(sort)
    return list(funnel.members) if key is None else sorted(funnel.members, key=key)


_KEYS: dict[str, Callable[[MemberRow], tuple[int, str]]] = {
    "rvol": lambda one: (-(one.rvol_e4 or 0), one.ticker),
    "spread": lambda one: (LAST if one.spread_e4 is None else one.spread_e4, one.ticker),
    "float": lambda one: (LAST if one.float_shares is None else one.float_shares, one.ticker),
    "name": lambda one: (0, one.ticker),
}
