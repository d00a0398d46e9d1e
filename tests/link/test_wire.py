"""Bytes on the wire: every message comes back as it was, and nothing else is let through."""

import contextlib
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ramstock_tui.core import records
from ramstock_tui.link import schema as m
from ramstock_tui.link.wire import (
    DOWN_LIMIT,
    BadMessage,
    Unpacker,
    down_unpacker,
    pack,
    up_unpacker,
)
from tests.ui import frames

UP: list[m.Up] = [
    m.Welcome(m.PROTO, "1", "demo", "writer", 7, "ab", ("end",), "00ff", "/d", 8),
    m.Refused("version", "this host is older"),
    m.Frame(3, 4, 5, {"log": (1, m.LogView((m.LogRow(1, 2, "warn", "ABC", "ü"),)))}),
    m.Beat(1, 2, 3, 4, 5),
    m.Verdict(9, False, "no", (m.GuardRow("age", False, "1.2 s"),)),
    m.Notice("bad", "disk full"),
    m.Bye("session ended", 0),
    m.Pen("reader", 77),
    m.Alert("20261123-ABC-1", "blueprint", "ABC", "[PENDING] ABC 9.0", 2, True, 5),
]
COMMANDS: list[records.Command] = [
    records.Confirm("b", 1),
    records.Skip("b", 2),
    records.Reprice("b", 1),
    records.Undo("b"),
    records.Lock(),
    records.Acknowledge(),
    records.PauseAlerts(True),
    records.LowerPhase(1),
    records.Halt("ABC", False),
    records.RequestSlot("ABC"),
]
DOWN: list[m.Down] = [
    m.Hello(m.PROTO, "1", 5, "take", "00ff"),
    m.View(("log", "tape"), "ABC", 10, ("ABC", "DEF")),
    m.Ack(4),
    m.Transport("speed", 200),
    m.End(),
    m.Alerting("retry"),
    *(m.Order(i, 2, 3, command) for i, command in enumerate(COMMANDS)),
]


def plain(message: Any) -> Any:
    """Without the difference of lists and tuples, which the wire does not keep in a slice."""
    return msgspec.json.encode(message)


def test_there_is_an_example_of_every_message() -> None:
    assert {type(one) for one in UP} == set(get_args(m.Up))
    assert {type(one) for one in DOWN} == set(get_args(m.Down))
    assert {type(one) for one in COMMANDS} == set(get_args(records.Command))


@pytest.mark.parametrize("message", UP, ids=lambda one: type(one).__name__)
def test_what_a_host_says_arrives_as_it_was(message: m.Up) -> None:
    (arrived,) = up_unpacker().feed(pack(message))
    assert type(arrived) is type(message)
    assert plain(arrived) == plain(message)


@pytest.mark.parametrize("message", DOWN)
def test_what_a_screen_says_arrives_as_it_was(message: m.Down) -> None:
    assert down_unpacker().feed(pack(message)) == [message]


@pytest.mark.parametrize("slice_id", sorted(frames.slices()))
def test_every_slice_survives_the_wire(slice_id: str) -> None:
    value = frames.slices()[slice_id]
    (arrived,) = up_unpacker().feed(pack(m.Frame(1, 2, 3, {slice_id: (1, value)})))
    assert isinstance(arrived, m.Frame)
    assert msgspec.convert(arrived.slices[slice_id][1], m.SLICES[slice_id]) == value


def test_every_cut_gives_the_same_messages() -> None:
    stream = b"".join(map(pack, DOWN))
    for at in range(len(stream) + 1):
        unpacker = down_unpacker()
        assert unpacker.feed(stream[:at]) + unpacker.feed(stream[at:]) == DOWN


def test_byte_by_byte_gives_the_same_messages() -> None:
    unpacker = down_unpacker()
    stream = b"".join(map(pack, DOWN))
    assert [one for i in range(len(stream)) for one in unpacker.feed(stream[i : i + 1])] == DOWN


@given(st.lists(st.binary(max_size=200), max_size=6))
def test_any_bytes_are_a_message_or_a_bad_one_and_little_is_held(pieces: list[bytes]) -> None:
    unpacker: Unpacker[m.Down] = down_unpacker()
    with contextlib.suppress(BadMessage):
        for piece in pieces:
            unpacker.feed(piece)
            assert len(unpacker._held) <= DOWN_LIMIT + 4


@given(st.sampled_from(DOWN), st.data())
def test_a_damaged_message_is_read_or_refused(message: m.Down, data: st.DataObject) -> None:
    stream = bytearray(pack(message))
    at = data.draw(st.integers(0, len(stream) - 1))
    stream[at] = data.draw(st.integers(0, 255))
    with contextlib.suppress(BadMessage):
        for found in down_unpacker().feed(bytes(stream)):
            assert isinstance(found, get_args(m.Down))


@pytest.mark.parametrize(
    ("stream", "said"),
    [
        (b"\x00\x00\x00\x00", "a message of 0 bytes"),
        ((DOWN_LIMIT + 1).to_bytes(4, "little"), f"allowed are 2 to {DOWN_LIMIT}"),
        (b"\x02\x00\x00\x00\x63\x90", "message type 99 is unknown"),
        (b"\x02\x00\x00\x00\x63", "message type 99 is unknown"),
        (b"\x02\x00\x00\x00\x22\xc1", "cannot be read"),
        (pack(m.Beat(1, 2, 3, 4, 5)), "message type 4 is unknown"),
        (b"\x03\x00\x00\x00\x22\x91\x25", "cannot be read"),
    ],
)
def test_what_no_screen_says_is_refused_in_words(stream: bytes, said: str) -> None:
    with pytest.raises(BadMessage, match=said):
        down_unpacker().feed(stream)


def test_a_type_byte_that_contradicts_the_message_is_refused() -> None:
    stream = bytearray(pack(m.Ack(1)))
    stream[4] = m.End.__struct_config__.tag  # type: ignore[assignment]
    with pytest.raises(BadMessage):
        down_unpacker().feed(bytes(stream))
