"""The order of the symbols on the screen, and which of their rows travel."""

from typing import Any

import pytest

from ramstock_tui.core import records as r
from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.engine import Engine
from ramstock_tui.feeds import Away
from ramstock_tui.host.order import LOOKS
from ramstock_tui.host.views import IN_SIGHT, Views
from ramstock_tui.link import schema as m
from tests.core.sessions import rules
from tests.host.scenes import MIXED_BIDS, warm
from tests.session_writer import ASKS, BIDS, THIN_BIDS, S, Script, at

PANES = ("universe",)


class Session:
    """A script up to an instant, as a screen's views see a session."""

    mode, clock_label, recording, speed = "demo", "DEMO CLOCK", False, ""
    policy, note, done, lag_p99_ms, stopped = "keys", "", False, 0, ""
    discord = None
    slots: tuple[int, ...] = ()
    away = Away()

    def __init__(self, script: Script) -> None:
        self.engine = Engine(rules(), observe=True)
        self.log: list[tuple[int, Decision]] = []
        self.logged = 0
        self.now = 0
        self._chunks = list(script.chunks(1))

    def heard(self) -> list[m.Alert]:
        """Nobody is told anything."""
        return []

    def retry_alerts(self) -> str:
        """There is nothing to send."""
        return ""

    def until(self, ts: int) -> None:
        """Feed every input up to ts."""
        while self._chunks and self._chunks[0].rows[0][0] <= ts:
            chunk = self._chunks.pop(0)
            self.engine.run(chunk.first_seq, chunk.rows, chunk.blob)
        self.now = ts
        self.engine.tick(ts)
        for decision in self.engine.drain():
            self.logged += 1
            self.log.append((self.logged, decision))

    def step(self) -> bool:
        return False

    def command(self, command: Any) -> tuple[bool, str, tuple[m.GuardRow, ...]]:
        ok, text, guards = self.engine.command(self.engine.seq, self.now, command)
        return ok, text, tuple(m.GuardRow(*guard) for guard in guards)

    def transport(self, verb: str, value: int) -> str:
        """Nothing."""
        return ""

    def timeline(self) -> None:
        """It has none."""


def order(views: Views, calls: int = 1, **view: Any) -> tuple[str, ...]:
    """The order after so many frames, the first of which may be without a change."""
    for _ in range(calls):
        slices = views.changed(m.View(PANES, "", 10, **view))
        if "symbols" in slices:
            views.last_order = slices["symbols"][1].tickers  # type: ignore[attr-defined]
    found: tuple[str, ...] = views.last_order  # type: ignore[attr-defined]
    return found


@pytest.fixture
def market() -> Session:
    """At 09:31:08: HALT halted, NONE without a book, LOW and WEAK without points in the ratio,
    GOOD with them, TAKE one print short of a card, which comes at 09:31:08.400."""
    script = Script()
    names = ("HALT", "LOW", "NONE", "TAKE", "GOOD", "WEAK")
    stocks = {name: script.stock(name) for name in names}
    for name, bids in (("LOW", MIXED_BIDS), ("WEAK", THIN_BIDS), ("GOOD", BIDS)):
        script.at("09:31:00")
        stocks[name].book(bids, ASKS)
        stocks[name].stand(30)
    script.at("09:31:00")
    stocks["HALT"].book(BIDS, ASKS)
    script.wait(1_000)
    stocks["HALT"].halt(1)
    stocks["HALT"].stand(30)
    warm(script, stocks["TAKE"], "09:31:00")
    stocks["TAKE"].trade(80, px=1203)
    return Session(script)


def test_scores_come_first_then_what_waits_then_what_is_halted(market: Session) -> None:
    market.until(at("09:31:08"))
    assert order(Views(market)) == ("GOOD", "TAKE", "LOW", "WEAK", "NONE", "HALT")


def test_a_card_moves_its_symbol_to_the_front_at_once(market: Session) -> None:
    views = Views(market)
    market.until(at("09:31:05"))
    before = order(views)
    assert before[0] == "GOOD"
    market.until(at("09:31:08", 400))
    assert market.engine.acting.state.pending_of("TAKE") is not None
    assert order(views) == ("TAKE", *(name for name in before if name != "TAKE"))


def test_an_order_stands_for_five_seconds(market: Session) -> None:
    views = Views(market)
    market.until(at("09:31:02"))  # every book is too young
    young = order(views)
    assert young == ("GOOD", "LOW", "NONE", "TAKE", "WEAK", "HALT")
    market.until(at("09:31:06", 999))
    assert order(views) == young
    market.until(at("09:31:07"))
    assert order(views) == ("GOOD", "TAKE", "LOW", "WEAK", "NONE", "HALT")


def test_a_symbol_that_cools_off_waits_behind_those_with_a_score(market: Session) -> None:
    views = Views(market)
    market.until(at("09:31:09"))
    card = next(iter(market.engine.acting.state.pendings.values()))
    assert order(views)[0] == "TAKE"
    assert market.command(r.Skip(card.id, card.version))[0]
    assert order(views, 2) == ("GOOD", "LOW", "WEAK", "NONE", "TAKE", "HALT")


def test_an_open_trade_stands_behind_the_cards(market: Session) -> None:
    views = Views(market)
    market.until(at("09:31:09"))
    card = next(iter(market.engine.acting.state.pendings.values()))
    assert market.command(r.Confirm(card.id, card.version))[0]
    assert order(views)[:2] == ("TAKE", "GOOD")
    pending = views.changed(m.View(PANES, "", 10)).get("pending")
    assert pending is None or not pending[1].cards


