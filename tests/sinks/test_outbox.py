"""What the outbox sends next and what it gives up, with every time handed in."""

import json
import random
from itertools import pairwise
from pathlib import Path

import pytest

from ramstock_tui.sinks.alert import Alert, Delivery
from ramstock_tui.sinks.discord import store
from ramstock_tui.sinks.discord.limits import CEILING, Limiter
from ramstock_tui.sinks.discord.outbox import BOUND, FOLDED, REMEMBERED, Op, Outbox
from ramstock_tui.sinks.discord.replies import Reply, clamped, meaning, wait_s
from tests.sinks.alerts import alert

S = 1_000_000_000
NO_ANSWER = Reply(0, {}, b"", "timeout")
REFUSED = Reply(502, {}, b"<html>")


def box(ceiling: tuple[tuple[int, int], ...] = ()) -> Outbox:
    return Outbox(Limiter(ceiling), random.Random(1))


def created(n: int = 1) -> Reply:
    return Reply(200, {}, json.dumps({"id": str(1000 + n)}).encode())


def take(outbox: Outbox, now: int) -> Op:
    op = outbox.take(now)
    assert op is not None
    return op


def taken(outbox: Outbox) -> list[Delivery]:
    records, outbox.records = outbox.records, []
    return records


def sent(outbox: Outbox, now: int, *alerts: Alert) -> None:
    for n, each in enumerate(alerts):
        outbox.put(each, now)
        outbox.done(take(outbox, now), created(n), now)
    taken(outbox)


def test_exits_go_before_entries_and_those_before_other_changes() -> None:
    outbox = box()
    sent(outbox, 0, alert(1), alert(2))
    for n, state in ((1, "CONFIRMED"), (3, "PENDING"), (2, "SL -$48.50"), (4, "TP")):
        outbox.put(alert(n, state), n)
    outbox.put(alert(2, "SL"), 9)
    order = []
    while (op := outbox.take(20)) is not None:
        order.append(op.alert.key[-1])
        outbox.done(op, created(int(order[-1])), 20)
    assert order == ["2", "4", "3", "1"] or order == ["4", "2", "3", "1"]


def test_latency_counts_from_the_first_word_that_was_not_delivered() -> None:
    outbox = box()
    outbox.put(alert(), 0)
    op = take(outbox, 0)
    outbox.put(alert(prefix="CONFIRMED"), 100_000_000)
    outbox.put(alert(prefix="SL"), 900_000_000)
    outbox.done(op, created(), 950_000_000)
    outbox.done(take(outbox, S), created(), S + 200_000_000)
    assert [(r.took_ms, r.slow) for r in outbox.records] == [(950, False), (1100, True)]


def test_without_room_the_oldest_of_the_least_important_go_and_are_on_record() -> None:
    outbox = box()
    for n in range(BOUND):
        outbox.put(alert(n), n)
    assert taken(outbox) == []
    for n in range(BOUND, BOUND + 3):
        outbox.put(alert(n, "SL", ticker="EXIT"), n)
    lost = taken(outbox)
    assert [r.key for r in lost] == ["20261123-ABCD-0", "20261123-ABCD-1", "20261123-ABCD-2"]
    assert {(r.state, r.why) for r in lost} == {("undelivered", f"more than {BOUND} wait")}
    assert outbox.waiting == BOUND


def test_in_a_burst_what_ended_unseen_goes_into_one_message() -> None:
    outbox = box(CEILING)
    for n in range(50):
        outbox.put(alert(n), n)
    for n in range(50):
        outbox.put(alert(n, "EXPIRED"), 20 * S)
    folded = {r.key for r in taken(outbox) if r.why == FOLDED}
    assert len(folded) >= 40
    assert outbox.waiting <= 10
    assert any(key.startswith("burst:") for key in outbox.entries)
    assert outbox.undelivered == 0
    (burst,) = [e.kept.alert for k, e in outbox.entries.items() if k.startswith("burst:")]
    assert burst.title == f"{len(folded)} alerts ended before they could be sent"


