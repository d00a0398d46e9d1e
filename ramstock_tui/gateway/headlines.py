"""Headlines: kept for who asks later, told to the lines that carry their provider."""

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from ramstock_tui.gateway.gateway import Gateway


class Headline(msgspec.Struct, frozen=True):
    """One of them. ts: event time, ns."""

    ts: int
    con_id: int
    provider: str
    article: str
    headline: str


def spread_headline(gateway: "Gateway", symbol: str, provider: str, text: str) -> None:
    """It comes out now, about a stock. The message to the client says nothing about which, except
    by its request."""
    stock = gateway.listing.by_symbol[symbol]
    now = gateway.clock.now()
    article = f"{provider}${len(gateway.headlines):08x}"
    gateway.headlines.append(Headline(now, stock.con_id, provider, article, text))
    for session, line in gateway.streams.lines.get(stock.sym, ()):
        if provider in line.providers:
            values = (line.req_id, now // 1_000_000, provider, article, text, "K:n/a")
            session.send("tick_news", *values)
