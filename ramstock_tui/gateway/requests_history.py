"""Requests for history: bars under the broker's pacing rules, head time stamps, past ticks."""

from datetime import UTC, datetime

from ramstock_tui import schedule
from ramstock_tui.gateway.bars import Bar
from ramstock_tui.gateway.instruments import Instrument
from ramstock_tui.gateway.requests_data import named
from ramstock_tui.gateway.session import Handler, Session
from ramstock_tui.gateway.wire import Request
from ramstock_tui.schedule import SECOND_NS, ScheduleError

SIZES_S = {f"{n} secs": n for n in (1, 5, 10, 15, 30)}
SIZES_S |= {"1 min": 60, **{f"{n} mins": n * 60 for n in (2, 3, 5, 10, 15, 20, 30)}}
SIZES_S |= {"1 hour": 3_600, **{f"{n} hours": n * 3_600 for n in (2, 3, 4, 8)}, "1 day": 86_400}
SMALL_S = 30
WHAT = ("TRADES", "MIDPOINT", "BID", "ASK", "BID_ASK", "ADJUSTED_LAST")
LONGEST_S = {1: 1_800, 5: 3_600, 10: 14_400, 15: 14_400, 30: 28_800, 60: 86_400}
SESSIONS = {"W": 5, "M": 21, "Y": 252}  # daily bars: exchange days in a unit
PACING = "Historical data request pacing violation"


def req_historical_data(session: Session, request: Request) -> None:
    """Bars, after the broker's while. 162 for pacing and for what has no data, 321 for what cannot
    be read."""
    req_id, stock = request.number("req_id"), named(session, request)
    if stock is None:
        return
    asked = _asked(request)
    if isinstance(asked, str):
        session.refuse(req_id, 321, kind=request.name, why=asked)
        return
    length_s, span_s, end = asked
    gateway = session.gateway
    open_now = sum(kind == "history" for s in gateway.sessions for kind, _ in s.following)
    if open_now >= gateway.config.limits.histories:
        why = f"Only {gateway.config.limits.histories} simultaneous API historical data requests"
        session.refuse(req_id, 322, kind=request.name, why=why)
        return
    if length_s <= SMALL_S and not _paced(session, request, stock):
        return
    session.following["history", req_id] = request
    wait = gateway.clock.real_s(gateway.config.history_s)
    gateway.later(wait, _give, session, request, stock, length_s, span_s, end)


def _asked(request: Request) -> tuple[int, int, int] | str:
    """(bar length s, span s, end epoch ns; 0 = now), or what is wrong."""
    length_s = SIZES_S.get(request.text("bar_size"))
    if length_s is None:
        return f"Historical data bar size setting is invalid: {request.text('bar_size')}"
    if request.text("what") not in WHAT:
        return f"Invalid data type: {request.text('what')}"
    count, _, unit = request.text("duration").partition(" ")
    most = {"S": 86_400, "D": 365, "W": 52, "M": 12, "Y": 1}.get(unit, 0)
    if not count.isdigit() or not 0 < int(count) <= most:
        return "Invalid duration; must be <integer> {SPACE} unit (S|D|W|M|Y)"
    days = int(count) * SESSIONS.get(unit, 1)
    span_s = int(count) if unit == "S" else days * 86_400
    if span_s > LONGEST_S.get(length_s, span_s) and length_s <= SMALL_S:
        return f"Time length {request.text('duration')} exceeds the maximum for this bar size"
    end = _end(request.text("end"))
    return "Invalid end date/time" if end is None else (length_s, span_s, end)


def _end(text: str) -> int | None:
    """`20261123 09:31:00 US/Eastern`, `20261123-14:31:00` (UTC) or nothing, 0 = now."""
    if not text:
        return 0
    try:
        if "-" in text:
            at = datetime.strptime(text[:17], "%Y%m%d-%H:%M:%S").replace(tzinfo=UTC)
            return int(at.timestamp()) * SECOND_NS
        at = datetime.strptime(text[:17], "%Y%m%d %H:%M:%S").replace(tzinfo=UTC)
        if text.endswith(("UTC", "GMT")):
            return int(at.timestamp()) * SECOND_NS
        return schedule.from_new_york(at.strftime("%Y-%m-%dT%H:%M:%S"))
    except (ValueError, ScheduleError):
        return None


