"""The constructed session: scenes of several stocks over one morning, each made to end one way."""

from tests.session_writer import ASKS, BIDS, THIN_BIDS, Levels, Script, Stock

UP_BIDS: Levels = [
    (1222, 2000),
    (1221, 2600),
    (1220, 2400),
    (1219, 2000),
    (1218, 2000),
    (1190, 100),
]
UP_ASKS: Levels = [(1225, 1400), (1226, 1000), (1227, 900), (1228, 2000), (1229, 2000)]
DOWN_BIDS: Levels = [(1195, 300), (1194, 2600), (1193, 2400), (1192, 2000), (1190, 100)]
DOWN_ASKS: Levels = [(1198, 1400), (1199, 1000), (1200, 900), (1201, 2000), (1202, 2000)]
MIXED_BIDS: Levels = [(px, 2600) for px, _ in BIDS]  # ratio below 2.5 against ASKS


def warm(
    script: Script, stock: Stock, clock: str, bids: Levels = BIDS, asks: Levels = ASKS
) -> None:
    """A book that has stood for 6 s and 11 prints in 2.2 s: one print short of a score of 9."""
    script.at(clock)
    stock.book(bids, asks)
    stock.stand(6)
    stock.trade(11, px=1203)


def alert(script: Script, stock: Stock, clock: str) -> None:
    """A signal: 12 prints in 3 s, then so many more that the tape does not slow down."""
    warm(script, stock, clock)
    stock.trade(8, px=1203)  # the first of them triggers; 1.4 s later a confirm has arrived


def morning() -> Script:
    """Targets, stops, misses, cancels, refusals of every gate, limits, a halt, a closed window."""
    script = Script()
    names = ["TAKE", "STOP", "WIDE", "FEWS", "STAL", "FLSH", "FILL", "JUMP", "LATE", "GONE", "SHUT"]
    stocks = {name: script.stock(name) for name in names}
    _trades(script, stocks)
    _refusals(script, stocks)
    _limits(script, stocks)
    return script


def _trades(script: Script, stocks: dict[str, Stock]) -> None:
    alert(script, stocks["TAKE"], "09:31:00")  # signal at 09:31:08.4
    stocks["TAKE"].trade(4, px=1203)
    stocks["TAKE"].book(UP_BIDS, UP_ASKS, [(1222, 10)])
    stocks["TAKE"].stand(2)
    alert(script, stocks["STOP"], "09:40:00")
    stocks["STOP"].trade(4, px=1203)
    stocks["STOP"].book(DOWN_BIDS, DOWN_ASKS, [(1195, 10)])
    stocks["STOP"].stand(2)
    warm(script, stocks["WIDE"], "09:52:00")
    stocks["WIDE"].trade(3, px=1203)
    stocks["WIDE"].book(asks=[(1205, 1400), *ASKS[3:]])  # .03 -> .05 after 400 ms
    stocks["WIDE"].stand(2)


def _refusals(script: Script, stocks: dict[str, Stock]) -> None:
    few = stocks["FEWS"]  # one share short at the ask while everything else holds
    warm(script, few, "09:44:00")
    few.level(False, 1203, 1199)
    few.trade(4, px=1203)
    stalled = stocks["STAL"]  # 12 prints at once, the ratio 2.2 s later
    script.at("09:45:00")
    stalled.book(THIN_BIDS, ASKS)
    stalled.stand(6)
    stalled.book(prints=[(1203, 10)] * 12)
    stalled.stand(2)
    script.wait(200)
    stalled.book(BIDS)
    flash = stocks["FLSH"]  # 6,000 shares for 300 ms
    warm(script, flash, "09:46:00")
    flash.level(True, 1200, 9600)
    flash.trade(1, px=1203)
    script.wait(100)
    flash.level(True, 1200, 3600)
    flash.trade(4, px=1203)
    refill = stocks["FILL"]  # 400 bought, 500 added in every second
    warm(script, refill, "09:47:00", bids=THIN_BIDS)
    for _ in range(4):
        refill.level(False, 1203, 1000, [(1203, 400)])
        script.wait(250)
        refill.level(False, 1203, 1500)
        refill.trade(3, px=1203, every_ms=250)
        refill.level(False, 1203, 1400)
    refill.book(BIDS, prints=[(1203, 10)])
    jump = stocks["JUMP"]  # 3.1 % in 60 s
    warm(script, jump, "09:48:00")
    jump.book(prints=[(1166, 10)])
    jump.trade(3, px=1203)


def _limits(script: Script, stocks: dict[str, Stock]) -> None:
    alert(script, stocks["TAKE"], "09:43:00")  # cools off
    alert(script, stocks["LATE"], "10:02:00")  # the hour is full
    stocks["LATE"].stand(2)
    alert(script, stocks["LATE"], "10:13:00")  # 20 minutes after the last
    stocks["LATE"].stand(25)
    warm(script, stocks["GONE"], "10:34:00")
    stocks["GONE"].trade(6, px=1203)
    stocks["GONE"].book(asks=[(1206, 1400), *ASKS[4:]])  # the ask leaves before the order arrives
    stocks["GONE"].trade(60, px=1203)
    alert(script, stocks["SHUT"], "11:31:00")  # no window
