"""Requests for market data: lines, depth, tape."""

from ramstock_tui.gateway import ticks
from ramstock_tui.gateway.instruments import Instrument
from ramstock_tui.gateway.session import Handler, Session
from ramstock_tui.gateway.streams import Depth, Line, Tape
from ramstock_tui.gateway.wire import Request

MOST_ROWS = 60
DELAYED_TYPES = (3, 4)
TAPE_KINDS = {"Last": 1, "AllLast": 2}


def named(session: Session, request: Request) -> Instrument | None:
    """The stock a request is about; None = refused (200)."""
    stock = session.gateway.listing.find(
        request.number("con_id"),
        request.text("symbol"),
        request.text("sec_type"),
        request.text("currency"),
    )
    if stock is None:
        session.refuse(request.number("req_id"), 200, kind=request.name)
    return stock


def _free(session: Session, family: str, request: Request) -> bool:
    """Is the id not in use and a slot free? Takes the slot."""
    req_id = request.number("req_id")
    if any(held == req_id for _, held in session.streams):
        session.refuse(req_id, 102, kind=request.name)
        return False
    slots = session.gateway.streams.slots[family]
    if not session.gateway.streams.room(session, family, req_id):
        code = {"line": 101, "depth": 309, "tape": 10190}[family]
        session.refuse(req_id, code, kind=request.name, max=slots.most)
        return False
    return True


# lines --------------------------------------------------------------------------------------------
def req_mkt_data(session: Session, request: Request) -> None:
    """A level-1 line, or a snapshot of one."""
    req_id, stock = request.number("req_id"), named(session, request)
    if stock is None:
        return
    generic = _generic(session, req_id, request.text("generic_ticks"))
    if generic is None or not _entitled(session, req_id, request):
        return
    providers = _providers(request.text("generic_ticks"))
    delayed = session.gateway.weather.market_data in ("delayed", "none")
    line = Line(req_id, stock, generic, providers, session.gateway.config, delayed)
    now = session.gateway.clock.now()
    if request.flag("snapshot"):
        line.begin(session.answer, now)
        session.answer("tick_snapshot_end", req_id)
        return
    if _free(session, "line", request):
        session.open(line)
        if session.gateway.weather.flows(stock.symbol):
            line.begin(session.send, now)


def _generic(session: Session, req_id: int, text: str) -> frozenset[int] | None:
    """The generic ticks asked for; `mdoff` and providers after a colon are news. None = refused."""
    found: set[int] = set()
    for word in filter(None, text.replace(" ", "").split(",")):
        number = word.partition(":")[0]
        if number == "mdoff":
            continue
        if not number.isdigit() or int(number) not in ticks.GENERIC:
            why = f"Incorrect generic tick list of {text}."
            session.refuse(req_id, 321, kind="req_mkt_data", why=why)
            return None
        found.add(int(number))
    return frozenset(found)


def _providers(text: str) -> frozenset[str]:
    """News providers: `292:BRFG` and `292:BRFG+DJNL`."""
    words = (word.partition(":") for word in text.replace(" ", "").split(","))
    return frozenset(
        name for number, _, names in words if number == "292" for name in names.split("+")
    )


def _entitled(session: Session, req_id: int, request: Request) -> bool:
    data = session.gateway.weather.market_data
    if data == "none" and session.wanted_type not in DELAYED_TYPES:
        session.refuse(req_id, session.gateway.config.no_data_code, kind=request.name)
        return False
    if data == "competing":
        session.refuse(req_id, 10197, kind=request.name)
        return False
    if data != "live":
        session.error(req_id, 10167)
    return True


def cancel_mkt_data(session: Session, request: Request) -> None:
    """The line ends."""
    req_id = request.number("req_id")
    if session.end("line", req_id, "cancelled") is None:
        session.refuse(req_id, 300, kind=request.name)


def req_market_data_type(session: Session, request: Request) -> None:
    """1 live, 2 frozen, 3 delayed, 4 delayed frozen: what is sent follows the subscriptions."""
    session.wanted_type = request.number("kind")


# depth --------------------------------------------------------------------------------------------
def req_mkt_depth(session: Session, request: Request) -> None:
    """A depth stream. Plain depth is of one exchange, so SMART has none without the flag."""
    req_id, stock = request.number("req_id"), named(session, request)
    if stock is None:
        return
    config, data = session.gateway.config, session.gateway.weather.market_data
    if not config.depth or data != "live":
        code = 10197 if data == "competing" else 354 if config.depth else 10092
        session.refuse(req_id, code, kind=request.name)
        return
    rows = request.number("rows")
    if not 1 <= rows <= MOST_ROWS:
        session.refuse(req_id, 321, kind=request.name, why="Invalid number of rows.")
        return
    if _free(session, "depth", request):
        stream = Depth(req_id, stock, rows, request.flag("smart"), config)
        session.open(stream)
        if session.gateway.weather.flows(stock.symbol):
            stream.change(session.send)


def cancel_mkt_depth(session: Session, request: Request) -> None:
    """The depth stream ends when the flag is the one it was asked with; else it goes on."""
    req_id, smart = request.number("req_id"), request.flag("smart")
    stream = session.streams.get(("depth", req_id))
    if not isinstance(stream, Depth) or stream.smart != smart:
        mismatch = stream is not None
        text = "cancelled with another isSmartDepth" if mismatch else "no such stream"
        session.note("violation", kind=request.name, req_id=req_id, code=310, text=text, bad=True)
        session.error(req_id, 310)
        return
    session.end("depth", req_id, "cancelled")


# tape ---------------------------------------------------------------------------------------------
def req_tape(session: Session, request: Request) -> None:
    """Tick by tick: Last or AllLast, not twice for a stock within 15 s."""
    req_id, stock = request.number("req_id"), named(session, request)
    if stock is None:
        return
    gateway = session.gateway
    kind = TAPE_KINDS.get(request.text("kind"))
    if kind is None:
        session.refuse(req_id, 10189, kind=request.name, why=request.text("kind"))
        return
    data = gateway.weather.market_data
    if not gateway.config.tape or data != "live":
        code = 10197 if data == "competing" else 10189
        session.refuse(req_id, code, kind=request.name, why="No market data permissions")
        return
    if not _free(session, "tape", request):
        return
    if not gateway.tape_pause.take(stock.con_id, gateway.mono()):
        gateway.streams.slots["tape"].free((session.number, req_id))
        text = f"{stock.symbol} again within {gateway.config.limits.tape_repeat_s:g} s"
        session.note("violation", kind=request.name, req_id=req_id, text=text, bad=True)
        session.error(req_id, 10189, why="Max number of requests for one instrument in 15 seconds")
        return
    session.open(Tape(req_id, stock, kind, gateway.config))


def cancel_tape(session: Session, request: Request) -> None:
    """The tape ends."""
    req_id = request.number("req_id")
    if session.end("tape", req_id, "cancelled") is None:
        session.refuse(req_id, 300, kind=request.name)


HANDLERS: dict[str, Handler] = {
    "req_mkt_data": req_mkt_data,
    "cancel_mkt_data": cancel_mkt_data,
    "req_market_data_type": req_market_data_type,
    "req_mkt_depth": req_mkt_depth,
    "cancel_mkt_depth": cancel_mkt_depth,
    "req_tape": req_tape,
    "cancel_tape": cancel_tape,
}
