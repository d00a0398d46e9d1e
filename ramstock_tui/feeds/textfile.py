"""Lines of a text file that may be compressed (zstd, gzip), found by content and not by name."""

import hashlib
import zlib
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Protocol

import zstandard

from ramstock_tui.errors import RamstockError

CHUNK_BYTES = 1 << 16
LINE_LIMIT = 1 << 16  # characters; 50 levels need about 2,300

_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_GZIP_MAGIC = b"\x1f\x8b"


class TextFileError(RamstockError):
    """A file that cannot be read to its end as text lines; the message names it."""


class _Decompressor(Protocol):
    """One compressed frame; `eof` once it is complete, `unused_data` belongs to the next frame."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, /) -> bytes: ...


def chunks(path: Path) -> Iterator[bytes]:
    """The decompressed content in pieces. A damaged or cut compressed file raises TextFileError."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
            file.seek(0)
            pieces = iter(lambda: file.read(CHUNK_BYTES), b"")
            opener = _opener(start)
            yield from pieces if opener is None else _decompressed(pieces, opener)
    except (zstandard.ZstdError, zlib.error, EOFError) as error:
        raise TextFileError(f"{path}: damaged or cut off: {error}") from error


def lines(path: Path) -> Iterator[str]:
    """The lines without their ends (LF or CRLF). Blank lines at the end of the file are left out.

    Bytes are taken as Latin-1, so that any content has a text to show in a message.
    """
    return chain.from_iterable(_line_lists(path))


def digest_of(path: Path) -> tuple[bytes, int, int]:
    """(SHA-256, bytes, line ends) of the decompressed content: the same for every compression."""
    sha, total, ends = hashlib.sha256(), 0, 0
    for piece in chunks(path):
        sha.update(piece)
        total += len(piece)
        ends += piece.count(b"\n")
    return sha.digest(), total, ends


def _opener(start: bytes) -> Callable[[], _Decompressor] | None:
    if start == _ZSTD_MAGIC:
        context = zstandard.ZstdDecompressor()
        return context.decompressobj
    if start[:2] == _GZIP_MAGIC:
        return lambda: zlib.decompressobj(wbits=31)
    return None


def _decompressed(pieces: Iterator[bytes], opener: Callable[[], _Decompressor]) -> Iterator[bytes]:
    """All frames one after the other; a frame without its end raises EOFError."""
    frame, open_frame = opener(), False
    for piece in pieces:
        rest = piece
        while rest:
            open_frame = True
            yield frame.decompress(rest)
            rest = b""
            if frame.eof:
                rest, frame, open_frame = frame.unused_data, opener(), False
    if open_frame:
        raise EOFError("the compressed data has no end")


def _line_lists(path: Path) -> Iterator[list[str]]:
    carry, blanks = "", 0
    for piece in chain(chunks(path), (b"\n",)):
        text = carry + piece.decode("latin-1")
        if "\r" in text:
            text = text.replace("\r\n", "\n")
        found = text.split("\n")
        carry = found.pop()
        if len(carry) > LINE_LIMIT:
            raise TextFileError(f"{path}: a line of more than {LINE_LIMIT} characters; not a table")
        if blanks:
            found = [""] * blanks + found
            blanks = 0
        while found and not found[-1]:
            found.pop()
            blanks += 1
        yield found
