"""DBN files made with Databento's own library."""

from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import zstandard

from ramstock_tui.schedule import session_day

DAY = session_day(20240624)
OPEN = DAY.midnight_ns + 34_200 * 10**9
NANO = 10**5  # 1/10,000 USD in 1e-9 USD
UNDEFINED = (1 << 63) - 1


def metadata(
    schema: str, symbols: dict[str, int], *, day: date = date(2024, 6, 24), **changed: Any
) -> bytes:
    """The head of a file; symbols: ticker -> instrument."""
    import databento_dbn as dbn

    days = {"start_date": day, "end_date": day + timedelta(days=1)}
    mappings = [
        SimpleNamespace(raw_symbol=ticker, intervals=[SimpleNamespace(**days, symbol=str(number))])
        for ticker, number in symbols.items()
    ]
    values: dict[str, Any] = {
        "dataset": "XNAS.ITCH",
        "start": OPEN,
        "stype_in": dbn.SType.from_str("raw_symbol"),
        "stype_out": dbn.SType.from_str("instrument_id"),
        "schema": dbn.Schema.from_str(schema),
        "symbols": list(symbols),
        "mappings": mappings,
    }
    return dbn.Metadata(**(values | changed)).encode()


def write(path: Path, head: bytes, records: list[Any], *, compress: bool = True) -> Path:
    """The file, zstd-compressed unless said otherwise."""
    data = head + b"".join(bytes(record) for record in records)
    path.write_bytes(zstandard.compress(data) if compress else data)
    return path


def mbo(ts: int, action: str, side: str, px: int, size: int, order: int, **more: Any) -> Any:
    """One order record; px in 1/10,000 USD."""
    import databento_dbn as dbn

    values: dict[str, Any] = {"publisher_id": 2, "instrument_id": 7, "flags": 0x80} | more
    return dbn.MBOMsg(
        ts_event=ts - 1000, ts_recv=ts, order_id=order, price=px * NANO,
        size=size, action=dbn.Action(action), side=dbn.Side(side), **values,
    )  # fmt: skip


def image(
    schema: str, ts: int, action: str, side: str, px: int, size: int,
    levels: list[tuple[int, int, int, int]], **more: Any,
) -> Any:  # fmt: skip
    """One MBP record. levels: (bid price, bid shares, ask price, ask shares), prices in 1/10,000
    USD, 0 = none."""
    import databento_dbn as dbn

    pairs = [
        dbn.BidAskPair(
            bid_px=bid * NANO if bid else UNDEFINED, ask_px=ask * NANO if ask else UNDEFINED,
            bid_sz=bid_size, ask_sz=ask_size, bid_ct=1, ask_ct=1,
        )
        for bid, bid_size, ask, ask_size in levels
    ]  # fmt: skip
    values: dict[str, Any] = {"publisher_id": 2, "instrument_id": 7, "flags": 0x80}
    values |= {"ts_event": ts - 1000} | more
    one: Any = pairs if schema == "mbp-10" else pairs[0]
    kind = dbn.MBP10Msg if schema == "mbp-10" else dbn.MBP1Msg
    return kind(
        ts_recv=ts, price=px * NANO, size=size, action=dbn.Action(action),
        side=dbn.Side(side), depth=0, levels=one, **values,
    )  # fmt: skip


def trade(ts: int, side: str, raw_px: int, size: int, **more: Any) -> Any:
    """One record of the schema trades; raw_px in 1e-9 USD."""
    import databento_dbn as dbn

    values: dict[str, Any] = {"publisher_id": 2, "instrument_id": 7, "flags": 0x80}
    values |= {"ts_event": ts - 1000} | more
    return dbn.TradeMsg(
        ts_recv=ts, price=raw_px, size=size, action=dbn.Action("T"),
        side=dbn.Side(side), depth=0, **values,
    )  # fmt: skip