def _paced(session: Session, request: Request, stock: Instrument) -> bool:
    """Bars of 30 s and less: not too many, not the same again, not too fast for one contract."""
    gateway, now = session.gateway, session.gateway.mono()
    fields = {k: v for k, v in request.fields.items() if k != "req_id"}
    fine = gateway.small_bars.take(now)
    if request.text("what") == "BID_ASK":
        fine = gateway.small_bars.take(now) and fine
    fine = gateway.same_history.take(tuple(sorted(fields.items())), now) and fine
    fine = gateway.burst_of(stock.con_id).take(now) and fine
    if not fine:
        req_id = request.number("req_id")
        session.note("violation", kind=request.name, req_id=req_id, text=PACING, code=162, bad=True)
        session.error(req_id, 162, why=PACING)
    return fine


def _give(
    session: Session, request: Request, stock: Instrument, length_s: int, span_s: int, end: int
) -> None:
    req_id = request.number("req_id")
    if session.following.pop(("history", req_id), None) is None or session.gateway.weather.offline:
        return  # cancelled meanwhile, or the servers are away: no answer comes
    gateway = session.gateway
    now = min(end or gateway.clock.now(), gateway.clock.now())
    base = (stock.avg_volume, stock.base_volume, stock.last or stock.best(True)[0] or 100_000)
    try:
        made = stock.days.bars(now, length_s, span_s, request.flag("rth"), base)
    except ScheduleError:
        made = []  # a day without a session
    bars = [bar for bar in made if bar.start * SECOND_NS <= now]
    if not bars:
        session.refuse(
            req_id, 162, kind=request.name, why="HMDS query returned no data: " + stock.symbol
        )
        return
    rows = [_row(bar, request, length_s, gateway.config.volume_lots) for bar in bars]
    first, last = (_stamp(ts) for ts in (bars[0].start, now // SECOND_NS))
    session.answer("historical_data", req_id, first, last, rows)
    session.pipe.flush()


def _row(bar: Bar, request: Request, length_s: int, lots: bool) -> tuple[object, ...]:
    if length_s >= 86_400:
        at = str(schedule.date_of(bar.start * SECOND_NS))
    elif request.text("format_date") == "2":
        at = str(bar.start)
    else:
        at = _stamp(bar.start)
    volume, average, count = bar.volume // 100 if lots else bar.volume, bar.average, bar.trades
    if request.text("what") not in ("TRADES", "ADJUSTED_LAST"):
        volume, average, count = -1, -1.0, -1
    return (at, bar.open, bar.high, bar.low, bar.close, volume, average, count)


def _stamp(second: int) -> str:
    return schedule.new_york(second * SECOND_NS).strftime("%Y%m%d %H:%M:%S US/Eastern")


def cancel_historical_data(session: Session, request: Request) -> None:
    """No answer comes; TWS says so."""
    req_id = request.number("req_id")
    if session.following.pop(("history", req_id), None) is None:
        session.refuse(req_id, 366, kind=request.name)
        return
    session.error(req_id, 162, why=f"API historical data query cancelled: {req_id}")


def req_head_timestamp(session: Session, request: Request) -> None:
    """The first day there is anything of."""
    if named(session, request) is not None:
        epoch = request.text("format_date") == "2"
        first = "1577975400" if epoch else "20200102-14:30:00"
        session.answer("head_timestamp", request.number("req_id"), first)


def cancel_head_timestamp(session: Session, request: Request) -> None:
    """It was answered already."""


def req_realtime_bars(session: Session, request: Request) -> None:
    """Not offered."""
    session.refuse(request.number("req_id"), 420, kind=request.name, why="not offered")


HANDLERS: dict[str, Handler] = {
    "req_historical_data": req_historical_data,
    "cancel_historical_data": cancel_historical_data,
    "req_head_timestamp": req_head_timestamp,
    "cancel_head_timestamp": cancel_head_timestamp,
    "req_realtime_bars": req_realtime_bars,
    "cancel_realtime_bars": cancel_head_timestamp,
}
