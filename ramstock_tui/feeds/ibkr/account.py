"""What the broker says of the account. Every field may be missing."""

from collections.abc import Callable
from decimal import Decimal

from ramstock_tui.core import records as r
from ramstock_tui.core.records import LAST, Row
from ramstock_tui.feeds.ibkr.pacer import Pacer
from ramstock_tui.feeds.ibkr.values import decimal
from ramstock_tui.feeds.ibkr.wire import Fields, Wire

MOST = Decimal(10**12)
_FIELDS = {b"NetLiquidation": r.ACCOUNT_EQUITY, b"BuyingPower": r.ACCOUNT_BUYING_POWER}
_CURRENCIES = (b"USD", b"BASE", b"")


class Account:
    """values: ACCOUNT_* -> cents as told last. kind: the broker's word for the account type. Only
    the first endpoint's account is recorded: all of them log in to the same one."""

    def __init__(
        self, index: int, clock: Callable[[], int], put: Callable[[int, list[Row]], None]
    ) -> None:
        self.values: dict[int, int] = {}
        self.kind = ""
        self.names: list[str] = []
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
        field = _FIELDS.get(key)
        if field is not None and currency in _CURRENCIES:
            self._told(field, text)

    def pnl(self, f: Fields) -> None:
        """Daily, unrealised, realised; the largest double stands for none."""
        _, number, daily, *_ = f
        if number == self._pnl:
            self._told(r.ACCOUNT_DAY_PNL, daily)

    def _told(self, field: int, text: bytes) -> None:
        number = decimal(text)
        if number is None or not number.is_finite() or abs(number) > MOST:
            return
        cents = round(number * 100)
        if self.values.get(field) == cents:
            return
        self.values[field] = cents
        if self._index == 0:
            px, size = r.split_i64(cents)
            ts = self._clock()
            self._put(ts, [(ts, 0, r.ACCOUNT, LAST, px, size, field)])
