"""Frames that no gateway should send: none is read twice, none moves a book or a price."""

import asyncio
import struct
from pathlib import Path
from typing import Any

import pytest

from ramstock_tui.core import records as r
from ramstock_tui.feeds.demo import DemoMarket, DemoSpec
from ramstock_tui.feeds.ibkr import care, contracts, subscriptions
from ramstock_tui.feeds.ibkr.feed import IbkrFeed
from ramstock_tui.feeds.ibkr.instrument import Stock
from ramstock_tui.gateway.config import GatewayConfig, Limits
from ramstock_tui.verbs import coverage
from tests.ibkr.rig import AT, Rig, recorded, rig, verified

NAMES = ("PETI", "FIC", "KADI")
CONFIG = GatewayConfig(limits=Limits(tape_repeat_s=0.5))
POISONS = 5
SIZE = 7_777_777  # of prints that the market itself never brings


def market() -> DemoMarket:
    return DemoMarket(DemoSpec(start_ns=AT, symbols=3))


def frame(*fields: object) -> bytes:
    body = b"".join(str(field).encode() + b"\0" for field in fields)
    return struct.pack(">I", len(body)) + body


def come(made: Rig, *frames: bytes) -> None:
    """One network read more."""
    assert made.line.wire is not None
    made.line.wire._onSocketHasData(b"".join(frames))


async def first(made: Rig) -> Stock:
    """A stock with a slot whose book stands."""
    await made.until(lambda: len(made.deep()) == 3)
    return next(stock for stock in made.line.stocks if stock.ticker == made.deep()[0])


def bids(stock: Stock) -> list[tuple[int, int]]:
    return [(px, size) for bid, _, _, px, size in stock.rows.image() if bid]


def poison(stock: Stock) -> dict[str, bytes]:
    assert stock.line is not None
    return {
        "infinite halt": frame(45, 6, stock.line.number, 49, "inf"),
        "halt that is no number": frame(45, 6, stock.line.number, 49, "NaN"),
        "rule that is no number": frame(93, 26, 1, "NaN", "NaN"),
        "time beyond a float": frame(49, 1, "9" * 400),
        "short": frame(13, 1),
    }


@pytest.mark.usefixtures("quick")
def test_a_frame_that_cannot_be_read_is_read_once_and_costs_nothing_else(
    tmp_path: Path,
) -> None:
    async def run() -> None:
        async with rig(tmp_path, market(), NAMES) as made:
            stock = await first(made)
            wire = made.line.wire
            assert stock.tape is not None
            kinds = poison(stock)
            for found in kinds.values():
                tick = frame(99, stock.tape.number, 2, 1, "12.0", SIZE, 0, "ISLAND", "")
                come(made, tick, found, tick)
                come(made)
            await made.until(lambda: not made.feed._portions)
            assert made.line.wire is wire
            assert wire is not None
            assert wire.faults["wrong fields"] >= len(kinds) - 1  # a time nobody asked for is none

    asyncio.run(run())
    prints = [row for row in recorded(tmp_path) if row[2] == r.PRINT and row[5] == SIZE]
    assert len(prints) == 2 * POISONS
    assert verified(tmp_path) == 0


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("price", ["NaN", "inf", "-1", "0", "1e308"])
def test_a_row_without_a_price_keeps_its_place_and_makes_the_book_invalid(
    tmp_path: Path, price: str
) -> None:
    async def run() -> None:
        async with rig(tmp_path, market(), NAMES) as made:
            stock = await first(made)
            assert stock.depth is not None
            before = bids(stock)
            number = stock.depth.number
            come(made, frame(13, 1, number, 0, "X", 0, 1, price, 100, 1))
            assert bids(stock) == [(0, 0), *before[:-1]]  # the last of 20 is pushed out
            assert stock.rows.flaw() == "empty rows"
            symbol = made.engine.symbols[stock.sym]
            await made.until(lambda: symbol.book.problem == "bad_size")
            come(made, frame(13, 1, number, 0, "X", 2, 1, "0", 0, 1))
            assert bids(stock) == before[:-1]
            await made.until(lambda: not symbol.book.problem)

    asyncio.run(run())
    assert verified(tmp_path) == 0


@pytest.mark.usefixtures("quick")
def test_a_row_whose_size_goes_to_nothing_is_not_shown_with_its_old_size(
    tmp_path: Path,
) -> None:
    async def run() -> None:
        async with rig(tmp_path, market(), NAMES) as made:
            stock = await first(made)
            assert stock.depth is not None
            _, _, _, px, _ = next(op for op in stock.rows.image() if op[0])
            come(made, frame(13, 1, stock.depth.number, 0, "X", 1, 1, px / 10_000, 0, 1))
            symbol = made.engine.symbols[stock.sym]
            await made.until(lambda: symbol.book.problem == "bad_size")

    asyncio.run(run())
    assert verified(tmp_path) == 0


