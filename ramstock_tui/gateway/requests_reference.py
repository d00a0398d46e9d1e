"""Requests about securities: contract details, search, exchanges, price steps."""

from ramstock_tui.gateway.instruments import Instrument
from ramstock_tui.gateway.requests_data import named
from ramstock_tui.gateway.session import Handler, Session
from ramstock_tui.gateway.wire import Request, px_text

EXCHANGES = "SMART,AMEX,NYSE,CBOE,PHLX,ISE,CHX,ARCA,ISLAND,DRCTEDGE,BEX,BATS,EDGEA,BYX,IEX,MEMX"
ORDER_TYPES = "ACTIVETIM,ADJUST,ALERT,LMT,MKT,STP,STP LMT,TRAIL"
PRIMARY = "NASDAQ"
HOURS = "{day}:0400-{day}:2000"
LIQUID = "{day}:0930-{day}:1600"
CATEGORIES = {"Healthcare": ("Consumer, Non-cyclical", "Biotechnology", "Medical-Biomedical/Gene")}


def primary(stock: Instrument) -> str:
    """Its listing exchange; a made-up market lists on the default one."""
    name = stock.info.exchange
    return PRIMARY if name in ("", "SMART", "DEMO") else name


def req_contract_details(session: Session, request: Request) -> None:
    """One stock, or 200. A request without a name is refused as TWS does."""
    req_id = request.number("req_id")
    if not request.number("con_id") and not request.text("symbol"):
        session.refuse(req_id, 321, kind=request.name, why="Please enter a valid security")
        return
    stock = named(session, request)
    if stock is None:
        return
    session.answer("contract_details", *_details(session, req_id, stock))
    session.answer("contract_details_end", req_id)


def _details(session: Session, req_id: int, stock: Instrument) -> tuple[object, ...]:
    info, day = stock.info, session.gateway.now_text()[:8]
    industry, category, subcategory = CATEGORIES.get(stock.sector, (stock.sector, "", ""))
    return (
        8, req_id, stock.symbol, "STK", "", "0", "", "SMART", "USD",
        stock.symbol, "NMS", "NMS", stock.con_id, px_text(info.tick_e4), 100, "",
        ORDER_TYPES, EXCHANGES, 1, 0, f"{stock.symbol} CORP", primary(stock),
        "", industry, category, subcategory, "US/Eastern", HOURS.format(day=day),
        LIQUID.format(day=day), "", "0", [], 1, "", "", "26",
        "", info.stock_class, 1, 1, 100,
    )  # fmt: skip


def req_matching_symbols(session: Session, request: Request) -> None:
    """Stocks whose symbol begins with the pattern, 16 at most."""
    pattern = request.text("pattern").upper()
    found = [s for s in session.gateway.listing.all() if s.symbol.startswith(pattern)][:16]
    rows: list[tuple[object, ...]] = []
    for stock in found:
        row = (stock.con_id, stock.symbol, "STK", primary(stock), "USD", 0)
        described = session.gateway.config.server_version >= 176
        rows.append((*row, f"{stock.symbol} CORP", "") if described else row)
    session.answer("matching_symbols", request.number("req_id"), rows)


def req_depth_exchanges(session: Session, request: Request) -> None:
    """Where depth is offered; SMART has it by exchange."""
    rows = [(name, "STK", "", "Deep2", 1) for name in ("ISLAND", "ARCA", "BATS", "SMART")]
    session.answer("depth_exchanges", rows)


def req_smart_components(session: Session, request: Request) -> None:
    """Letters of exchanges in consolidated quotes."""
    rows = [(0, "NASDAQ", "Q"), (1, "ARCA", "P"), (2, "BATS", "Z")]
    session.answer("smart_components", request.number("req_id"), rows)


def req_market_rule(session: Session, request: Request) -> None:
    """Price steps: 0.0001 below a dollar, a cent above."""
    rows = [("0.0", "0.0001"), ("1.0", "0.01")]
    session.answer("market_rule", request.number("rule"), rows)


def req_user_info(session: Session, request: Request) -> None:
    """No white brand."""
    session.answer("user_info", request.number("req_id"), "")


HANDLERS: dict[str, Handler] = {
    "req_contract_details": req_contract_details,
    "req_matching_symbols": req_matching_symbols,
    "req_depth_exchanges": req_depth_exchanges,
    "req_smart_components": req_smart_components,
    "req_market_rule": req_market_rule,
    "req_user_info": req_user_info,
}
