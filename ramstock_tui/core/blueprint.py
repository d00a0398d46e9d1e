"""The proposal of one trade: prices, size and what it costs and pays (D-24, N-28, N-47)."""

import msgspec

from ramstock_tui.core.pnl import buy_fee_e4, sell_fee_e4
from ramstock_tui.core.profile import Bracket, FeeModel, Size

PHASE_MOST = (100, 300, 500)  # shares in phase 1 to 3 (D-29); no setting raises them


class Blueprint:
    """Prices 1/10,000 USD; money 1/10,000 USD unless the name says cents.

    formula_shares: risk / stop distance before any cap. cap: which limit was the smallest and made
    it fewer (`phase`, `share_cap`, `ceiling`, `notional`), "" = none; cap_shares: its value. low:
    1 = half size of a low-confidence window. under_plan: 1 = risk below the planned minimum.
    fees_e4: of both sides when the target is reached; at the stop they may be higher.
    break_even_bp: win rate at which the net is zero, null_bp: how often a driftless price would
    reach the target first (A.6-2), both 1/10,000.
    """

    __slots__ = (
        "ask_e4",
        "bid_e4",
        "break_even_bp",
        "cap",
        "cap_shares",
        "entry_e4",
        "fees_e4",
        "formula_shares",
        "low",
        "net_stop_e4",
        "net_target_e4",
        "null_bp",
        "reward_e4",
        "risk_budget_cents",
        "risk_e4",
        "shares",
        "stop_e4",
        "target_e4",
        "tick_e4",
        "under_plan",
    )
    ask_e4: int
    bid_e4: int
    break_even_bp: int
    cap: str
    cap_shares: int
    entry_e4: int
    fees_e4: int
    formula_shares: int
    low: int
    net_stop_e4: int
    net_target_e4: int
    null_bp: int
    reward_e4: int
    risk_budget_cents: int
    risk_e4: int
    shares: int
    stop_e4: int
    target_e4: int
    tick_e4: int
    under_plan: int

    @property
    def spread_e4(self) -> int:
        """Spread at the trigger, the reference of blow-out checks."""
        return self.ask_e4 - self.bid_e4

    def body(self) -> dict[str, int | str]:
        """Every field, as a decision carries it."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_body(cls, body: dict[str, int | str]) -> "Blueprint":
        """The inverse of `body`; other keys are ignored, a missing one raises KeyError."""
        made = cls()
        for name in cls.__slots__:
            setattr(made, name, body[name])
        return made


def draft(
    bid_e4: int,
    ask_e4: int,
    tick_e4: int,
    bracket: Bracket,
    size: Size,
    fee: FeeModel,
    equity_cents: int,
    phase: int,
    low: bool,
) -> Blueprint | None:
    """The blueprint for a quote; None when the size limits leave no trade.

    Entry is rounded up, stop and target down to the tick. `low` halves the size.
    """
    b = Blueprint()
    b.bid_e4, b.ask_e4, b.tick_e4, b.low = bid_e4, ask_e4, tick_e4, int(low)
    _price(b, bracket)
    _size(b, size, equity_cents, phase)
    if b.shares < max(1, size.round_to):
        return None
    _judge(b, fee)
    return b


def size_note(b: Blueprint) -> str:
    """How the shares came about: `$100/.09=1,111→cap 500`."""
    whole, cents = divmod(b.risk_budget_cents, 100)
    budget = f"${whole:,}.{cents:02}" if cents else f"${whole:,}"
    text = f"{budget}/{dollars(b.entry_e4 - b.stop_e4).removeprefix('0')}={b.formula_shares:,}"
    if b.cap:
        name = "cap" if b.cap in ("share_cap", "ceiling") else f"{b.cap} cap"
        text += f"→{name} {b.cap_shares:,}"
    if b.low:
        text += "→half"
    base = b.cap_shares if b.cap else b.formula_shares
    if b.low or base != b.shares:
        text += f"→{b.shares:,}"
    return text + (" under plan size" if b.under_plan else "")


def dollars(px_e4: int) -> str:
    """A price as text: two decimals, four when it has sub-penny parts."""
    sign = "-" if px_e4 < 0 else ""
    whole, rest = divmod(abs(px_e4), 10_000)
    return f"{sign}{whole}.{rest // 100:02}" if rest % 100 == 0 else f"{sign}{whole}.{rest:04}"


def _price(b: Blueprint, bracket: Bracket) -> None:
    tick = b.tick_e4
    above = max(bracket.entry_above_e4, bracket.entry_above_ticks * tick)
    distance = max(bracket.stop_spreads * b.spread_e4, bracket.min_stop_ticks * tick)
    b.entry_e4 = -(-(b.ask_e4 + above) // tick) * tick
    b.stop_e4 = (b.entry_e4 - distance) // tick * tick
    b.target_e4 = (b.entry_e4 + 2 * distance) // tick * tick


def _size(b: Blueprint, size: Size, equity_cents: int, phase: int) -> None:
    budget = equity_cents * size.risk_bp // 10_000
    if size.risk_max_cents is not None:
        budget = min(budget, size.risk_max_cents)
    b.risk_budget_cents = budget
    b.under_plan = int(budget < size.plan_min_cents)
    b.formula_shares = 0 if b.stop_e4 <= 0 else budget * 100 // (b.entry_e4 - b.stop_e4)
    b.shares, b.cap, b.cap_shares = b.formula_shares, "", 0
    for name, limit in share_caps(size, equity_cents, phase, b.entry_e4):
        if limit < b.shares:
            b.shares, b.cap, b.cap_shares = limit, name, limit
    step = max(1, size.round_to)
    b.shares = (b.shares // 2 if b.low else b.shares) // step * step


def share_caps(size: Size, equity_cents: int, phase: int, entry_e4: int) -> list[tuple[str, int]]:
    """(name, shares) of every upper bound that applies; phase 0 or below allows none.

    Where two are equal, the first one is what the card names.
    """
    caps: list[tuple[str, int]] = []
    if size.share_cap is not None:
        caps.append(("share_cap", size.share_cap))
    if size.ceiling is not None:
        caps.append(("ceiling", size.ceiling))
    if size.notional_bp is not None:
        caps.append(("notional", equity_cents * size.notional_bp // 100 // entry_e4))
    top = _phase_cap(size, phase)
    if top is not None:
        caps.append(("phase", top))
    return caps


def _phase_cap(size: Size, phase: int) -> int | None:
    """Shares that the phase allows; from phase 3 on a profile without caps is bound by its risk
    alone (X19)."""
    if phase < 1:
        return 0
    at = min(phase, len(PHASE_MOST)) - 1
    if not size.phase_caps:
        return PHASE_MOST[at] if at < len(PHASE_MOST) - 1 else None
    return min(PHASE_MOST[at], size.phase_caps[min(at, len(size.phase_caps) - 1)])


def allowed(size: Size, risk_bp: int | None) -> Size:
    """The size limits under the most risk that the account allows."""
    return msgspec.structs.replace(size, risk_bp=least(size.risk_bp, risk_bp))


def least(value: int, limit: int | None) -> int:
    """The value, at most the limit; None = there is none."""
    return value if limit is None else min(value, limit)


def _judge(b: Blueprint, fee: FeeModel) -> None:
    b.risk_e4 = (b.entry_e4 - b.stop_e4) * b.shares
    b.reward_e4 = (b.target_e4 - b.entry_e4) * b.shares
    bought = buy_fee_e4(fee, b.shares, b.entry_e4 * b.shares)
    b.fees_e4 = bought + sell_fee_e4(fee, b.shares, b.target_e4 * b.shares, takes=False)
    b.net_target_e4 = b.reward_e4 - b.fees_e4
    stopped = sell_fee_e4(fee, b.shares, b.stop_e4 * b.shares, takes=True)
    b.net_stop_e4 = -b.risk_e4 - bought - stopped
    b.break_even_bp = _bp(-b.net_stop_e4, b.net_target_e4 - b.net_stop_e4)
    b.null_bp = _bp(b.bid_e4 + b.ask_e4 - 2 * b.stop_e4, 2 * (b.target_e4 - b.stop_e4))


def _bp(part: int, whole: int) -> int:
    """part / whole in 1/10,000, halves up."""
    return (2 * 10_000 * part + whole) // (2 * whole)
