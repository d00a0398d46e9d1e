"""Money of one lane: fees, results, the two drawdown rungs. All amounts 1/10,000 USD."""

from ramstock_tui.core.profile import AccountLimits, FeeModel, Losses


def side_fee_e4(model: FeeModel, shares: int) -> int:
    """Commission of one order that filled `shares`; 0 when nothing filled."""
    return max(model.per_share_e4 * shares, model.min_order_e4) if shares > 0 else 0


def result(net_e4: int, fees_e4: int) -> str:
    """`win`, `loss`, or `scratch` when the net is not more than the trade's own fees (N-33)."""
    if abs(net_e4) <= fees_e4:
        return "scratch"
    return "win" if net_e4 > 0 else "loss"


def open_net_e4(model: FeeModel, bid_e4: int, shares: int, cost_e4: int) -> int:
    """Net of an open position if it left at the bid now, fees of both sides taken off."""
    return bid_e4 * shares - cost_e4 - 2 * side_fee_e4(model, shares)


def equity_level(cents: int, limits: AccountLimits) -> str:
    """`block`, `warn`, `capped`, `withdraw` or "": what an account of this equity leads to (D-21).
    Every limit is strict: at exactly the limit nothing is said. Equity 0 = unknown."""
    if cents <= 0:
        return ""
    for name, limit in (("block", limits.block_cents), ("warn", limits.warn_cents)):
        if limit is not None and cents < limit:
            return name
    for name, limit in (("capped", limits.capped_cents), ("withdraw", limits.withdraw_cents)):
        if limit is not None and cents > limit:
            return name
    return ""


def rung(net_e4: int, limits: Losses, equity_cents: int) -> tuple[str, int]:
    """(`hard` | `soft` | "", its limit) that a net of realized and open trades has reached (D-21).

    Soft is strict: exactly at the limit nothing is locked. Hard is whichever of the amount and the
    share of start-of-day equity comes first; equity 0 (unknown) switches the share off.
    """
    share_e4 = -(-limits.hard_bp * equity_cents // 100)
    hard = [x for x in (limits.hard_e4, share_e4) if x is not None and x > 0]
    if hard and net_e4 <= -min(hard):
        return "hard", min(hard)
    if limits.soft_e4 is not None and net_e4 < -limits.soft_e4:
        return "soft", limits.soft_e4
    return "", 0
