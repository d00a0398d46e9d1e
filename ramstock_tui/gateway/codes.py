"""Codes the gateway sends, in words of their kind. `{...}` is filled in."""

TEXTS: dict[int, str] = {
    100: "Max rate of messages per second has been exceeded:max={max} rec={count} ({times})",
    101: "Max number of tickers has been reached",
    102: "Duplicate ticker ID.",
    162: "Historical Market Data Service error message:{why}",
    165: "Historical Market Data Service query message:{why}",
    200: "No security definition has been found for the request",
    201: "Order rejected - reason:{why}",
    300: "Can't find EId with tickerId:{req_id}",
    309: "Max number ({max}) of market depth requests has been reached",
    310: "Can't find the subscribed market depth with tickerId:{req_id}",
    317: (
        "Market depth data has been RESET. Please empty deep book contents before applying any new"
        " entries."
    ),
    320: "Error reading request. {why}",
    321: "Error validating request.-'bW' : cause - {why}",
    322: "Error processing request.-'bT' : cause - {why}",
    326: "Unable to connect as the client id is already in use. Retry with a unique client id.",
    354: "Requested market data is not subscribed.",
    366: "No historical data query found for ticker id:{req_id}",
    420: "Invalid Real-time Query:{why}",
    430: ("We are sorry, but fundamentals data for the security specified is not available.{why}"),
    490: "The routing destination or the requested data set is not available.{why}",
    1100: "Connectivity between IBKR and Trader Workstation has been lost.",
    1101: ("Connectivity between IBKR and Trader Workstation has been restored - data lost."),
    1102: ("Connectivity between IBKR and Trader Workstation has been restored - data maintained."),
    2103: "Market data farm connection is broken:{farm}",
    2104: "Market data farm connection is OK:{farm}",
    2105: "HMDS data farm connection is broken:{farm}",
    2106: "HMDS data farm connection is OK:{farm}",
    2107: "HMDS data farm connection is inactive but should be available upon demand.{farm}",
    2108: "Market data farm connection is inactive but should be available upon demand.{farm}",
    2109: (
        "Order Event Warning:Attribute 'Outside Regular Trading Hours' is ignored based on the"
        " order type and destination."
    ),
    2110: "Connectivity between Trader Workstation and server is broken. It will be restored.",
    2158: "Sec-def data farm connection is OK:{farm}",
    10089: (
        "Requested market data requires additional subscription for API. See link in 'Market Data"
        " Connections' dialog for more details.{why}"
    ),
    10090: (
        "Part of requested market data is not subscribed. Subscription-independent ticks are still"
        " active.{why}"
    ),
    10092: ("Deep market data is not supported for this combination of security type/exchange"),
    10167: "Requested market data is not subscribed. Displaying delayed market data.",
    10168: ("Requested market data is not subscribed. Delayed market data is not enabled."),
    10186: ("Requested market data is not subscribed. Delayed market data is not enabled."),
    10189: "Failed to request tick-by-tick data:{why}",
    10190: "Max number of tick-by-tick requests has been reached.",
    10197: "No market data during competing live session",
    10349: "Order TIF was set to DAY based on order preset.",
}
FARMS = {2103: "usfarm", 2104: "usfarm", 2105: "ushmds", 2106: "ushmds"}
FARMS |= {2107: "ushmds", 2108: "usfarm", 2158: "secdefil"}
CONNECTED = (2104, 2106, 2158)  # told to every client that connects


class _Blank(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return ""


def text_of(code: int, **values: object) -> str:
    """The text of a code; what is not given stays empty, a code without a text gets its number."""
    values = {"farm": FARMS.get(code, ""), **values}
    return TEXTS.get(code, f"code {code}").format_map(_Blank(values))
