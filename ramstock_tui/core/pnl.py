"""Money of one lane: fees, results, the two drawdown rungs. All amounts 1/10,000 USD."""

from collections.abc import Iterable

from ramstock_tui.core.profile import AccountLimits, FeeModel, Losses


def fee_row(fees: Iterable[FeeModel], name: str, date: int) -> FeeModel:
    """The newest row of a fee model that holds on a session date (yyyymmdd). ValueError says what
    is missing: the model, or a row that early."""
    rows = sorted((row for row in fees if row.name == name), key=lambda row: row.since)
    if not rows:
        raise ValueError(f"the fee model {name!r} has no table")
    held = [row for row in rows if row.since <= date]
    if not held:
        first = _day(rows[0].since)
        raise ValueError(f"the fee model {name!r} begins on {first}, the session is {_day(date)}")
    return held[-1]


def _day(date: int) -> str:
    return f"{date // 10_000:04}-{date // 100 % 100:02}-{date % 100:02}"


def buy_fee_e4(model: FeeModel, shares: int, cost_e4: int) -> int:
    """Fees of a purchase, which always takes displayed offers; 0 when nothing filled."""
    if shares <= 0:
        return 0
    return _commission(model, shares, cost_e4) + (model.clearing_e4 + model.take_e4) * shares


def sell_fee_e4(model: FeeModel, shares: int, proceeds_e4: int, *, takes: bool) -> int:
    """Fees of a sale; takes: it hits displayed bids, as every exit but the one at the target does.
    What the law takes from sales is rounded up. 0 when nothing filled."""
    if shares <= 0:
        return 0
    fee = _commission(model, shares, proceeds_e4) + model.clearing_e4 * shares
    if takes:
        fee += model.take_e4 * shares
    taf = -(-model.taf_e8 * shares // 10_000)
    if model.taf_max_e4 is not None:
        taf = min(taf, model.taf_max_e4)
    return fee + taf - (-model.sec_cents * max(0, proceeds_e4) // 100_000_000)


def _commission(model: FeeModel, shares: int, value_e4: int) -> int:
    fee = max(model.per_share_e4 * shares, model.min_order_e4)
    return min(fee, -(-model.max_bp * value_e4 // 10_000)) if model.max_bp else fee


def result(net_e4: int, fees_e4: int) -> str:
    """`win`, `loss`, or `scratch` when the net is not more than the trade's own fees (N-33)."""
    if abs(net_e4) <= fees_e4:
        return "scratch"
    return "win" if net_e4 > 0 else "loss"


def open_net_e4(model: FeeModel, bid_e4: int, shares: int, cost_e4: int) -> int:
    """Net of an open position if it left at the bid now, fees of both sides taken off."""
    worth = bid_e4 * shares
    fees = buy_fee_e4(model, shares, cost_e4) + sell_fee_e4(model, shares, worth, takes=True)
    return worth - cost_e4 - fees


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
