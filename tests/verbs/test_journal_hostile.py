"""Files that were made to do harm, through every verb: one line of reason, nothing else."""

import struct
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
import zstandard

from ramstock_tui.core.records import RECORD
from ramstock_tui.errors import RamstockError
from ramstock_tui.journal import codec
from ramstock_tui.journal.check import check
from ramstock_tui.journal.session_dir import SessionDir
from ramstock_tui.verbs.journal import export, listing, repair, show, tail, verify
from tests.journal.journal_help import TS, row
from tests.verbs.journal_sessions import is_plain, small

LEDGERS: dict[str, bytes] = {
    "empty": b"",
    "garbage": bytes(range(256)) * 40,
    "nul": b"\0" * 5_000 + b"\n",
    "bom": b'\xef\xbb\xbf{"v":1}\n',
    "crlf": b'{"v":1,"n":1}\r\n' * 3,
    "not utf-8": b'{"v":1,"kind":"\xff\xfe"}\n',
    "nested": b"[" * 100_000 + b"\n",
    "nested in a line that holds": b"",
    "escapes": b"\x1b]0;owned\x07\x1b[2J\n",
    "newlines": b"\n" * 3_000,
    "long number": b"",
}


def held(line: bytes) -> bytes:
    """The line with sums that hold; its chain does not."""
    head = line[:-1] + b',"h":"0123456789abcdef"'
    return head + b',"c":"%08x"}\n' % zlib.crc32(head)


LEDGERS["nested in a line that holds"] = held(
    b'{"v":1,"n":1,"ts":1,"kind":"x","body":' + b"[" * 900 + b"]" * 900 + b"}"
)
LEDGERS["long number"] = held(b'{"v":1,"n":1,"ts":' + b"9" * 4_000 + b',"kind":"x","i":1}')


def verbs(where: SessionDir, out: Path) -> list[Callable[[], object]]:
    everything = show.Filter.parse(begin="00:00", symbol="A")
    return [
        lambda: show.run(where.path, show.Filter.parse(), None, as_json=False),
        lambda: show.run(where.path, show.Filter.parse(), None, as_json=True),
        lambda: show.run(where.path, everything, None, as_json=False),
        lambda: tail.run(where.path, count=5, follow=False, as_json=False),
        lambda: verify.run(where.path, as_json=False),
        lambda: verify.run(where.path, as_json=True),
        lambda: repair.run(where.path, dry_run=True),
        lambda: export.run(where.path, to="csv", what="both", out=out),
        lambda: export.run(where.path, to="jsonl", what="both", out=out),
        lambda: list(listing.sessions(where.path.parent.parent)),
    ]


def survive(where: SessionDir, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for verb in verbs(where, out):
        with suppress(RamstockError):
            verb()
        told = capsys.readouterr()
        assert is_plain(told.out + told.err)


@pytest.mark.parametrize("name", LEDGERS)
def test_a_hostile_ledger_is_named_and_survived(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    where = small(tmp_path / "replay" / "s")
    where.ledger.write_bytes(LEDGERS[name])
    survive(where, tmp_path / "out", capsys)
    assert check(where.path).ok is (name == "empty")  # nothing was decided yet


def test_a_line_of_100_mb_is_passed_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = small(tmp_path / "replay" / "s")
    whole = where.ledger.read_bytes()
    with where.ledger.open("wb") as file:
        file.truncate(100 << 20)
        file.seek(100 << 20)
        file.write(b"\n" + whole)
    [finding, *_] = check(where.path).findings
    assert (finding.line, finding.offset) == (1, 0)
    assert "longer than 1048576 bytes" in finding.problem
    assert tail.run(where.path, count=1, follow=False, as_json=True) == 0
    assert '"n":4' in capsys.readouterr().out


def block(raw_len: int, count: int, stored: bytes, codec_number: int = codec.ZSTD) -> bytes:
    head = codec.BLOCK_HEADER.pack(
        codec.BLOCK_MAGIC, raw_len, len(stored), count, codec_number, 0, 0, 1, TS, 0
    )[:-4]
    return head + struct.pack("<I", zlib.crc32(stored, zlib.crc32(head))) + stored


def bombs() -> dict[str, bytes]:
    zeros = zstandard.ZstdCompressor().compress(bytes(64 << 20))
    small_frame = zstandard.ZstdCompressor().compress(RECORD.pack(*row(0)) * 40)
    return {
        "a frame that unfolds to 64 MB": block(codec.MAX_RAW, 1, zeros),
        "a billion records": block(codec.MAX_RAW, 1_000_000_000, small_frame),
        "a block longer than the file": block(960, 40, small_frame)[:-3],
        "a length of 4 GB": block(0xFFFF_FFFF, 40, small_frame),
        "no zstd": block(960, 40, b"x" * 100),
    }


@pytest.mark.parametrize("name", bombs())
def test_a_hostile_recording_is_named_and_survived(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    where = small(tmp_path / "replay" / "s")
    head = where.market.read_bytes()[: codec.FILE_HEADER.size]
    where.market.write_bytes(head + bombs()[name])
    survive(where, tmp_path / "out", capsys)
    finding = check(where.path).findings[0]
    assert (finding.file, finding.offset) == ("market.rsm", codec.FILE_HEADER.size)


@pytest.mark.parametrize("name", ["market.rsm", "ledger.jsonl", "session.lock", "session.toml"])
def test_a_fifo_or_a_directory_in_place_of_a_file_holds_nothing_up(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    import os

    for kind, make in (("fifo", os.mkfifo), ("folder", os.mkdir)):
        where = small(tmp_path / kind / "replay" / "s")
        (where.path / name).unlink(missing_ok=True)
        make(where.path / name)
        survive(where, tmp_path / kind / "out", capsys)
