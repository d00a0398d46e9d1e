"""The fill model's arithmetic: what an order gets from displayed sizes (D-25, N-45)."""


def take_asks(
    asks: list[tuple[int, int]], limit_e4: int, want: int, used: dict[int, int]
) -> tuple[int, int]:
    """(shares, cost) that a buy limit takes from the displayed asks, best first.

    used: price -> displayed shares that this order has already taken; brought up to date. Such
    shares are not taken again: only what a level grows by, or a level that is new.
    """
    shares = cost = 0
    seen: dict[int, int] = {}
    for px, size in asks:
        if px > limit_e4:
            break
        gone = min(used.get(px, 0), size)
        take = min(size - gone, want - shares)
        seen[px] = gone + take
        shares += take
        cost += take * px
    used.clear()
    used.update(seen)
    return shares, cost


def holds_target(bids: list[tuple[int, int]], target_e4: int, shares: int) -> bool:
    """Do the displayed bids at the target and above take all the shares?"""
    for px, size in bids:
        if px < target_e4:
            return False
        shares -= size
        if shares <= 0:
            return True
    return False


def walk_out(bids: list[tuple[int, int]], shares: int, tick_e4: int) -> int:
    """Proceeds of selling into the displayed bids, best first; needs at least one level.

    What they do not take goes at the worst displayed bid minus one tick per started five levels,
    but not below one tick.
    """
    proceeds = 0
    for px, size in bids:
        take = min(size, shares)
        proceeds += take * px
        shares -= take
        if not shares:
            return proceeds
    below = -(-len(bids) // 5) * tick_e4
    return proceeds + shares * max(tick_e4, bids[-1][0] - below)
