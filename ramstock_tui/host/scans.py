"""Scans with the filters that the broker's scanner really offers."""

from ramstock_tui.core.listing import Limits
from ramstock_tui.feeds.screening import Scan

FLOAT_TAGS = ("floatSharesBelow", "floatSharesAbove")


def offered(
    scans: tuple[Scan, ...],
    offers: tuple[frozenset[str], frozenset[str]],
    limits: Limits,
    notes: list[str],
) -> list[Scan]:
    """The scans whose code the broker knows, with its filters by price (wide, so that near misses
    stay on screen) and by float where it has one; the scan's own come first. What it does not know
    is left out and said in notes. offers: (codes, filter names), empty = not told."""
    codes, names = offers
    bounds = (
        ("priceAbove", _usd(limits.price_min_e4 // 2)),
        ("priceBelow", _usd(limits.price_max_e4 * 2)),
        (FLOAT_TAGS[0], str(limits.float_max)),
        (FLOAT_TAGS[1], "" if limits.float_min is None else str(limits.float_min)),
    )
    found = []
    for scan in scans:
        if codes and scan.code not in codes:
            notes.append(f"scan {scan.name}: the broker has no {scan.code}")
            continue
        given = {n: v for n, v in bounds if v and n in names} | dict(scan.filters)
        unknown = [name for name in given if names and name not in names]
        if unknown:
            notes.append(f"scan {scan.name}: the broker has no filter {unknown[0]}")
        known = tuple((n, v) for n, v in given.items() if n not in unknown)
        found.append(scan._replace(filters=known))
    return found


def _usd(px_e4: int) -> str:
    whole, rest = divmod(px_e4, 10_000)
    return f"{whole}.{rest:04}".rstrip("0").rstrip(".")
