"""Requests for scans, news and fundamentals."""

from html import escape

from ramstock_tui import schedule
from ramstock_tui.gateway import scanning
from ramstock_tui.gateway.instruments import Instrument
from ramstock_tui.gateway.scanning import ScanRefused
from ramstock_tui.gateway.session import Handler, Session
from ramstock_tui.gateway.wire import Request

UNSET = {"", "1.7976931348623157e+308", "2147483647"}


# scanner ------------------------------------------------------------------------------------------
def req_scanner_parameters(session: Session, request: Request) -> None:
    """What there is to scan by."""
    session.answer("scanner_parameters", scanning.parameters())


def req_scanner(session: Session, request: Request) -> None:
    """A scan: its rows at once and again at every refresh. 162 for what is not known, 322 for too
    many, 165 when nothing is found."""
    req_id, gateway = request.number("req_id"), session.gateway
    limits = gateway.config.limits
    running = sum(kind == "scan" for s in gateway.sessions for kind, _ in s.following)
    if running >= limits.scanners:
        why = f"Only {limits.scanners} simultaneous API scanner subscriptions"
        session.refuse(req_id, 322, kind=request.name, why=why)
        return
    if request.text("instrument") != "STK" or request.text("location") not in scanning.LOCATIONS:
        session.refuse(req_id, 162, kind=request.name, why="Scanner type or location is not known")
        return
    session.following["scan", req_id] = request
    tell_scan(session, req_id, request)


def tell_scan(session: Session, req_id: int, request: Request) -> None:
    """The rows as they are now."""
    gateway = session.gateway
    filters = scanning.tags(request.text("filters"))
    for field, name in scanning.BUILT_IN.items():
        if request.text(field) not in UNSET:
            filters[name] = request.text(field)
    stocks = gateway.listing.all()
    try:
        found = scanning.chosen(stocks, request.text("code"), filters, gateway.clock.now())
    except ScanRefused as problem:
        session.following.pop(("scan", req_id), None)
        session.refuse(req_id, 162, kind=request.name, why=str(problem))
        return
    if not found:
        session.error(req_id, 165, why="no items retrieved")
        return
    wanted = request.number("rows")
    most = gateway.config.limits.scanner_rows
    session.answer(
        "scanner_data", req_id, scanning.rows(found, min(most, wanted) if wanted > 0 else most)
    )


def cancel_scanner(session: Session, request: Request) -> None:
    """It ends; TWS says so with 162."""
    req_id = request.number("req_id")
    if session.following.pop(("scan", req_id), None) is None:
        session.refuse(req_id, 300, kind=request.name)
        return
    session.error(req_id, 162, why=f"API scanner subscription cancelled: {req_id}")


# news ---------------------------------------------------------------------------------------------
def req_news_providers(session: Session, request: Request) -> None:
    """Those the account is entitled to."""
    session.answer(
        "news_providers", [(code, f"{code} news") for code in session.gateway.config.news]
    )


def req_historical_news(session: Session, request: Request) -> None:
    """Headlines of a stock, newest first."""
    req_id, con_id = request.number("req_id"), request.number("con_id")
    wanted = set(request.text("providers").replace("+", ",").split(","))
    most = max(1, min(300, request.number("total")))
    held = [item for item in session.gateway.headlines if item.con_id == con_id]
    found = [item for item in reversed(held) if item.provider in wanted]
    for item in found[:most]:
        at = schedule.new_york(item.ts).strftime("%Y-%m-%d %H:%M:%S.0")
        session.answer("historical_news", req_id, at, item.provider, item.article, item.headline)
    session.answer("historical_news_end", req_id, len(found) > most)


def req_news_article(session: Session, request: Request) -> None:
    """The headline again: there are no bodies."""
    req_id, article = request.number("req_id"), request.text("article")
    for item in session.gateway.headlines:
        if item.article == article:
            session.answer("news_article", req_id, 0, item.headline)
            return
    session.refuse(req_id, 321, kind=request.name, why="No such article")


# fundamentals -------------------------------------------------------------------------------------
def req_fundamental_data(session: Session, request: Request) -> None:
    """ReportSnapshot with the shares, where the account has it; else 430."""
    req_id, gateway = request.number("req_id"), session.gateway
    stock = gateway.listing.find(request.number("con_id"), request.text("symbol"), "STK", "USD")
    if stock is None:
        session.refuse(req_id, 200, kind=request.name)
        return
    if not gateway.fundamentals.take(gateway.mono()):
        session.note("violation", kind=request.name, req_id=req_id, code=162, bad=True)
        session.error(req_id, 162, why="Fundamental data pacing violation")
        return
    known = gateway.config.fundamentals and stock.float_shares is not None
    if not known or request.text("report") != "ReportSnapshot":
        session.refuse(req_id, 430, kind=request.name)
        return
    session.answer("fundamental_data", req_id, _snapshot(stock))


def _snapshot(stock: Instrument) -> str:
    total, free = round((stock.float_shares or 0) * 1.25), float(stock.float_shares or 0)
    return (
        '<?xml version="1.0" encoding="UTF-8"?><ReportSnapshot><CoIDs>'
        f'<CoID Type="CompanyName">{escape(stock.symbol)} CORP</CoID></CoIDs><CoGeneralInfo>'
        f'<SharesOut Date="2026-09-30T00:00:00" TotalFloat="{free:.1f}">{total:.1f}</SharesOut>'
        "</CoGeneralInfo></ReportSnapshot>"
    )


def cancel_fundamental_data(session: Session, request: Request) -> None:
    """It was answered already."""


HANDLERS: dict[str, Handler] = {
    "req_scanner_parameters": req_scanner_parameters,
    "req_scanner": req_scanner,
    "cancel_scanner": cancel_scanner,
    "req_news_providers": req_news_providers,
    "req_historical_news": req_historical_news,
    "req_news_article": req_news_article,
    "req_fundamental_data": req_fundamental_data,
    "cancel_fundamental_data": cancel_fundamental_data,
}
