"""The picture of ladder and tape is a PNG that says what it was given."""

import struct
import zlib

import pytest

from ramstock_tui.sinks.alert import Shot
from ramstock_tui.sinks.picture import render
from ramstock_tui.sinks.picture.ladder import ASK, BID, MARK, PALETTE, WIDTH
from ramstock_tui.sinks.picture.letters import HEIGHT, rows_of

S = 1_000_000_000
SHOT = Shot(
    "ABCD",
    "[PENDING] ABCD 9.0",
    ((120000, 3600), (119900, 2600)),
    ((120300, 1400), (120400, 900)),
    ((34271 * S, 120300, 100, "B"), (34270 * S, 120000, 200, "S"), (34269 * S, 120100, 50, "M")),
    (120400, 119500, 122200),
)


def pixels(png: bytes) -> list[bytes]:
    """Rows of colour numbers, after checking every chunk."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    at, found = 8, dict[bytes, bytes]()
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        name, data = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        (crc,) = struct.unpack_from(">I", png, at + 8 + length)
        assert crc == zlib.crc32(name + data)
        found[name] = data
        at += 12 + length
    assert list(found) == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
    width, height, depth, kind = struct.unpack_from(">IIBB", found[b"IHDR"])
    assert (depth, kind, len(found[b"PLTE"])) == (8, 3, 3 * len(PALETTE))
    raw = zlib.decompress(found[b"IDAT"])
    assert len(raw) == height * (width + 1)
    return [raw[y * (width + 1) + 1 : (y + 1) * (width + 1)] for y in range(height)]


def test_sizes_are_bars_and_the_entry_is_marked() -> None:
    rows = pixels(render(SHOT))
    assert len(rows[0]) == WIDTH
    longest = {colour: max(row.count(colour) for row in rows) for colour in (BID, ASK)}
    assert longest[BID] > 2 * longest[ASK]
    assert sum(row.count(MARK) for row in rows) > 20


@pytest.mark.parametrize(
    "shot",
    [
        Shot("", "", (), (), (), (0, 0, 0)),
        Shot("X", "\x1b[31m" * 500, ((1, 0),), ((2, 10**12),), ((0, 1, 10**12, "?"),), (1, 1, 1)),
    ],
)
def test_an_odd_book_makes_a_picture_too(shot: Shot) -> None:
    assert pixels(render(shot))


def test_letters_differ() -> None:
    drawn = {letter: rows_of(letter) for letter in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ.,:$+-"}
    assert all(len(rows) == HEIGHT for rows in drawn.values())
    assert len(set(drawn.values())) == len(drawn)
    assert rows_of("a") == rows_of("A")
    assert not any(rows_of("\x1b"))
