"""Whatever happened to a ledger is named, and what holds is still read."""

import json
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ramstock_tui.errors import JournalError
from ramstock_tui.journal.ledger import LedgerLine, LedgerReader, Problem, read_ledger
from tests.journal.journal_help import TS, ledger, resumed, signal, torn_files


def book_of(path: Path, count: int) -> bytes:
    book = ledger(path)
    for seq in range(1, count + 1):
        book.write(signal(seq), sync=False)
    book.close()
    return path.read_bytes()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.jsonl"


def loose(path: Path) -> tuple[list[int], list[Problem]]:
    reader = LedgerReader(path)
    return [line.n for line in reader], reader.problems


def check_summed(line: dict[str, object]) -> bytes:
    """The line with a checksum that holds and any chain hash."""
    head = json.dumps(line, separators=(",", ":")).encode()[:-1] + b',"h":"0123456789abcdef"'
    return head + b',"c":"%08x"}\n' % zlib.crc32(head)


def test_given_a_cut_at_any_byte_of_the_last_three_lines_then_the_rest_is_kept(path: Path) -> None:
    data = book_of(path, 6)
    starts = [line.offset for line in read_ledger(path)]
    for cut in range(starts[3], len(data) + 1):
        path.write_bytes(data[:cut])
        whole = sum(start <= cut for start in [*starts[1:], len(data)])
        torn = cut - [*starts, len(data)][whole]
        numbers, problems = loose(path)
        assert numbers == list(range(1, whole + 1))
        assert [(one.line, one.offset) for one in problems] == (
            [(whole + 1, cut - torn)] if torn else []
        )
        if torn:
            with pytest.raises(JournalError, match=rf"line {whole + 1} .*: torn"):
                list(read_ledger(path))
        book = resumed(path)
        assert (book.n, book.torn) == (whole, torn)
        book.write(signal(99), sync=False)
        book.close()
        assert [line.n for line in read_ledger(path)] == list(range(1, whole + 2))
        assert [side.read_bytes() for side in torn_files(path)] == (
            [data[cut - torn : cut]] if torn else []
        )
        for side in torn_files(path):
            side.unlink()


def test_every_flipped_bit_is_found(path: Path) -> None:
    data = book_of(path, 2)
    good = [line.raw for line in read_ledger(path)]
    for bit in range(8 * len(data)):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        path.write_bytes(flipped)
        reader = LedgerReader(path)
        found = [line.raw for line in reader]
        assert reader.problems, f"bit {bit}"
        assert len(found) in (0, 1)  # a flipped newline takes two lines
        assert all(line in good for line in found)


@pytest.mark.parametrize(
    ("garbage", "why"),
    [
        (b"", "empty line"),
        (b"hello", "no ledger line"),
        (b"{}", "no ledger line"),
        (b"\0" * 5000, "NUL"),
        (b"\xff\xfe\xfd", "not UTF-8"),
        (b"[" * 100_000, "no ledger line"),
        (b"x" * (3 << 20), "longer than 1048576"),
        (b"x" * (1 << 20), "longer than 1048576"),
        (b"x" * ((1 << 20) - 1), "no ledger line"),
        (b'{"v":1,"n":2,"c":"00000000"}', "checksum"),
    ],
    ids=range(10),
)
def test_garbage_between_lines_is_named_and_passed_over(
    garbage: bytes, why: str, path: Path
) -> None:
    lines = book_of(path, 4).splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], garbage, b"\n", *lines[2:]]))
    numbers, problems = loose(path)
    assert numbers == [1, 2, 3, 4]
    (problem,) = problems
    assert (problem.line, problem.offset) == (3, len(lines[0] + lines[1]))
    assert why in problem.reason
    found: list[LedgerLine] = []
    with pytest.raises(JournalError, match=rf"ledger.jsonl: line 3 \(byte \d+\): .*{why}"):
        found.extend(read_ledger(path))
    assert len(found) == 2
    with pytest.raises(JournalError, match="so it is not continued"):
        resumed(path)


def test_a_byte_order_mark_and_crlf_are_named(path: Path) -> None:
    data = book_of(path, 2)
    path.write_bytes(b"\xef\xbb\xbf" + data)
    assert [one.reason for one in loose(path)[1]] == ["starts with a byte order mark"]
    path.write_bytes(data.replace(b"\n", b"\r\n"))
    assert loose(path) == (
        [],
        [
            Problem(1, 0, "ends with CR LF"),
            Problem(2, len(data.splitlines()[0]) + 2, "ends with CR LF"),
        ],
    )


