"""docs/formats.md says what this program writes, and its reader reads it alone."""

import ast
import hashlib
import json
import re
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from ramstock_tui.core.records import BLOB_KINDS, RECORD
from ramstock_tui.journal import codec
from ramstock_tui.journal.market import MarketReader
from ramstock_tui.journal.seal import seal
from tests.journal.journal_help import events, fill, ledger, signal, writer

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs" / "formats.md").read_text("utf-8")
SIZES = {"u8": 1, "u16": 2, "u32": 4, "i32": 4, "u64": 8, "i64": 8}


def reader_source() -> str:
    [source] = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)
    return str(source)


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "market.rsm"
    market = writer(path)
    made = events(9_000)
    fill(market, made[:20])
    market.close_block(by_ledger=True)
    market.skip_seq()
    fill(market, made[20:])
    market.close()
    return path


def read_alone(path: Path) -> "subprocess.CompletedProcess[str]":
    script = path.parent / "reader.py"
    script.write_text(reader_source(), "utf-8")
    return subprocess.run(
        [sys.executable, "-I", script, path],
        cwd=path.parent,
        capture_output=True,
        text=True,
        check=False,
    )


def read_here(path: Path, *, strict: bool = True) -> list[list[object]]:
    found: list[list[object]] = []
    for block in MarketReader(path).blocks(strict):
        for i, row in enumerate(block.rows()):
            is_blob = row[2] in BLOB_KINDS
            blob = block.blob_of(row) if is_blob else b""
            plain = (*row[:5], 0, row[6]) if is_blob else row
            found.append([block.first_seq + i, *plain, blob.hex()])
    return found


def test_the_reader_is_short_and_needs_nothing_of_this_program() -> None:
    tree = ast.parse(reader_source())
    imported = {
        name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names
    }
    assert imported == {"json", "struct", "sys", "zlib", "zstandard"}
    assert not any(isinstance(node, ast.ImportFrom) for node in ast.walk(tree))
    assert len(reader_source().splitlines()) <= 65


@pytest.mark.parametrize("sealed", [False, True])
def test_the_reader_gives_what_this_program_reads(recording: Path, sealed: bool) -> None:
    if sealed:
        seal(recording)
    done = read_alone(recording)
    assert (done.returncode, done.stderr) == (0, "")
    alone = [json.loads(line) for line in done.stdout.splitlines()]
    assert alone == read_here(recording)
    assert len(alone) == 9_000
    assert alone[20][0] == 22  # one number went to the ledger


@pytest.mark.parametrize("cut", [1, 30, 5_000])
def test_given_a_torn_end_then_the_reader_stops_with_an_error(recording: Path, cut: int) -> None:
    data = recording.read_bytes()
    recording.write_bytes(data[:-cut])
    done = read_alone(recording)
    assert done.returncode == 1
    assert "Error" in done.stderr
    alone = [json.loads(line) for line in done.stdout.splitlines()]
    assert alone == read_here(recording, strict=False)


@pytest.mark.parametrize(
    ("heading", "layout"),
    [
        ("File header", codec.FILE_HEADER),
        ("Block header", codec.BLOCK_HEADER),
        ("Record", RECORD),
    ],
)
def test_the_tables_of_fields_fill_the_layouts(heading: str, layout: struct.Struct) -> None:
    part = DOCUMENT.split(f"### {heading}, {layout.size} bytes")[1].split("\n### ")[0]
    rows = re.findall(r"^\| (\d+) \| ([a-z0-9 ]+) \|", part, re.MULTILINE)
    end = 0
    for at, kind in rows:
        assert int(at) == end
        end += SIZES[kind] if kind in SIZES else int(kind.split()[0])
    assert end == layout.size


def test_the_lengths_of_the_trailer_are_those_of_its_layouts() -> None:
    part = DOCUMENT.split("### Trailer")[1].split("\n## ")[0]
    assert f"head, {codec.TRAILER_HEAD.size} bytes" in part
    assert f"index, {codec.INDEX_ENTRY.size} bytes a block" in part
    assert f"counts, {codec.KIND_COUNT.size} bytes each" in part
    assert f"foot, {codec.TRAILER_FOOT.size} bytes" in part


def test_every_kind_of_record_is_in_the_document() -> None:
    from ramstock_tui.verbs.journal.tables import KIND_NAMES

    told = re.findall(r"^\| (\d+) \| ([A-Z0-9_]+) \|", DOCUMENT, re.MULTILINE)
    assert {int(kind): name for kind, name in told} == KIND_NAMES


def test_the_chain_and_the_sums_of_a_ledger_are_those_of_the_document(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    book = ledger(path)
    for seq in range(1, 6):
        book.write(signal(seq, info={"text": 'odd","h":"0123456789abcdef"é'}), sync=False)
    book.close()
    before = b"0" * 16
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        body, h, c = line[:-39], line[-33:-17], line[-10:-2]
        assert line == body + b',"h":"' + h + b'","c":"' + c + b'"}'
        assert c == b"%08x" % zlib.crc32(line[:-16])
        assert h == hashlib.sha256(before + body + b"}").hexdigest()[:16].encode()
        assert list(json.loads(line))[:9] == [
            *("v", "n", "at", "i", "timestamp", "ts", "kind", "ticker", "profile"),
        ]
        assert json.loads(line)["n"] == number
        before = h