def test_a_trade_is_never_folded() -> None:
    outbox = box()
    for n in range(20):
        outbox.put(alert(n, "CONFIRMED"), n)
    assert taken(outbox) == []


def test_the_ceiling_is_four_in_two_seconds_and_twenty_five_a_minute() -> None:
    outbox = box(CEILING)
    sent(outbox, 0, alert(0))
    for n in range(1, 60):
        outbox.put(alert(n), 0)
    times = [0]
    now = 0
    while now < 120 * S and len(times) < 52:
        if (op := outbox.take(now)) is None:
            due = outbox.due_at(now)
            assert due is not None
            assert due > now
            now = due
            continue
        times.append(now)
        outbox.done(op, created(), now)
    for most, span in CEILING:
        for first, later in zip(times, times[most:], strict=False):
            assert later - first >= span


def test_the_ceiling_holds_where_requests_arrive_whenever_they_are_on_their_way() -> None:
    outbox = box(CEILING)
    sent(outbox, 0, alert(0))
    for n in range(1, 30):
        outbox.put(alert(n), 0)
    (most, span), now = CEILING[0], 0
    spans, on_way = [(0, 0)], list[tuple[int, Op]]()
    while len(spans) < 14:
        while (op := outbox.take(now)) is not None:
            on_way.append((now, op))
        assert len(on_way) <= most
        if on_way:  # they take 0.7 s
            left, op = on_way.pop(0)
            now = max(now, left + 7 * S // 10)
            outbox.done(op, created(), now)
            spans.append((left, now))
        else:
            due = outbox.due_at(now)
            assert due is not None
            assert due > now
            now = due
    for (_, latest), (earliest, _) in zip(spans, spans[most:], strict=False):
        assert earliest - latest >= span


def test_after_a_429_the_next_request_comes_a_little_later_than_allowed() -> None:
    waits = set()
    for n in range(8):
        outbox = Outbox(Limiter(()), random.Random(n))
        sent(outbox, 0, alert(0))
        outbox.put(alert(1), 0)
        outbox.done(take(outbox, 0), Reply(429, {"retry-after": "60"}, b""), 0)
        assert outbox.limiter.open_until == 0
        due = outbox.due_at(0)
        assert due is not None
        assert 60 * S <= due <= 60 * S + S // 4
        waits.add(due)
    assert len(waits) > 4


def test_a_refusal_is_tried_for_thirty_seconds_with_growing_pauses() -> None:
    outbox = box()
    outbox.put(alert(), 0)
    now, times = 0, list[int]()
    while not outbox.records:
        op = outbox.take(now)
        if op is None:
            now = outbox.due_at(now) or now
            continue
        times.append(now)
        assert not op.retry
        outbox.done(op, REFUSED, now)
    pauses = [b - a for a, b in pairwise(times)]
    assert 5 <= len(times) <= 12
    assert pauses[0] <= S // 2
    assert pauses[-1] <= 8 * S
    assert times[-1] <= 30 * S
    assert outbox.records[0].why.startswith("502, tried for ")
    assert outbox.undelivered == 1


def test_a_newer_state_starts_a_new_budget() -> None:
    outbox = box()
    outbox.put(alert(), 0)
    now = 0
    while not outbox.records:
        op = outbox.take(now)
        if op is not None:
            outbox.done(op, REFUSED, now)
        now = outbox.due_at(now) or now
    outbox.put(alert(prefix="SL"), now)
    outbox.done(take(outbox, now), created(), now)
    assert outbox.records[-1].state == "sent"
    assert outbox.undelivered == 0


def test_when_it_works_again_shown_messages_get_their_last_state() -> None:
    outbox = box()
    sent(outbox, 0, alert(1))
    outbox.put(alert(1, "EXPIRED"), 0)
    outbox.put(alert(2), 0)
    now = 0
    while outbox.waiting:
        if (op := outbox.take(now)) is not None:
            outbox.done(op, REFUSED, now)
        now = outbox.due_at(now) or now
    outbox.put(alert(3), now)
    outbox.done(take(outbox, now), created(), now)
    assert take(outbox, now).alert.prefix == "EXPIRED"
    assert outbox.take(now) is None  # what was never shown stays away


def test_given_an_answer_that_never_came_a_second_create_is_marked_and_the_last() -> None:
    outbox = box()
    outbox.put(alert(), 0)
    outbox.done(take(outbox, 0), NO_ANSWER, S)
    second = take(outbox, 2 * S)
    assert second.retry
    outbox.done(second, REFUSED, 3 * S)  # it certainly did not arrive: once more, still marked
    third = take(outbox, 9 * S)
    assert third.retry
    outbox.done(third, NO_ANSWER, 10 * S)
    assert outbox.take(60 * S) is None
    assert "twice" in outbox.records[-1].why
    outbox.put(alert(prefix="SL"), 61 * S)
    assert outbox.take(62 * S) is None


@pytest.mark.parametrize("mode", [0, 1, 2])
def test_a_restart_knows_which_create_may_have_arrived(mode: int, tmp_path: Path) -> None:
    """mode: killed before the first create left, after it, after the second."""
    outbox = box()
    outbox.put(alert(), 0)
    if mode:
        take(outbox, 0)
    if mode == 2:
        outbox.done(Op(outbox.entries[alert().key], alert(), 1, "", False, None), NO_ANSWER, S)
        take(outbox, 3 * S)
    file = store.Store(tmp_path / store.NAME)
    for entry in outbox.changed:
        file.add(entry.kept)
    file.close()
    again = box()
    again.restore(store.read(tmp_path / store.NAME), 0)
    if mode == 2:
        assert again.take(S) is None
        assert [r.state for r in again.records] == ["undelivered"]
    else:
        assert take(again, S).retry == bool(mode)


def test_a_torn_or_foreign_line_of_the_outbox_costs_only_itself(tmp_path: Path) -> None:
    outbox = box()
    sent(outbox, 0, alert(1), alert(2))
    path = tmp_path / store.NAME
    file = store.Store(path, [e.kept for e in outbox.entries.values()])
    file.close()
    whole = path.read_bytes()
    first, second = whole.splitlines(keepends=True)
    path.write_bytes(first + b"{}\n\xff\xfe\n" + b"[" * 10_000 + b"\n" + second[:-30])
    assert [kept.key for kept in store.read(path)] == ["20261123-ABCD-1"]
    assert path.stat().st_mode & 0o077 == 0


def test_a_disk_that_refuses_the_outbox_stops_no_alert(tmp_path: Path) -> None:
    file = store.Store(tmp_path / store.NAME)
    outbox = box()
    sent(outbox, 0, alert(1))
    real, file._fd = file._fd, 1 << 20  # a descriptor that takes nothing
    file.add(outbox.entries[alert(1).key].kept)
    assert file.failed
    file._fd = real
    file.add(outbox.entries[alert(1).key].kept)
    assert not file.failed
    file.close()


# answers ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({}, b'{"retry_after": 0.65}', 0.65),
        ({"retry-after": "2"}, b"", 2),
        ({"retry-after": "86400"}, b"<html>", 86400),
        ({"retry-after": "2"}, b'{"retry_after": 1.64}', 2),
        ({"retry-after": "2"}, b'{"retry_after": 1640}', 2),  # ms in the body
        ({"retry-after": "1640"}, b'{"retry_after": 1.64}', 1.64),  # ms in the header
        ({"x-ratelimit-reset-after": "1.5"}, b"", 1.5),
        ({"retry-after": "-1"}, b'{"retry_after": -3}', 5),
        ({"retry-after": "nan"}, b'{"retry_after": "inf"}', 5),
        ({"retry-after": "1e999"}, b'{"retry_after": true}', 5),
        ({}, b"[" * 60_000, 5),
        ({}, b"\xff", 5),
        (
            {
                "retry-after": "Mon, 23 Nov 2026 14:31:30 GMT",
                "date": "Mon, 23 Nov 2026 14:31:00 GMT",
            },
            b"",
            30,
        ),
        ({"retry-after": "tomorrow"}, b"", 5),
    ],
)
def test_a_429_is_read_from_headers_and_body(
    headers: dict[str, str], body: bytes, seconds: float
) -> None:
    found = wait_s(Reply(429, headers, body))
    assert found == seconds
    assert 0.1 <= clamped(found) <= 60


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"id": 7}', b'{"id": "../../x"}', b'{"id": "1' + b"1" * 40 + b'"}']
)
def test_only_digits_are_taken_for_an_id(body: bytes) -> None:
    found = meaning(Reply(200, {}, body))
    assert (found.kind, found.message) == ("ok", "")