def crowd(count: int) -> Session:
    """Many symbols; the last one declared has the only score."""
    script = Script()
    names = [f"S{n:03}" for n in range(count)]
    stocks = [script.stock(name) for name in names]
    script.at("09:31:00")
    stocks[-1].book(BIDS, ASKS)
    stocks[-1].stand(60)
    return Session(script)


def test_many_symbols_are_scored_a_few_at_a_time() -> None:
    session = crowd(3 * LOOKS)
    views = Views(session)
    session.until(at("09:31:10"))
    best = f"S{3 * LOOKS - 1:03}"
    assert order(views)[-1] == best
    assert order(views)[-1] == best
    assert order(views)[0] == best  # every one had its turn


def test_rows_travel_only_for_the_tickers_in_sight() -> None:
    session = crowd(m.ROWS_UNASKED + 20)
    views = Views(session)
    session.until(at("09:31:10"))

    def rows(*tickers: str) -> tuple[str, ...]:
        slices = views.changed(m.View(PANES, "", 10, tickers))
        return tuple(row.ticker for row in slices["universe"][1].rows)

    assert rows("S070", "S003", "GONE") == ("S070", "S003")
    assert len(rows()) == m.ROWS_UNASKED
    assert len(rows(*reversed(session.engine.by_ticker))) == m.ROWS_UNASKED
    assert "universe" not in views.changed(m.View((), "", 10))


def test_the_log_and_the_order_do_not_travel_again_unchanged(market: Session) -> None:
    views = Views(market)
    market.until(at("09:31:09"))
    first = views.changed(m.View(PANES, "", 10))
    assert "#A1 pending" in {row.text[:11] for row in first["log"][1].rows}
    market.until(at("09:31:09", 100))
    assert set(views.changed(m.View(PANES, "", 10))) & {"log", "symbols"} == set()
    market.until(market.now + 30 * S)  # the card ended
    assert "log" in views.changed(m.View(PANES, "", 10))


def test_the_symbol_shown_by_itself_stays_while_the_list_shows_it(market: Session) -> None:
    """A symbol of one's own choice goes before; then a card; else the first one of the list, which
    stays until it has left the part of the list that every screen has room for."""
    views = Views(market)

    def shown(selected: str = "") -> str:
        ladder = views.changed(m.View(("ladder",), selected, 10))["ladder"][1]
        found: str = ladder.ticker
        return found

    market.until(at("09:31:02"))
    assert shown() == "GOOD"
    assert shown("WEAK") == "WEAK"
    market.until(at("09:31:08"))
    assert shown() == "GOOD"
    market.until(at("09:31:08", 400))
    assert shown() == "TAKE"  # its card
    card = next(iter(market.engine.acting.state.pendings.values()))
    assert market.command(r.Skip(card.id, card.version))[0]
    market.until(at("09:31:14"))
    assert order(views)[0] == "GOOD"
    assert shown() == "TAKE"  # it cools off, further down, but in sight


@pytest.mark.parametrize(("count", "then"), [(IN_SIGHT, "S0"), (IN_SIGHT + 1, "S1")])
def test_a_symbol_that_left_the_list_in_sight_is_not_shown_by_itself(count: int, then: str) -> None:
    script = Script()
    stocks = [script.stock(f"S{n}") for n in range(count)]
    for stock in stocks:
        script.at("09:31:00")
        stock.book(BIDS, ASKS)
        stock.stand(9)
    stocks[0].halt(1)
    session = Session(script)
    views = Views(session)
    session.until(at("09:31:08"))
    views.changed(m.View((), "", 10))  # puts them in order
    assert views.changed(m.View(("ladder",), "", 10))["ladder"][1].ticker == "S0"
    session.until(at("09:31:14"))
    assert order(views, 2)[-1] == "S0"
    ladder = views.changed(m.View(("ladder",), "", 10))["ladder"][1]
    assert ladder.ticker == then


def test_the_log_does_not_say_that_a_symbol_cools_off_after_its_own_alert(market: Session) -> None:
    views = Views(market)
    market.until(at("09:31:08", 400))
    card = next(iter(market.engine.acting.state.pendings.values()))
    assert market.command(r.Skip(card.id, card.version))[0]
    market.until(at("09:31:10"))
    decided = [d for _, d in market.log if d.kind == "suppress"]
    assert {d.reasons for d in decided} == {("cooloff",)}
    rows = views.changed(m.View(PANES, "", 10))["log"][1].rows
    assert [row.text[:11] for row in rows if row.ticker == "TAKE"] == ["#A1 skipped", "#A1 pending"]


@pytest.mark.parametrize(
    ("sizes", "lag_ms", "twice"),
    [
        ((), 0, False),
        ((333,), 0, True),
        ((334,), 0, False),
        ((334, 333), 0, False),  # the median is 333.5
        ((600, 333, 333), 0, True),
        ((1, 1, *(334,) * 10), 0, False),  # only the last ten count
        ((), 250, False),
        ((), 251, True),
    ],
)
def test_a_card_of_unusual_size_or_of_a_slow_engine_takes_two_presses(
    sizes: tuple[int, ...], lag_ms: int, twice: bool, market: Session
) -> None:
    for shares in sizes:
        market.engine.history.append(
            Decision("confirm", 1, 1, 0, "small_account", "TAKE", body={"shares": shares})
        )
    market.lag_p99_ms = lag_ms
    market.until(at("09:31:08", 400))
    (card,) = Views(market).changed(m.View(PANES, "", 10))["pending"][1].cards
    assert (card.shares, card.two_step) == (500, twice)
