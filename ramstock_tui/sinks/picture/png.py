"""A picture of a few colours, drawn by rectangles and letters, as a PNG file."""

import struct
import zlib

from ramstock_tui.sinks.picture.letters import HEIGHT, WIDTH, rows_of

Colour = tuple[int, int, int]


class Raster:
    """width x height pixels of the first colour. palette: at most 256 colours. What lies outside is
    cut off."""

    def __init__(self, width: int, height: int, palette: tuple[Colour, ...]) -> None:
        self.width = width
        self.height = height
        self._palette = palette
        self._rows = [bytearray(width) for _ in range(height)]

    def box(self, x: int, y: int, width: int, height: int, colour: int) -> None:
        """A filled rectangle."""
        left, right = max(0, x), min(self.width, x + width)
        if right > left:
            for row in self._rows[max(0, y) : max(0, y + height)]:
                row[left:right] = bytes((colour,)) * (right - left)

    def text(self, x: int, y: int, words: str, colour: int, scale: int = 2) -> int:
        """Letters whose upper left corner is x, y; where the next one would stand. What there is no
        letter for is a gap."""
        for letter in words:
            for down, bits in enumerate(rows_of(letter)):
                for run in range(WIDTH):
                    if bits >> (WIDTH - 1 - run) & 1:
                        self.box(x + run * scale, y + down * scale, scale, scale, colour)
            x += (WIDTH + 1) * scale
        return x

    def png(self) -> bytes:
        """The file."""
        head = struct.pack(">IIBBBBB", self.width, self.height, 8, 3, 0, 0, 0)
        colours = b"".join(bytes(colour) for colour in self._palette)
        lines = b"".join(b"\0" + bytes(row) for row in self._rows)
        parts = ((b"IHDR", head), (b"PLTE", colours), (b"IDAT", zlib.compress(lines, 6)))
        body = b"".join(_chunk(name, data) for name, data in (*parts, (b"IEND", b"")))
        return b"\x89PNG\r\n\x1a\n" + body


def line_height(scale: int = 2) -> int:
    """Pixels from one line of text to the next."""
    return (HEIGHT + 2) * scale


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