def test_a_long_silence_is_tried_less_and_less_often() -> None:
    limiter = Limiter(())
    now, pauses = 0, list[int]()
    for _ in range(6):
        limiter.sent()
        limiter.answered({}, now, good=False)
        limiter.limited(86_400, now)
        ready = limiter.ready_at(now)
        assert ready is not None
        pauses.append((ready - now) // S)
        now = ready
    assert pauses == [60, 120, 240, 480, 600, 600]
    limiter.sent()
    limiter.answered({}, now, good=True)
    assert limiter.open_until == 0


def test_what_went_into_a_summary_is_not_sent_again_by_a_retry() -> None:
    outbox = box()
    for n in range(12):
        outbox.put(alert(n, "EXPIRED"), 0)
    folded = [e.kept.key for e in outbox.entries.values() if e.kept.dead == FOLDED]
    assert folded
    assert outbox.retry(S) == 0
    assert not any(outbox.entries[key].waiting for key in folded)


def test_when_it_works_again_nothing_waits_for_its_next_try() -> None:
    outbox = box()
    sent(outbox, 0, alert(1), alert(2))
    now = 0
    outbox.put(alert(1, "SL"), now)
    for _ in range(4):
        now = outbox.due_at(now) or now
        outbox.done(take(outbox, now), REFUSED, now)
    assert (outbox.due_at(now) or 0) > now + S
    outbox.put(alert(2, "CONFIRMED"), now)
    outbox.done(take(outbox, now), created(), now)
    assert take(outbox, now).alert.prefix == "SL"


def test_a_server_that_never_answers_makes_the_outbox_no_larger() -> None:
    outbox = box()
    for n in range(3 * REMEMBERED):
        outbox.put(alert(n, "TP"), n)
        taken(outbox)
    assert len(outbox.entries) <= REMEMBERED + BOUND
    assert outbox.waiting <= BOUND


@pytest.mark.parametrize("answer", [REFUSED, Reply(0, {}, b"", "connect"), NO_ANSWER])
def test_after_an_outage_everything_arrives_soon(answer: Reply) -> None:
    outbox, tries = box(CEILING), 0
    now, most = 0, 6
    for n in range(most):
        outbox.put(alert(n), now)
        while (op := outbox.take(now)) is None:
            now = outbox.due_at(now) or now
        outbox.done(op, created(n), now)
    now += 60 * S
    began = now
    for n in range(most):
        outbox.put(alert(n, "SL"), now)
    while outbox.waiting:
        if (op := outbox.take(now)) is None:
            now = max(outbox.due_at(now) or 0, now + 1)
            continue
        down = now < began + 20 * S
        tries += down
        outbox.done(op, answer if down else created(), now)
    assert now <= began + 31 * S
    assert tries <= 16
    assert all(entry.kept.sent_rev == entry.kept.rev for entry in outbox.entries.values())


def test_in_a_long_outage_each_state_is_tried_and_given_up_in_time() -> None:
    outbox = box()
    sent(outbox, 0, *map(alert, range(8)))
    for n in range(8):
        outbox.put(alert(n, "SL"), 0)
    now, tried = 0, set()
    while outbox.waiting:
        if (op := outbox.take(now)) is None:
            now = max(outbox.due_at(now) or 0, now + 1)
            continue
        tried.add(op.alert.key)
        outbox.done(op, REFUSED, now)
    assert len(tried) == 8
    assert 20 * S <= now <= 32 * S
