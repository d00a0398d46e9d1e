"""Decisions of scripted sessions as alerts: a blueprint's life, locks, the feed, the day."""

import pytest

from ramstock_tui.core import records as r
from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.engine import Engine
from ramstock_tui.host.alerts.book import Book, plain
from ramstock_tui.host.alerts.feed import FeedWatch
from ramstock_tui.host.alerts.shots import shot_of
from ramstock_tui.sinks.alert import ENTRY, EXIT, Alert
from ramstock_tui.sinks.picture import render
from tests.core.sessions import rules
from tests.host.help import ran
from tests.host.scenes import alert, morning
from tests.session_writer import ASKS, BIDS, MS, S, Script, at, opened


def told(engine: Engine, mode: str = "shadow") -> list[Alert]:
    """Every alert of the acting lane, in order."""
    return Book(mode, lambda ts: ts // S).take(engine.history, engine.acting)


def one(clock: str = "09:31:00", **session: object) -> Script:
    script = Script(opened(**session), "09:25:00")
    alert(script, script.stock("ACME"), clock)
    return script


def field(alert: Alert, name: str) -> str:
    return next((value for key, value, _ in alert.fields if key == name), "")


def test_a_card_says_everything_that_the_worked_example_says() -> None:
    first = told(ran(one()))[0]
    assert first.line == "[PENDING] ACME 9.0 · buy 500 at 12.04 · stop 11.95 · target 12.22"
    assert first.key == "20261123-ACME-1"
    assert first.footer == "#A1 · 20261123-ACME-1 · shadow"
    assert (first.rank, first.bells, first.notify, first.silent) == (ENTRY, 2, True, False)
    assert [(name, value) for name, value, _ in first.fields] == [
        ("Entry", "12.04"),
        ("Stop", "11.95"),
        ("Target", "12.22"),
        ("Shares", "500"),
        ("Risk", "$45.00"),
        ("Net at target", "+$86.50"),
        (
            "Rules",
            "✓ ratio 3 2.61 (≥2.5) 3/3\n✓ spread .03 (≤.04 2s) 2/2\n✓ tape velocity 4.0 (≥4) 2/2\n"
            "✓ ask depth 1,400 (≥1,200) 2/2\n✗ reclaim no (cross) 0/1",
        ),
        ("Window", "PRIMARY"),
        ("Expires", f"<t:{at('09:31:28')}:R>".replace("000000000", "")),
    ]


def test_the_life_of_every_card_is_told_in_order() -> None:
    engine = ran(morning(), "all")
    lives: dict[str, list[str]] = {}
    for each in told(engine):
        lives.setdefault(each.key, []).append(each.prefix)
    words = [" > ".join(dict.fromkeys(life)) for life in lives.values()]
    assert "PENDING > CONFIRMED > TP +$91.50" in words
    assert any(life.startswith("PENDING > CONFIRMED > SL -$") for life in words)
    assert "PENDING > CANCELLED" in words
    assert "PENDING > CONFIRMED > MISS" in words
    signals = [d for d in engine.history if d.kind == "signal" and d.profile == "small_account"]
    assert {d.body["id"] for d in signals} == {key for key in lives if key[0].isdigit()}


def test_exits_ring_once_and_come_first() -> None:
    last = [each for each in told(ran(morning(), "all")) if each.prefix.startswith(("TP", "SL"))]
    assert {(each.rank, each.bells, each.notify) for each in last} == {(EXIT, 1, True)}
    assert {each.colour for each in last} == {"good", "bad"}


def test_shadow_lanes_tell_nobody_anything() -> None:
    engine = ran(one(acting="platform"), "all")
    assert {d.profile for d in engine.history if d.kind == "signal"} == {"small_account"}
    assert told(engine) == []


def test_what_nobody_confirmed_says_what_would_have_been() -> None:
    last = [each for each in told(ran(morning(), "none")) if each.ticker == "TAKE"][-1]
    assert last.prefix == "CANCELLED"
    cancelled, would_be = field(last, "Result").splitlines()
    assert cancelled.startswith("cancelled: ")
    assert would_be == "would have been TP +$91.50"
    assert last.over


def test_a_window_of_low_confidence_makes_no_sound_anywhere() -> None:
    script = Script(opened(acting="platform"))
    stock = script.stock("ACME")
    script.at("12:10:00")
    stock.book([(px, 4 * size) for px, size in BIDS], ASKS)
    stock.stand(6)
    stock.trade(30, px=1203, every_ms=150)
    first = told(ran(script))
    assert first[0].prefix == "PENDING LOW"
    assert "(half size)" in field(first[0], "Shares")
    assert all((each.silent, each.bells, each.notify) == (True, 0, False) for each in first)


def test_a_pause_by_hand_is_told_without_a_sound_and_so_is_its_end() -> None:
    engine = ran(one())
    for on in (True, False):
        engine.command(engine.seq, engine.link_ts, r.PauseAlerts(on))
    engine.drain()
    paused, resumed = [each for each in told(engine) if each.kind == "pause"]
    assert (paused.prefix, paused.bells) == ("ALERTS OFF", 0)
    assert (resumed.prefix, resumed.key) == ("RESUMED", paused.key)


def test_a_lock_is_told_once_with_the_net_of_the_day() -> None:
    engine = ran(one())
    engine.command(engine.seq, engine.link_ts, r.Lock())
    engine.drain()
    lock = next(each for each in told(engine) if each.kind == "lock")
    assert lock.line == "[LOCKED] by hand: no new entries · net +$0.00"
    assert (lock.key, lock.rank, lock.bells) == ("lock:manual", EXIT, 3)


@pytest.mark.parametrize(
    ("cause", "open_e4", "words"),
    [
        ("net", -420_000, "net -$85.50, -$42.00 of it open, limit -$80.00"),
        ("net", 0, "net -$43.50, limit -$80.00"),
        ("losses", 0, "second loss pause of the day · net -$43.50"),
    ],
)
def test_a_lock_says_the_net_that_locked(cause: str, open_e4: int, words: str) -> None:
    lane = ran(one()).acting
    body = {"rung": "soft", "cause": cause, "net_e4": -435_000, "limit_e4": 800_000}
    body["open_net_e4"] = open_e4
    lock = Decision("lock", 1, at("09:40:00"), 0, lane.profile.name, "", None, ("soft",), body)
    (alert,) = Book("shadow", lambda ts: ts // S).take([lock], lane)
    assert alert.title == f"losses of the day: no new entries · {words}"


def test_only_the_floor_of_the_equity_is_told() -> None:
    script = one()
    script.at("09:31:20")
    for cents in (2_900_000, 2_400_000, 3_200_000):
        script.wait(100)
        script.row((script.ts, 0, r.ACCOUNT, r.LAST, 0, cents, 1))
    lines = [each.line for each in told(ran(script)) if each.kind == "equity"]
    assert lines == [
        "[EQUITY FLOOR] equity $24,000.00: below the floor: no new entries",
        "[EQUITY] equity $32,000.00: within its limits again",
    ]


def test_the_same_decisions_again_are_no_news() -> None:
    engine = ran(morning(), "all")
    book = Book("shadow", lambda ts: ts // S)
    assert book.take(engine.history, engine.acting)
    again = book.take(engine.history[-1:], engine.acting)
    assert again == []


def test_the_demo_market_is_named_where_it_is_read_first() -> None:
    assert told(ran(one()), "demo")[0].title.startswith("demo · ACME ")


def test_the_day_is_summed_up() -> None:
    engine = ran(morning(), "all")
    state = engine.acting.state
    day = Book("shadow", lambda ts: ts // S).day("summary:20261123", engine.acting, at("16:00:00"))
    assert day.line.startswith("[DAY] net ")
    assert f"W{state.wins} L{state.losses}" in day.title
    assert len(field(day, "Last trades").splitlines()) == state.wins + state.losses


@pytest.mark.parametrize("name", ["@everyone", "[x](http://y)", "`a`*b*_c_", "\x1b[31mRED", "<@1>"])
def test_a_hostile_name_is_only_letters(name: str) -> None:
    found = plain(name)
    assert found.isprintable()
    assert not set(found) & set("*_~`|<>@[]()\\#")


# the feed -----------------------------------------------------------------------------------------
def feed(script: Script, until: str) -> list[tuple[str, str]]:
    """(New York time, line) of what is told about the feed."""
    engine = Engine(rules(), observe=True)
    book, watch = Book("shadow", lambda ts: ts // S), FeedWatch()
    found = []
    chunks = list(script.chunks(1))
    now = at("09:30:00")
    while now <= at(until):
        while chunks and chunks[0].rows[0][0] <= now:
            chunk = chunks.pop(0)
            engine.run(chunk.first_seq, chunk.rows, chunk.blob)
        engine.tick(now)
        if engine.lanes:
            seen = watch.look(engine, now, book)
            found += [(str((now - at("00:00:00")) // S), f"{x.key} {x.line}") for x in seen]
        now += 100 * MS
    return found


def outages(*gaps: tuple[int, int]) -> Script:
    """A stock that ticks every 500 ms from 09:30 on but in these seconds after it."""
    script = Script(begin="09:29:00")
    stock = script.stock("ACME")
    script.at("09:30:00")
    stock.book([(1200, 3600)], [(1203, 1400)])
    for half in range(1, 1200):
        if not any(start * 2 <= half < end * 2 for start, end in gaps):
            script.ts = at("09:30:00") + half * 500 * MS
            stock.beat()
    return script


def test_an_outage_is_told_once_and_its_end_in_the_same_message() -> None:
    down, back = feed(outages((60, 75)), "09:33:00")
    start = at("09:30:59", 500) // S
    assert down[1] == f"feed:{start} [FEED DOWN] no alerts: the data stopped at 09:30:59"
    assert int(down[0]) - 34_260 in (4, 5)
    assert back[1].startswith(f"feed:{start} [FEED BACK] data are back after ")


def test_four_seconds_of_silence_are_not_told() -> None:
    assert feed(outages((60, 64)), "09:33:00") == []


def test_a_feed_that_flickers_stays_one_message() -> None:
    lines = [line for _, line in feed(outages((60, 70), (100, 110), (140, 150)), "09:35:00")]
    assert len({line.split()[0] for line in lines}) == 1
    assert lines[-2].endswith("(3 times since 09:30:59)")


def test_before_the_first_good_data_nothing_is_told() -> None:
    script = Script(begin="09:29:00")
    script.stock("ACME")
    script.at("09:29:30")
    script.feed(r.FEED_DOWN)
    assert feed(script, "09:31:00") == []


def test_the_picture_is_of_the_book_at_the_alert() -> None:
    engine = Engine(rules(), observe=True)
    for chunk in one().chunks(1):
        engine.run(chunk.first_seq, chunk.rows, chunk.blob)
        if engine.acting.state.pendings:
            break
    (card,) = told(engine)
    shot = shot_of(engine, card, engine.link_ts)
    assert shot is not None
    assert (shot.bids[0], shot.asks[0]) == ((120_000, 3600), (120_300, 1400))
    assert shot.marks == (120_400, 119_500, 122_200)
    assert len(shot.tape) == 12
    assert shot.tape[0][0] // S == (engine.link_ts - at("00:00:00")) // S
    assert len(render(shot)) < 20_000
