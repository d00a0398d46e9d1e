"""What waits happens at its instant: an order at the next input of any symbol or the next tick, the
end of a pause although nothing comes."""

from tests.host.help import observed, ran
from tests.host.scenes import warm
from tests.session_writer import MS, THIN_BIDS, Script, Stock

ASKS_FAR = [(1210, 300), (1211, 300), (1212, 9_000), (1213, 9_000), (1214, 9_000)]


def carded() -> tuple[Script, Stock, Stock, int]:
    """A card at the instant given, and another stock that no lane has anything to do with. The
    clock stands 1.2 s behind the card; the confirm 1 s after it meets the book at 1.4 s."""
    script = Script()
    stock, other = script.stock("AAA"), script.stock("BBB")
    script.at("09:30:50")
    other.book(THIN_BIDS, ASKS_FAR)
    warm(script, stock, "09:31:00")
    script.wait(37)
    stock.trade(1, px=1203)
    card = script.ts
    stock.trade(6, px=1203)
    assert script.ts == card + 1_200 * MS
    return script, stock, other, card


def filled(script: Script, card: int) -> list[int]:
    """When the confirmed order had a fill, ms after the card."""
    fills = [d for d in ran(script, "all").history if d.kind == "fill" and not d.body["shadow"]]
    return [(d.ts - card) // MS for d in fills]


def test_a_record_of_another_stock_takes_a_waiting_order_to_its_book() -> None:
    script, stock, other, card = carded()
    script.wait(190)
    stock.beat()
    for _ in range(20):  # 1,391 ms and on: its book has nothing that a lane would look at
        script.wait(1)
        other.beat()
    script.wait(600)
    stock.beat()
    assert filled(script, card)[0] == 1_400


def test_without_a_record_the_next_tick_does() -> None:
    script, stock, _, card = carded()
    script.wait(190)
    stock.beat()
    script.wait(900)
    stock.beat()
    tick = -(-(card + 1_400 * MS) // (100 * MS)) * 100 * MS
    assert filled(script, card)[0] == (tick - card) // MS


def test_an_order_that_found_no_valid_book_is_taken_there_when_the_book_has_warmed_up() -> None:
    """Locked when the order comes, well formed again 200 ms later; nothing but the ticks goes on
    at the instant at which the book has been valid for 3 s."""
    script, stock, _, card = carded()
    script.wait(150)
    stock.level(True, 1203, 100)
    script.wait(250)
    stock.level(True, 1203, 0)
    back = script.ts
    for _ in range(5):
        script.wait(500)
        stock.beat()
    script.wait(1_400)
    stock.beat()
    tick = -(-(back + 3_000 * MS) // (100 * MS)) * 100 * MS
    assert filled(script, card) == [(tick - card) // MS]


def test_a_pause_of_everything_ends_at_its_instant_though_nothing_comes() -> None:
    script = Script()
    stocks = [script.stock(name) for name in ("AAA", "BBB", "CCC")]
    script.at("09:31:00")
    for stock in stocks:
        stock.book(THIN_BIDS, ASKS_FAR)
        script.wait(1_000)
        stock.halt(1)
    engine = observed(script)
    engine.tick(script.ts + 400_000 * MS)
    ends = {d.ts for d in engine.history if d.kind == "resume" and d.reasons == ("global",)}
    assert ends == {script.ts + 300_000 * MS}
