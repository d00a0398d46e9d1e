"""What is wrong with a gateway at the moment."""

from collections.abc import Iterable
from typing import Any

import msgspec

from ramstock_tui.core.records import Row
from ramstock_tui.gateway.streams import Depth, Send, Tape
from ramstock_tui.gateway.wire import Request

# what only the broker's servers can answer
REMOTE = frozenset(
    {
        "req_contract_details", "req_historical_data", "req_scanner", "req_scanner_parameters",
        "req_fundamental_data", "req_historical_news", "req_matching_symbols",
        "req_head_timestamp",
    }
)  # fmt: skip


class Refusal(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Requests that are refused: those of this name, for these symbols (empty = all)."""

    request: str
    code: int
    symbols: tuple[str, ...] = ()


class Weather:
    """State that faults set and everything else asks.

    market_data: what the login sees at the moment, as in `GatewayConfig`. silent: symbols whose
    data is not sent; "" = all. late_s: how late answers are. twice: every trade goes out two times.
    shuffled: neighbours change places. offline: the broker's servers cannot be reached.
    """

    def __init__(self, market_data: str) -> None:
        self.market_data = market_data
        self.silent: set[str] = set()
        self.late_s = 0.0
        self.twice = False
        self.shuffled = False
        self.refusals: list[Refusal] = []
        self._kept: dict[Tape, Row] = {}  # the trade that its successor overtakes
        self.offline = False

    def flows(self, symbol: str) -> bool:
        """Is market data of the symbol sent?"""
        return not self.offline and "" not in self.silent and symbol not in self.silent

    def unanswered(self, request: Request) -> bool:
        """Does nobody answer it, because the servers that would are away?"""
        return self.offline and request.name in REMOTE

    def refusal(self, request: Request) -> int | None:
        """The code this request is refused with, None = it is not."""
        for rule in self.refusals:
            if rule.request != request.name:
                continue
            if not rule.symbols or request.fields.get("symbol", "") in rule.symbols:
                return rule.code
        return None

    def trade(self, tape: Tape, send: Send, row: Row) -> None:
        """A print on its way to a tape."""
        if self.shuffled:
            kept = self._kept.pop(tape, None)
            if kept is None:
                self._kept[tape] = row
                return
            tape.trade(send, row)
            row = kept
        tape.trade(send, row)
        if self.twice:
            tape.trade(send, row)

    def change(self, depth: Depth, send: Send) -> None:
        """Steps of a book on their way."""
        if not self.shuffled:
            depth.change(send)
            return
        steps: list[tuple[Any, ...]] = []
        depth.change(lambda *message: steps.append(message))
        for message in reversed(steps):
            send(*message)

    def settle(self, tapes: Iterable[tuple[Send, Tape]]) -> None:
        """The order is right again: what was kept goes out."""
        self.shuffled = False
        for send, tape in tapes:
            kept = self._kept.pop(tape, None)
            if kept is not None:
                tape.trade(send, kept)
        self._kept.clear()
