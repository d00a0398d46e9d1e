"""What the broker's numbers mean: in words, and what to do about it."""

from typing import NamedTuple

from ramstock_tui.feeds.ibkr.instrument import DEPTH, LINE, TAPE

# what a number does to the request or the connection that it names
NOTE, REFUSED, DEPTH_FULL, TAPE_FULL, LINES_FULL, CLEARED, AGAIN = range(7)
BROKEN, RESTORED_LOST, RESTORED, FARM_BROKEN, FARM_OK, COMPETING, CLIENT_ID, RESET = range(7, 15)


class Code(NamedTuple):
    """does: one of the constants above. words: what it means; remedy: what the operator can do, ""
    = nothing or not needed."""

    does: int
    words: str
    remedy: str = ""


_WHERE = "in Client Portal (Settings, Market Data Subscriptions)"
_RIGHTS = f"subscribe to the exchange's data {_WHERE}"
# what is missing where a stream is not subscribed
RIGHTS = {
    LINE: f"subscribe to the exchange's live level-1 data {_WHERE}",
    DEPTH: f"subscribe to the exchange's depth of book (level 2) {_WHERE}",
    TAPE: f"subscribe to the exchange's live level-1 data, which tick-by-tick needs, {_WHERE}",
}
NOT_SUBSCRIBED = frozenset({354, 10089, 10090, 10092, 10167, 10168, 10186, 10189})
CODES = {
    100: Code(NOTE, "too many messages a second", "report it: requests are paced below the limit"),
    101: Code(LINES_FULL, "no market-data line is free", "close windows in TWS or lower max_lines"),
    103: Code(NOTE, "duplicate order id"),
    162: Code(NOTE, "historical data refused"),
    200: Code(REFUSED, "no such stock", "correct the ticker in universe.symbols"),
    300: Code(NOTE, "the broker does not know the line that was given up"),
    309: Code(DEPTH_FULL, "no depth slot is free", "close BookTrader windows or lower max_depth"),
    310: Code(NOTE, "the broker does not know the book that was given up"),
    316: Code(AGAIN, "depth was interrupted; it is asked for again"),
    317: Code(CLEARED, "depth was reset"),
    320: Code(NOTE, "the gateway could not read a request"),
    321: Code(
        NOTE, "the gateway refused a request", "see the text; turn off Read-Only is not needed"
    ),
    322: Code(REFUSED, "the gateway could not process a request"),
    326: Code(CLIENT_ID, "the client id is in use", "close the other program or change client_id"),
    354: Code(REFUSED, "no market data for this stock", _RIGHTS),
    430: Code(NOTE, "no fundamental data"),
    490: Code(NOTE, "the scan was refused", _RIGHTS),
    502: Code(NOTE, "the gateway is not there", "start TWS or IB Gateway and enable the API"),
    504: Code(NOTE, "not connected"),
    1100: Code(BROKEN, "the gateway lost its connection to IBKR"),
    1101: Code(RESTORED_LOST, "connection to IBKR restored, data lost: asked for again"),
    1102: Code(RESTORED, "connection to IBKR restored, data kept"),
    1300: Code(RESET, "the gateway changes its port", "compare the port with the settings"),
    2103: Code(FARM_BROKEN, "a market-data farm is down"),
    2104: Code(FARM_OK, "a market-data farm is up"),
    2105: Code(NOTE, "the historical-data farm is down"),
    2106: Code(NOTE, "the historical-data farm is up"),
    2107: Code(NOTE, "the historical-data farm sleeps until it is asked"),
    2108: Code(NOTE, "a market-data farm sleeps until it is asked"),
    2110: Code(BROKEN, "the gateway lost its connection to IBKR and tries again"),
    2157: Code(NOTE, "the security-definition farm is down"),
    2158: Code(NOTE, "the security-definition farm is up"),
    10089: Code(REFUSED, "market data need another subscription", _RIGHTS),
    10090: Code(NOTE, "part of the market data is not subscribed", _RIGHTS),
    10092: Code(REFUSED, "depth is not available for this stock", _RIGHTS),
    10167: Code(NOTE, "delayed data instead of live data", _RIGHTS),
    10168: Code(REFUSED, "no market data and delayed data are off", _RIGHTS),
    10182: Code(AGAIN, "live updates stopped; they are asked for again"),
    10186: Code(REFUSED, "no market data and delayed data are off", _RIGHTS),
    10189: Code(REFUSED, "tick-by-tick data are not subscribed", _RIGHTS),
    10190: Code(
        TAPE_FULL, "no tick-by-tick slot is free", "lower max_tick_by_tick or buy a booster pack"
    ),
    10197: Code(
        COMPETING,
        "another session of this user name has the market data",
        "log that session out, or give each login its own user name",
    ),
    10349: Code(NOTE, "the time in force of an order was set"),
}


def remedy(code: int, kind: str) -> str:
    """What to do about a number that came for a stream of a kind: the same number (354) refuses
    lines and books."""
    return RIGHTS[kind] if code in NOT_SUBSCRIBED else meaning(code).remedy


def meaning(code: int) -> Code:
    """A number that is not listed is only told, except that one above 10,000 about a request says
    that it is refused."""
    return CODES.get(code) or Code(REFUSED if code > 10_000 else NOTE, "")
