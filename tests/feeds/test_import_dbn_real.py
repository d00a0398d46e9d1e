"""Real orders beside the levels that their vendor publishes; damaged files."""

import contextlib
import csv
import io
import random
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import zstandard

from ramstock_tui.core import records as r
from ramstock_tui.errors import RamstockError
from ramstock_tui.feeds.dbn import look
from tests import dbn_writer as w
from tests.feeds.test_import_dbn import Told, batches

pytest.importorskip("databento_dbn", reason="databento-dbn (extra dbn) is not installed")

Sides = tuple[dict[int, int], dict[int, int]]


def test_real_orders_give_the_levels_that_their_vendor_publishes(
    shared: Path, tmp_path: Path
) -> None:
    data = shared / "data" / "databento_csv"
    records = [
        w.mbo(
            ns(line["ts_event"]), line["action"], line["side"],
            round(Decimal(line["price"]) * 10_000) if line["price"] else 0,
            int(line["size"]), int(line["order_id"]), flags=int(line["flags"]),
        )
        for line in lines(data / "ARL_2025-07-17_xnas-itch_mbo.csv.zst")
    ]  # fmt: skip
    head = w.metadata("mbo", {"ARL": 7}, day=date(2025, 7, 17))
    found, stats = batches(w.write(tmp_path / "arl.dbn.zst", head, records))
    published = {
        ns(line["ts_event"]): sides(line)
        for line in lines(data / "ARL_2025-07-17_xnas-itch_mbp-10.csv.zst")
    }
    book, compared = Told(), 0
    for batch in found:
        book.take(batch)
        ts = batch[0][0]
        if ts in published and batch[-1][2] != r.PRINT:
            bids, asks = book.sides
            best = dict(sorted(bids.items(), reverse=True)[:10]), dict(sorted(asks.items())[:10])
            assert best == published[ts]
            compared += 1
    assert compared > 3_000
    assert stats.prints == 46
    assert "cancel of an unknown order" not in stats.oddities.found


def lines(path: Path) -> Iterator[dict[str, str]]:
    text = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(path.read_bytes())).read()
    return csv.DictReader(io.StringIO(text.decode()))


def ns(text: str) -> int:
    second, _, rest = text.removesuffix("Z").partition(".")
    return int(datetime.fromisoformat(second + "+00:00").timestamp()) * 10**9 + int(
        rest.ljust(9, "0")
    )


def sides(line: dict[str, str]) -> Sides:
    found: Sides = {}, {}
    for n in range(10):
        for side, name in zip(found, ("bid", "ask"), strict=True):
            if px := line[f"{name}_px_{n:02d}"]:
                side[round(Decimal(px) * 10_000)] = int(line[f"{name}_sz_{n:02d}"])
    return found


@pytest.mark.parametrize("compress", [True, False])
def test_a_damaged_file_is_refused_by_name_or_read(compress: bool, tmp_path: Path) -> None:
    chance = random.Random(9)
    trades = [w.trade(w.OPEN + i, "B", 5 * 10**9, 100) for i in range(40)]
    path = w.write(tmp_path / "d.dbn", w.metadata("trades", {"XYZ": 7}), trades, compress=compress)
    whole = path.read_bytes()
    damaged = []
    for _ in range(60):
        flipped = bytearray(whole)
        flipped[chance.randrange(len(flipped))] ^= 1 << chance.randrange(8)
        damaged.append(bytes(flipped))
    damaged += [whole[: chance.randrange(len(whole))] for _ in range(60)]
    found = []
    for content in damaged:
        path.write_bytes(content)
        with contextlib.suppress(RamstockError):
            found.append(look(path).rows)
    assert len(found) <= 60
    assert set(found) <= {*range(41)}


def test_the_books_of_several_venues_are_added_up(tmp_path: Path) -> None:
    records = [
        w.image("mbp-1", w.OPEN, "A", "B", 0, 0, [(50_000, 300, 50_200, 100)]),
        w.image("mbp-1", w.OPEN + 1, "A", "B", 0, 0, [(50_000, 200, 50_100, 100)], publisher_id=3),
        w.image("mbp-1", w.OPEN + 2, "A", "B", 0, 0, [(49_900, 300, 50_200, 100)]),
    ]
    path = w.write(tmp_path / "v.dbn.zst", w.metadata("mbp-1", {"XYZ": 7}), records)
    book = Told()
    for batch in batches(path)[0]:
        book.take(batch)
    assert book.sides == ({50_000: 200, 49_900: 300}, {50_100: 100, 50_200: 100})
