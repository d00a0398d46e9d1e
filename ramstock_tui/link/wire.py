"""Messages as bytes: `u32 length · u8 type · msgpack` (formats.md 3), little-endian.

length counts what follows it, the type byte included; the type byte repeats the message's tag, so
that a reader can refuse before it decodes.
"""

import struct
from typing import Any, Generic, TypeVar, get_args

import msgspec

from ramstock_tui.link.schema import Down, Up

DOWN_LIMIT = 64 * 1024  # bytes of one message of a screen
UP_LIMIT = 4 * 1024 * 1024  # bytes of one message of the host
_HEAD = struct.Struct("<I")

T = TypeVar("T")
_encode = msgspec.msgpack.Encoder().encode


class BadMessage(Exception):
    """The other side speaks something else; the text says what. The link cannot go on."""


def pack(message: Up | Down) -> bytes:
    """One message with its head."""
    tag = message.__struct_config__.tag
    assert isinstance(tag, int)  # noqa: S101 - the schema gives every message a number
    body = _encode(message)
    return _HEAD.pack(1 + len(body)) + bytes((tag,)) + body


class Unpacker(Generic[T]):
    """Bytes in, messages out. Holds at most one incomplete message of at most `limit` bytes."""

    def __init__(self, kind: Any, limit: int) -> None:
        """kind: the union of messages to expect, `Up` or `Down`."""
        self._decoder = msgspec.msgpack.Decoder(kind)
        self._tags = frozenset(one.__struct_config__.tag for one in get_args(kind))
        self._limit = limit
        self._held = bytearray()

    def feed(self, data: bytes) -> list[T]:
        """The messages that are complete now. Raises BadMessage; the unpacker is useless then."""
        held = self._held
        held += data
        found: list[T] = []
        start = 0
        while len(held) - start >= _HEAD.size:
            (length,) = _HEAD.unpack_from(held, start)
            self._check(length, held, start + _HEAD.size)
            end = start + _HEAD.size + length
            if end > len(held):
                break
            at = start + _HEAD.size
            found.append(self._decoded(held[at], bytes(held[at + 1 : end])))
            start = end
        del held[:start]
        return found

    def _check(self, length: int, held: bytearray, at: int) -> None:
        if not 1 < length <= self._limit:
            raise BadMessage(f"a message of {length} bytes, allowed are 2 to {self._limit}")
        if at < len(held) and held[at] not in self._tags:
            raise BadMessage(f"message type {held[at]} is unknown")

    def _decoded(self, tag: int, body: bytes) -> T:
        try:
            message: T = self._decoder.decode(body)
        except (ValueError, RecursionError) as problem:  # also text that is not UTF-8
            raise BadMessage(f"a message that cannot be read: {problem}") from None
        if message.__struct_config__.tag != tag:  # type: ignore[attr-defined]
            raise BadMessage(f"a message that cannot be read: its type is not {tag}")
        return message


def up_unpacker() -> "Unpacker[Up]":
    """For a cockpit."""
    return Unpacker(Up, UP_LIMIT)


def down_unpacker() -> "Unpacker[Down]":
    """For a host."""
    return Unpacker(Down, DOWN_LIMIT)