@pytest.mark.usefixtures("quick")
def test_a_book_that_cannot_be_is_not_asked_for_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "RUINED_S", 0.5)

    async def run() -> None:
        async with rig(tmp_path, market(), NAMES) as made:
            stock = await first(made)
            asked = set[int]()

            def spoiled() -> bool:
                if stock.depth is not None:
                    asked.add(stock.depth.number)
                    come(made, frame(13, 1, stock.depth.number, 0, "X", 7, 1, "10", 100, 1))
                return len(asked) == 3

            assert await made.until(spoiled) > 0.4
            await made.until(lambda: stock.ticker in made.deep())
            assert made.streams()["depth"] == 3

    asyncio.run(run())
    assert verified(tmp_path) == 0


@pytest.mark.usefixtures("quick")
def test_streams_that_die_without_a_word_are_asked_for_again_with_their_tapes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(care, "SILENT_S", 0.5)
    monkeypatch.setattr(care, "SILENT_GAPS", 0)

    async def run() -> None:
        async with rig(tmp_path, market(), NAMES, CONFIG) as made:
            await first(made)
            held = made.gateway.streams
            held.depths.clear()
            held.tapes.clear()
            await made.until(lambda: made.streams()["depth"] == made.streams()["tape"] == 3)
            await made.until(lambda: len(made.deep()) == 3)

    asyncio.run(run())
    assert verified(tmp_path) == 0


@pytest.mark.usefixtures("quick")
def test_data_lost_said_twice_leaves_no_slot_with_what_was_forgotten(tmp_path: Path) -> None:
    async def run() -> None:
        async with rig(tmp_path, market(), NAMES, CONFIG) as made:
            await first(made)
            lost = frame(4, 2, -1, 1101, "restored, data lost", "")
            come(made, lost, lost)
            whole = {"line": 3, "depth": 3, "tape": 3}
            await made.until(lambda: made.streams() == whole and len(made.deep()) == 3)
            assert (made.line.subs.max_depth, made.line.subs.max_tape) == (3, 3)

    asyncio.run(run())
    assert verified(tmp_path) == 0


@pytest.mark.usefixtures("quick")
def test_a_tape_that_dies_alone_is_asked_for_again_when_the_volume_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(care, "SILENT_S", 0.3)
    monkeypatch.setattr(care, "UNPRINTED", 2)

    async def run() -> None:
        async with rig(tmp_path, market(), NAMES, CONFIG) as made:
            stock = await first(made)
            assert stock.line is not None
            made.gateway.streams.tapes.clear()
            number, volume = stock.line.number, 90_000_000

            def grown() -> bool:
                nonlocal volume
                volume += 100
                come(made, frame(46, 6, number, 48, f"12.0;100;1;{volume};12.0;true"))
                return made.streams()["tape"] > 0

            await made.until(grown)

    asyncio.run(run())
    assert verified(tmp_path) == 0


@pytest.mark.usefixtures("quick")
def test_a_stock_without_a_contract_is_told_once_and_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(contracts, "AGAIN_S", 0.3)
    said: list[str] = []

    def say(self: IbkrFeed, ticker: str, text: str, level: str) -> None:
        said.extend([text] if ticker == "NOPE" else ())

    monkeypatch.setattr(IbkrFeed, "say", say)

    async def run() -> None:
        async with rig(tmp_path, market(), (*NAMES, "NOPE")) as made:

            def asked() -> int:
                log = made.gateway.log.entries
                return sum(entry.fields.get("symbol") == "NOPE" for entry in log)

            await made.until(lambda: asked() >= 3)
            assert said == ["no such stock: correct the ticker in universe.symbols"]

    asyncio.run(run())
    assert coverage.run(tmp_path / "session", None, False) == 0
    assert "never watched, no contract: NOPE\n" in capsys.readouterr().out


@pytest.mark.usefixtures("quick")
def test_a_contract_that_nobody_answered_for_is_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contracts, "ANSWER_S", 0.2)
    lost = list(NAMES)
    answered = contracts.Contracts.on_end

    def on_end(self: contracts.Contracts, request: int, *more: Any) -> None:
        if lost:
            lost.pop()
        else:
            answered(self, request, *more)

    monkeypatch.setattr(contracts.Contracts, "on_end", on_end)

    async def run() -> None:
        async with rig(tmp_path, market(), NAMES) as made:
            await first(made)
            assert not lost

    asyncio.run(run())
