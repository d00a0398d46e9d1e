"""What the broker says of the account. Every field may be missing."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from ramstock_tui.core import records as r
from ramstock_tui.core.records import LAST, Row
from ramstock_tui.feeds.ibkr.pacer import Pacer
from ramstock_tui.feeds.ibkr.values import decimal
from ramstock_tui.feeds.ibkr.wire import Fields, Wire

MOST = Decimal(10**12)
_FIELDS = {b"NetLiquidation": r.ACCOUNT_EQUITY, b"BuyingPower": r.ACCOUNT_BUYING_POWER}
_MONEY = {b"AvailableFunds", b"NetLiquidation", b"BuyingPower"}  # what tells a cash account
_WORDS = {b"AccountType", b"TradingType-S"}
_CURRENCIES = (b"USD", b"BASE", b"")


class Account:
    """values: ACCOUNT_* -> cents as told last, and ACCOUNT_TYPE. kind: the broker's word for the
    account. Only the first endpoint's account is recorded: all of them log in to the same one."""

    def __init__(
        self, index: int, clock: Callable[[], int], put: Callable[[int, list[Row]], None]
    ) -> None:
        self.values: dict[int, int] = {}
        self.kind = ""
        self.names: list[str] = []
        self._words: dict[bytes, bytes] = {}  # what the broker calls the account and its trading
        self._money: dict[bytes, Decimal] = {}
        self._index = index
        self._clock = clock
        self._put = put
        self._pnl = b""

    def subscribe(self, wire: Wire, pacer: Pacer) -> None:
        """Equity and the day's profit and loss, as they change."""
        self.names = wire.getAccounts()
        if not self.names or self._index:
            return
        name = self.names[0]

        def ask_pnl() -> None:
            number = wire.getReqId()
            self._pnl = b"%d" % number
            wire.reqPnL(number, name, "")

        pacer.urgent(lambda: wire.reqAccountUpdates(True, name))
        pacer.urgent(ask_pnl)

    def value(self, f: Fields) -> None:
        """updateAccountValue: key, value, currency, account."""
        _, _, key, text, currency, *_ = f
        if key == b"AccountType":
            self.kind = text.decode(errors="replace")[:40]
        if key in _WORDS:
            self._words[key] = text.upper()
        elif key in _MONEY and currency in _CURRENCIES:
            number = _amount(text)
            if number is not None:
                self._money[key] = number
        field = _FIELDS.get(key)
        if field is not None and currency in _CURRENCIES:
            self._told(field, text)

    def complete(self, f: Fields) -> None:
        """accountDownloadEnd: every value was told once, so the type can be judged."""
        found = account_type(self._words.values(), self._money)
        if found and self.values.get(r.ACCOUNT_TYPE) != found:
            self.values[r.ACCOUNT_TYPE] = found
            self.again()

    def again(self) -> None:
        """The engine began anew: the type is said once and never changes by itself."""
        found = self.values.get(r.ACCOUNT_TYPE)
        if found is not None:
            self._row(r.ACCOUNT_TYPE, found)

    def pnl(self, f: Fields) -> None:
        """Daily, unrealised, realised; the largest double stands for none."""
        _, number, daily, *_ = f
        if number == self._pnl:
            self._told(r.ACCOUNT_DAY_PNL, daily)

    def _told(self, field: int, text: bytes) -> None:
        number = _amount(text)
        if number is None:
            return
        cents = round(number * 100)
        if self.values.get(field) == cents:
            return
        self.values[field] = cents
        self._row(field, cents)

    def _row(self, field: int, value: int) -> None:
        if self._index == 0:
            px, size = r.split_i64(value)
            ts = self._clock()
            self._put(ts, [(ts, 0, r.ACCOUNT, LAST, px, size, field)])


def _amount(text: bytes) -> Decimal | None:
    number = decimal(text)
    return None if number is None or not number.is_finite() or abs(number) > MOST else number


def account_type(words: Iterable[bytes], money: Mapping[bytes, Decimal]) -> int:
    """ACCOUNT_MARGIN, ACCOUNT_CASH or 0 = it cannot be told. words: what the broker calls the
    account and its trading, in capitals; where they say neither, a margin account may buy for more
    than its available funds (without those: than its equity), and a cash account may not."""
    said = b" ".join(words)
    if b"CASH" in said:
        return r.ACCOUNT_CASH
    if any(word in said for word in (b"MARGIN", b"MRGN", b"REG T")):
        return r.ACCOUNT_MARGIN
    power = money.get(b"BuyingPower")
    funds = money.get(b"AvailableFunds", money.get(b"NetLiquidation"))
    if power is None or funds is None or funds <= 0 or power <= 0:
        return 0
    if power * 100 <= funds * 101:
        return r.ACCOUNT_CASH
    return r.ACCOUNT_MARGIN if power * 2 >= funds * 3 else 0