def test_deep_nesting_with_a_good_checksum_is_named(path: Path) -> None:
    head = b'{"v":1,"n":1,"deep":' + b"[" * 400_000 + b',"h":"0123456789abcdef"'
    path.write_bytes(head + b',"c":"%08x"}\n' % zlib.crc32(head))
    numbers, (problem,) = loose(path)
    assert numbers == []
    assert "no JSON object" in problem.reason


@pytest.mark.parametrize(
    "line",
    [
        {"v": 1, "n": 1},
        {"v": 1, "n": "1", "ts": 1, "kind": "x"},
        {"v": True, "n": 1, "ts": 1, "kind": "x"},
        {"v": 0, "n": 1, "ts": 1, "kind": "x"},
        {"v": 1, "n": 0, "ts": 1, "kind": "x"},
        {"v": 1, "n": 1, "ts": 1, "kind": 7},
    ],
)
def test_a_check_summed_line_without_its_keys_is_named(line: dict[str, object], path: Path) -> None:
    path.write_bytes(check_summed(line))
    assert loose(path)[0] == []
    assert len(loose(path)[1]) == 1


def test_repeated_missing_and_swapped_lines_are_found(path: Path) -> None:
    a, b, c, d = book_of(path, 4).splitlines(keepends=True)
    path.write_bytes(a + b + b + c + d)
    assert loose(path)[0] == [1, 2, 3, 4]
    assert [one.reason for one in loose(path)[1]] == ["line number 2 again; it is ignored"]
    path.write_bytes(a + b + d)
    assert loose(path)[0] == [1, 2, 4]
    assert [one.reason for one in loose(path)[1]] == ["expected line number 3, was 4"]
    path.write_bytes(a + c + b + d)
    assert loose(path)[0] == [1, 3, 4]
    assert len(loose(path)[1]) == 2
    for broken in (a + b + b + c, a + b + d, b + c):
        path.write_bytes(broken)
        with pytest.raises(JournalError):
            list(read_ledger(path))
        with pytest.raises(JournalError, match="not continued"):
            resumed(path)


def test_an_altered_line_with_a_new_checksum_breaks_the_chain(path: Path) -> None:
    a, b, c = book_of(path, 3).splitlines(keepends=True)
    head = b.rpartition(b',"c":')[0].replace(b"120400", b"120500")
    path.write_bytes(a + head + b',"c":"%08x"}\n' % zlib.crc32(head) + c)
    numbers, problems = loose(path)
    assert numbers == [1, 2, 3]
    assert [one.line for one in problems] == [2]
    assert "chain" in problems[0].reason


def test_a_repeated_last_line_is_moved_aside(path: Path) -> None:
    data = book_of(path, 2)
    last = data.splitlines(keepends=True)[-1]
    path.write_bytes(data + last)
    book = resumed(path)
    assert (book.n, book.torn) == (2, len(last))
    assert path.read_bytes() == data


def test_a_marker_explains_only_what_it_measures(path: Path) -> None:
    book = ledger(path)
    book.write(signal(1), sync=False)
    with path.open("ab") as file:
        file.write(b"half a line\n")
    book.write({"kind": "torn", "ts": TS, "bytes": 12}, sync=False)
    assert [one.line for one in loose(path)[1]] == [2]


def test_a_newer_version_is_read_but_not_continued(path: Path) -> None:
    data = book_of(path, 1)
    newer = check_summed({"v": 2, "n": 2, "ts": TS, "kind": "signal"})
    path.write_bytes(data + newer)
    reader = LedgerReader(path)
    assert [line.n for line in reader] == [1, 2]
    assert reader.newest_version == 2
    with pytest.raises(JournalError, match=r"written by version 2 .* not continued"):
        resumed(path)
    assert path.read_bytes() == data + newer


def test_countless_problems_are_counted_but_not_kept(path: Path) -> None:
    path.write_bytes(b"\n" * 5000)
    reader = LedgerReader(path)
    assert list(reader) == []
    assert (len(reader.problems), reader.problem_count) == (1000, 5000)
    assert resumed(path).torn == 5000


@settings(max_examples=60, deadline=None)
@given(garbage=st.binary(max_size=200), at=st.integers(0, 3), cut=st.booleans())
def test_given_any_bytes_between_lines_then_no_good_line_is_lost(
    garbage: bytes, at: int, cut: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "ledger.jsonl"
    lines = book_of(path, 3).splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:at], garbage, b"" if cut else b"\n", *lines[at:]]))
    numbers, problems = loose(path)
    clean = not garbage.strip(b"\n") and cut and not garbage
    assert bool(problems) != clean
    glued = at + 1 if cut and garbage and not garbage.endswith(b"\n") else None
    assert numbers == [n for n in (1, 2, 3) if n != glued]
