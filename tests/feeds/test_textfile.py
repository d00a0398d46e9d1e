"""Text files of every compression give the same lines; damaged ones are named."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from ramstock_tui.feeds.textfile import LINE_LIMIT, TextFileError, digest_of, lines

TEXT = "".join(f"row {i},{i * i}\n" for i in range(20_000)).encode()

Compress = Callable[[bytes], bytes]


def packed(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("compress", [bytes, gzip.compress, zstandard.compress])
def test_every_compression_gives_the_same_lines_and_digest(
    tmp_path: Path, compress: Compress
) -> None:
    plain = packed(tmp_path, "plain", TEXT)
    path = packed(tmp_path, "file", compress(TEXT))
    assert list(lines(path)) == TEXT.decode().splitlines()
    assert digest_of(path) == digest_of(plain)


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.compress])
def test_frames_that_follow_each_other_are_all_read(tmp_path: Path, compress: Compress) -> None:
    half = TEXT.index(b"\n", len(TEXT) // 2) - 3  # inside a line
    path = packed(tmp_path, "file", compress(TEXT[:half]) + compress(TEXT[half:]))
    assert list(lines(path)) == TEXT.decode().splitlines()


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.compress])
def test_a_file_that_was_cut_off_is_named(tmp_path: Path, compress: Compress) -> None:
    data = compress(TEXT)
    for kept in (5, len(data) // 2, len(data) - 1):
        path = packed(tmp_path, "cut", data[:kept])
        with pytest.raises(TextFileError, match="cut: damaged or cut off"):
            list(lines(path))


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.compress])
def test_damaged_bytes_are_named(tmp_path: Path, compress: Compress) -> None:
    data = bytearray(compress(TEXT))
    data[len(data) // 2] ^= 0xFF
    data[len(data) // 2 + 1] ^= 0xFF
    path = packed(tmp_path, "damaged", bytes(data))
    with pytest.raises(TextFileError, match="damaged: damaged or cut off"):
        list(lines(path))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", []),
        (b"\n\n", []),
        (b"a\nb", ["a", "b"]),
        (b"a\r\nb\r\n", ["a", "b"]),
        (b"a\r\nb\r", ["a", "b"]),
        (b"a\n\n\nb\n\n", ["a", "", "", "b"]),
    ],
)
def test_line_ends_and_blank_lines(tmp_path: Path, data: bytes, expected: list[str]) -> None:
    assert list(lines(packed(tmp_path, "file", data))) == expected


def test_blank_lines_across_pieces_keep_their_number(tmp_path: Path) -> None:
    data = b"a\n" + b"\n" * 200_000 + b"b\n"
    assert list(lines(packed(tmp_path, "file", data))) == ["a", *[""] * 200_000, "b"]


def test_a_file_without_line_ends_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    path = packed(tmp_path, "file", b"x" * (3 * LINE_LIMIT))
    with pytest.raises(TextFileError, match="not a table"):
        list(lines(path))
