"""`ramstock journal tail`: the last lines, then those that a living writer adds."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ramstock_tui.journal.follow import LedgerFollower
from ramstock_tui.journal.lines import MAX_LINE
from ramstock_tui.verbs.journal import tail
from tests.host.help import environment
from tests.journal.journal_help import ledger, resumed
from tests.journal.journal_help import signal as line
from tests.verbs.journal_sessions import small

ROOT = Path(__file__).resolve().parents[2]
WRITER = """
import sys, time
from pathlib import Path
from ramstock_tui.journal.ledger import Ledger
book = Ledger.resume(Path(sys.argv[1]), wall_ns=time.time_ns)
for seq in sys.stdin:
    n = book.write({"kind": "reject", "ts": 1, "ticker": seq.strip()}, sync=True)
    print(n, flush=True)
"""


@contextmanager
def writing(path: Path) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def write(process: "subprocess.Popen[str]", ticker: str) -> int:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(ticker + "\n")
    process.stdin.flush()
    return int(process.stdout.readline())


@contextmanager
def following(path: Path, *words: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", "ramstock_tui", "journal", "tail", path, "--follow", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment(path.parent),
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def next_number(process: "subprocess.Popen[str]") -> int:
    assert process.stdout is not None
    return int(json.loads(process.stdout.readline())["n"])


@pytest.mark.parametrize(("count", "numbers"), [(0, []), (2, [3, 4]), (10, [1, 2, 3, 4])])
def test_the_last_lines_are_shown(
    tmp_path: Path, count: int, numbers: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    where = small(tmp_path / "s")
    assert tail.run(where.path, count=count, follow=False, as_json=True) == 0
    shown = [json.loads(one)["n"] for one in capsys.readouterr().out.splitlines()]
    assert shown == numbers


def test_lines_of_a_living_writer_come_also_after_it_was_killed_and_started_again(
    tmp_path: Path,
) -> None:
    where = small(tmp_path / "s")
    with following(where.path, "--json", "-n", "1") as shown:
        assert next_number(shown) == 4
        with writing(where.ledger) as writer:
            assert write(writer, "AAA") == 5
            assert next_number(shown) == 5
        with where.ledger.open("ab") as file:
            file.write(b'{"v":1,"n":6,"ti')  # what a kill in the middle of a line leaves
        with writing(where.ledger) as writer:
            assert write(writer, "BBB") == 6
            assert next_number(shown) == 6
            assert write(writer, "CCC") == 7
            assert next_number(shown) == 7
        shown.send_signal(signal.SIGINT)
        out, err = shown.communicate(timeout=20)
    assert (shown.returncode, out) == (130, "")
    assert "Traceback" not in err


def test_given_a_reader_that_leaves_then_following_ends_by_itself(tmp_path: Path) -> None:
    where = small(tmp_path / "s")
    with following(where.path, "--json", "-n", "1") as shown:
        assert next_number(shown) == 4
        assert shown.stdout is not None
        assert shown.stderr is not None
        shown.stdout.close()
        assert shown.wait(timeout=20) == 1
        assert shown.stderr.read() == ""


def told(follower: LedgerFollower) -> list[int | str]:
    return [found.problem if found.raw is None else found.raw["n"] for found in follower.poll()]


def test_a_line_without_its_end_waits_until_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    book = ledger(path)
    book.write(line(1), sync=False)
    book.write(line(2), sync=False)
    book.close()
    data = path.read_bytes()
    first = data.index(b"\n") + 1
    path.write_bytes(data[: first + 10])
    follower = LedgerFollower(path)
    assert told(follower) == [1]
    for end in range(first + 11, len(data)):
        with path.open("ab") as file:
            file.write(data[end - 1 : end])
        assert told(follower) == []
    with path.open("ab") as file:
        file.write(data[-1:])
    assert told(follower) == [2]
    follower.close()


def test_given_a_line_that_was_taken_back_then_the_one_in_its_place_is_shown(
    tmp_path: Path,
) -> None:
    path = tmp_path / "ledger.jsonl"
    book = ledger(path)
    for seq in range(1, 400):
        book.write(line(seq), sync=False)
    book.close()
    follower = LedgerFollower(path)
    assert told(follower) == list(range(1, 400))
    data = path.read_bytes()
    cut = data.rindex(b"\n", 0, -1) + 1
    os.truncate(path, cut)
    assert told(follower) == [f"the ledger was cut back to byte {cut}"]
    book = resumed(path)
    book.write(line(7), sync=False)
    book.close()
    assert told(follower) == [399]
    follower.close()


def test_given_a_new_file_under_the_name_then_it_is_followed(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    ledger(path).close()
    follower = LedgerFollower(path)
    assert told(follower) == []
    path.rename(tmp_path / "old")
    assert told(follower) == []
    book = ledger(path)
    book.write(line(1), sync=False)
    book.close()
    assert told(follower) == ["a new ledger stands here", 1]
    follower.close()


def test_damaged_and_endless_lines_are_named_and_the_next_ones_come(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    book = ledger(path)
    book.write(line(1), sync=False)
    book.close()
    whole = path.read_bytes()
    path.write_bytes(b"\xef\xbb\xbf" + whole + b"\r\n" + b"x" * (3 * MAX_LINE + 5) + b"\n" + whole)
    follower = LedgerFollower(path)
    assert told(follower) == [
        "byte 0: starts with a byte order mark",
        f"byte {len(whole) + 3}: ends with CR LF",
        f"byte {len(whole) + 5}: longer than {MAX_LINE} bytes",
        1,
    ]
    assert told(follower) == []
    follower.close()
