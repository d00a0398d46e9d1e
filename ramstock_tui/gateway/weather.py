"""What is wrong with a gateway at the moment."""

import msgspec

from ramstock_tui.gateway.wire import Request


class Refusal(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Requests that are refused: those of this name, for these symbols (empty = all)."""

    request: str
    code: int
    symbols: tuple[str, ...] = ()


class Weather:
    """State that faults set and everything else asks.

    silent: no market data is sent, by symbol; "" = of all. late_s: how late answers are. twice:
    every trade goes out two times. shuffled: neighbours change places. restored: what to do at the
    end of a connectivity loss.
    """

    def __init__(self) -> None:
        self.silent: set[str] = set()
        self.late_s = 0.0
        self.twice = False
        self.shuffled = False
        self.refusals: list[Refusal] = []
        self.offline = False  # 1100: nothing from the broker's servers

    def flows(self, symbol: str) -> bool:
        """Is market data of the symbol sent?"""
        return not self.offline and "" not in self.silent and symbol not in self.silent

    def refusal(self, request: Request) -> int | None:
        """The code this request is refused with, None = it is not."""
        for rule in self.refusals:
            if rule.request != request.name:
                continue
            if not rule.symbols or request.fields.get("symbol", "") in rule.symbols:
                return rule.code
        return None
