"""The channel against a real server that behaves as badly as servers do."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ramstock_tui.secret import Secret
from ramstock_tui.sinks.alert import Delivery, Shot
from ramstock_tui.sinks.discord.channel import Channel, Knobs
from tests.sinks.alerts import alert
from tests.sinks.discord_server import TOKEN, DiscordServer, footer

WIDE = Knobs(ceiling=())
Opener = Callable[..., Channel]


@pytest.fixture
def server() -> Iterator[DiscordServer]:
    with DiscordServer() as server:
        yield server


@pytest.fixture
def opened(server: DiscordServer, tmp_path: Path) -> Iterator[Opener]:
    """Starts channels to that server; ends those that a test leaves."""
    begun: list[Channel] = []

    def one(knobs: Knobs = WIDE, url: str = "") -> Channel:
        channel = Channel(Secret(url or server.url), tmp_path, knobs)
        channel.start()
        begun.append(channel)
        return channel

    yield one
    for channel in begun:
        channel.abandon()


def told(channel: Channel, count: int, within_s: float = 10.0) -> list[Delivery]:
    """The next records, at least so many."""
    found: list[Delivery] = []
    end = time.monotonic() + within_s
    while len(found) < count:
        found += channel.records()
        assert time.monotonic() < end, (found, channel.report)
        time.sleep(0.005)  # another thread: nothing to wait on
    return found


def until(condition: Callable[[], Any], within_s: float = 10.0) -> Any:
    end = time.monotonic() + within_s
    while not (found := condition()):
        assert time.monotonic() < end
        time.sleep(0.005)
    return found


def test_a_message_is_created_once_and_edited_through_its_life(
    server: DiscordServer, opened: Opener
) -> None:
    channel = opened()
    for n, state in enumerate(("PENDING", "CONFIRMED", "TP +$86.50"), start=1):
        channel.put(alert(prefix=state))
        assert [r.state for r in told(channel, 1)] == ["sent" if n == 1 else "edited"]
        assert len(server.seen) == n
    created, *edits = server.seen
    assert created.method == "POST"
    assert [(s.method, s.message) for s in edits] == [("PATCH", created.stored)] * 2
    (shown,) = server.messages.values()
    assert shown["content"] == "[TP +$86.50] ABCD 9.0 buy 500 at 12.04"
    assert footer(shown) == "#A1 · 20261123-ABCD-1 · demo"


def test_the_latest_state_wins_while_an_answer_is_awaited(
    server: DiscordServer, opened: Opener
) -> None:
    server.script.append("slow")
    channel = opened()
    channel.put(alert())
    server.until(lambda: server.seen)
    for state in ("CONFIRMED", "FILLED", "SL -$48.50"):
        channel.put(alert(prefix=state))
    told(channel, 2)
    assert server.told() == [
        "POST [PENDING] ABCD 9.0 buy 500 at 12.04",
        f"PATCH {server.seen[0].stored} [SL -$48.50] ABCD 9.0 buy 500 at 12.04",
    ]


def test_nobody_is_ever_mentioned(server: DiscordServer, opened: Opener) -> None:
    channel = opened()
    channel.put(alert(prefix="PENDING", ticker="@everyone"))
    told(channel, 1)
    channel.put(alert(prefix="SL", ticker="@everyone"))
    told(channel, 1)
    assert [s.body["allowed_mentions"] for s in server.seen] == [{"parse": []}] * 2


@pytest.mark.parametrize("kind", ["429 body", "429 header", "500", "502", "503"])
def test_a_refusal_is_tried_again_and_nothing_is_doubled(
    kind: str, server: DiscordServer, opened: Opener
) -> None:
    server.script.append(kind)
    channel = opened()
    channel.put(alert())
    assert [r.state for r in told(channel, 1)] == ["sent"]
    first, second = server.seen
    assert second.at - first.at >= 0.24
    assert len(server.messages) == 1
    assert "(retry)" not in str(second.body)


def test_a_429_without_a_word_waits_some_seconds(server: DiscordServer, opened: Opener) -> None:
    server.script.append("429")
    channel = opened()
    channel.put(alert())
    until(lambda: channel.report.state == "held")
    assert 4 <= channel.report.wait_s <= 6
    assert channel.report.waiting == 1


def test_a_429_of_a_day_opens_the_circuit_and_leaves_a_record(
    server: DiscordServer, opened: Opener
) -> None:
    server.always = "429 day"
    channel = opened()
    channel.put(alert(1))
    (late,) = told(channel, 1)
    assert (late.state, late.why.partition(":")[0]) == ("undelivered", "429")
    channel.put(alert(2))
    assert told(channel, 1)[0].key == "20261123-ABCD-2"
    assert channel.report.state == "open"
    assert 55 < channel.report.wait_s <= 60
    assert len(server.seen) == 1
    server.always = "ok"
    channel.retry()  # somebody asks for it
    assert {r.state for r in told(channel, 2)} == {"sent"}
    assert channel.report.state == "slow" or channel.report.state == "ok"


@pytest.mark.parametrize("kind", ["hang", "reset-after", "hang-before", "reset"])
def test_without_an_answer_there_is_one_more_create_and_it_says_so(
    kind: str, server: DiscordServer, opened: Opener
) -> None:
    server.script.append(kind)
    channel = opened(Knobs(ceiling=(), deadline_s=0.3))
    channel.put(alert())
    assert [r.state for r in told(channel, 1)] == ["sent"]
    first, second = server.seen
    assert "(retry)" not in first.body["content"]
    assert second.body["content"].endswith("(retry)")
    assert footer(second.body) == footer(first.body) + " (retry)"
    assert len(server.messages) == (2 if kind in ("hang", "reset-after") else 1)


def test_two_creates_without_an_answer_are_the_last(server: DiscordServer, opened: Opener) -> None:
    server.always = "hang"
    channel = opened(Knobs(ceiling=(), deadline_s=0.2))
    channel.put(alert())
    (lost,) = told(channel, 1)
    assert (lost.state, "twice" in lost.why) == ("undelivered", True)
    channel.put(alert(prefix="SL -$48.50"))
    assert [r.state for r in told(channel, 1)] == ["undelivered"]
    assert len(server.seen) == 2


def test_an_edit_without_an_answer_is_simply_sent_again(
    server: DiscordServer, opened: Opener
) -> None:
    channel = opened(Knobs(ceiling=(), deadline_s=0.2))
    channel.put(alert())
    told(channel, 1)
    server.script += ["hang-before", "502", "reset"]
    channel.put(alert(prefix="TP +$86.50"))
    assert [r.state for r in told(channel, 1)] == ["edited"]
    assert len(server.messages) == 1
    assert [s.method for s in server.seen] == ["POST"] + ["PATCH"] * 4


@pytest.mark.parametrize("kind", ["204", "drip", "big"])
def test_a_delivery_without_an_id_is_not_sent_a_second_time(
    kind: str, server: DiscordServer, opened: Opener
) -> None:
    server.script.append(kind)
    channel = opened(Knobs(ceiling=(), deadline_s=0.4))
    began = time.monotonic()
    channel.put(alert())
    assert [r.state for r in told(channel, 1)] == ["sent"]
    assert time.monotonic() - began < 2.0
    channel.put(alert(prefix="CONFIRMED"))
    (lost,) = told(channel, 1)
    assert (lost.state, lost.why) == (
        "undelivered",
        "its message cannot be changed: the server gave no id",
    )
    assert len(server.seen) == 1


def test_how_a_trade_ended_comes_in_a_marked_message_when_the_first_has_no_id(
    server: DiscordServer, opened: Opener
) -> None:
    server.script += ["204", "502"]
    channel = opened(Knobs(ceiling=(), render=lambda _: b"\x89PNG"))
    channel.put(alert(), Shot("ABCD", "", (), (), (), (0, 0, 0)))
    told(channel, 1)
    channel.put(alert(prefix="TP"))
    assert [r.state for r in told(channel, 1)] == ["sent"]
    channel.put(alert(prefix="SL"))
    assert [r.state for r in told(channel, 1)] == ["edited"]
    assert [seen.method for seen in server.seen] == ["POST", "POST", "POST", "PATCH"]
    marked = ["(retry)" in str(seen.body) for seen in server.seen]
    assert marked == [False, True, True, False]
    pictures = ["attachment://" in str(seen.body) for seen in server.seen]
    assert pictures == [bool(seen.files) for seen in server.seen] == [True, False, False, False]
    assert channel.report.undelivered == 0


def test_a_second_create_without_an_id_is_the_last(server: DiscordServer, opened: Opener) -> None:
    server.script += ["204", "204"]
    channel = opened()
    for prefix in ("PENDING", "TP", "SL"):
        channel.put(alert(prefix=prefix))
        (record,) = told(channel, 1)
    assert record.state == "undelivered"
    assert len(server.seen) == 2


@pytest.mark.parametrize("kind", ["401", "403", "404"])
def test_a_webhook_that_is_gone_stops_the_channel(
    kind: str, server: DiscordServer, opened: Opener
) -> None:
    channel = opened()
    channel.put(alert(1))
    told(channel, 1)
    server.always = kind
    channel.put(alert(2))
    stopped, lost = told(channel, 2)
    assert (stopped.state, stopped.why) == ("stopped", kind)
    assert (lost.key, lost.state) == ("20261123-ABCD-2", "undelivered")
    for n in (1, 3):
        channel.put(alert(n, "SL -$48.50"))
    assert [r.state for r in told(channel, 2)] == ["undelivered"] * 2
    assert (channel.report.state, channel.report.detail) == ("stopped", kind)
    assert len(server.seen) == 2


def test_a_message_that_somebody_deleted_stops_nothing(
    server: DiscordServer, opened: Opener
) -> None:
    channel = opened()
    channel.put(alert(1))
    told(channel, 1)
    server.script.append("404 deleted")
    channel.put(alert(1, "SL -$48.50"))
    assert told(channel, 1)[0].why == "the message was deleted"
    channel.put(alert(2))
    assert [r.state for r in told(channel, 1)] == ["sent"]


@pytest.mark.parametrize("code", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(code: int, server: DiscordServer, opened: Opener) -> None:
    server.script.append(str(code))
    channel = opened()
    channel.put(alert(1))
    (lost,) = told(channel, 1)
    assert (lost.state, lost.why) == ("undelivered", f"{code} redirect")
    assert server.elsewhere == 0
    assert channel.report.state == "trouble"
    channel.put(alert(2))
    assert [r.state for r in told(channel, 1)] == ["sent"]
    assert channel.report.state == "ok"


def test_what_nobody_listens_to_is_tried_and_then_on_record(
    server: DiscordServer, opened: Opener
) -> None:
    channel = opened(url="http://127.0.0.1:9/api/webhooks/1/x")
    channel.put(alert())
    until(lambda: channel.report.state == "trouble")
    assert channel.report.detail == "no connection"
    channel.close(0.2)
    assert [r.why for r in channel.records()] == ["the session ended"]


def test_our_own_ceiling_holds_and_at_most_five_are_on_their_way(
    server: DiscordServer, opened: Opener
) -> None:
    server.always = "slow"
    channel = opened(Knobs(ceiling=((7, 1_000_000_000),)))
    for n in range(10):
        channel.put(alert(n))
    server.until(lambda: len(server.seen) == 10)
    times = sorted(s.at for s in server.seen)
    assert times[7] - times[0] > 0.95
    assert server.most_at_once <= 5


def test_an_error_of_our_own_stops_nothing_and_shows_no_address(
    server: DiscordServer, opened: Opener, capfd: pytest.CaptureFixture[str]
) -> None:
    channel = opened()
    channel.put(msgspec.structs.replace(alert(1), colour=server.url))
    assert told(channel, 1)[0].why == "400"
    channel.put(alert(2))
    assert told(channel, 1)[0].state == "sent"
    channel.close()
    assert TOKEN not in "".join(capfd.readouterr())


def test_a_thread_that_fails_says_so_without_the_address(
    server: DiscordServer, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    channel = Channel(Secret(server.url), tmp_path, WIDE._replace(ceiling=((-1, 0),)))
    channel.start()
    channel.put(alert())
    (record,) = told(channel, 1)
    assert (record.state, record.why.partition(":")[0]) == ("stopped", "internal error")
    assert channel.report.state == "stopped"
    channel.join(5)
    assert TOKEN not in "".join(capfd.readouterr())


def test_a_killed_channel_goes_on_with_the_message_it_made(
    server: DiscordServer, opened: Opener
) -> None:
    first = opened()
    first.put(alert())
    told(first, 1)
    first.abandon()
    second = opened()
    assert second.known == {"20261123-ABCD-1": alert()}
    second.put(alert(prefix="EXPIRED"))
    assert [r.state for r in told(second, 1)] == ["edited"]
    assert [s.method for s in server.seen] == ["POST", "PATCH"]


def test_a_picture_that_cannot_be_drawn_costs_only_the_picture(
    server: DiscordServer, opened: Opener, capfd: pytest.CaptureFixture[str]
) -> None:
    def render(shot: Shot) -> bytes:
        raise ValueError(server.url)

    channel = opened(Knobs(ceiling=(), render=render))
    channel.put(alert(), Shot("ABCD", "", (), (), (), (0, 0, 0)))
    assert [r.state for r in told(channel, 1)] == ["sent"]
    channel.put(alert(prefix="TP"))
    assert [r.state for r in told(channel, 1)] == ["edited"]
    assert not any(seen.files for seen in server.seen)
    assert "attachment://" not in str([seen.body for seen in server.seen])
    channel.close()
    assert TOKEN not in "".join(capfd.readouterr())


def test_at_the_end_of_a_session_what_waits_is_tried_once_more(
    server: DiscordServer, opened: Opener
) -> None:
    server.script += ["502"] * 5
    channel = opened()
    channel.put(alert())
    until(lambda: len(server.seen) == 5)  # the sixth try comes after 4 to 8 s
    until(lambda: channel.report.state == "trouble")
    channel.close(3)
    assert [(r.state, r.why) for r in channel.records()] == [("sent", "")]
