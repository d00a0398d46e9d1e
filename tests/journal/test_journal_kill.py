"""A killed or limited process loses nothing that it acknowledged."""

import os
import random
import resource
import signal as signals
import subprocess
import sys
from itertools import islice
from pathlib import Path

from ramstock_tui.journal.ledger import read_ledger
from ramstock_tui.journal.market import MarketWriter
from ramstock_tui.journal.seal import seal
from tests.journal.journal_help import content, resumed

HERE = Path(__file__).parent
WRITER = """
import os, sys
sys.path[:0] = sys.argv[2:]
from pathlib import Path
from ramstock_tui.journal.disk import DISK
from tests.journal.journal_help import TS, resumed, signal, row
from ramstock_tui.journal.market import MarketWriter
book = resumed(Path(sys.argv[1]) / "ledger.jsonl", disk=DISK)
market = MarketWriter.resume(
    Path(sys.argv[1]) / "market.rsm", min_next_seq=book.last_seq + 1
)
while True:
    for _ in range(40):
        market.append(row(market.next_seq))
    market.close_block(by_ledger=True)
    seq = market.skip_seq()
    book.write({"kind": "command", "seq": seq, "ts": row(seq)[0]}, sync=True)
    os.write(1, b"%d\\n" % seq)
    book.write(signal(seq), sync=False)
"""


def command(directory: Path) -> list[str]:
    return [sys.executable, "-c", WRITER, str(directory), str(HERE), str(HERE.parent.parent)]


def start(directory: Path) -> None:
    from tests.journal.journal_help import ledger, writer

    writer(directory / "market.rsm").close()
    ledger(directory / "ledger.jsonl").close()


def test_given_ten_kills_at_random_moments_then_no_acknowledged_line_is_lost(
    tmp_path: Path,
) -> None:
    start(tmp_path)
    chance = random.Random(7)
    acknowledged: list[int] = []
    for _ in range(10):
        with subprocess.Popen(command(tmp_path), stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            acknowledged += map(int, islice(process.stdout, chance.randrange(1, 40)))
            process.send_signal(signals.SIGKILL)
            acknowledged += map(int, process.stdout.read().splitlines())
    MarketWriter.resume(tmp_path / "market.rsm").close()
    resumed(tmp_path / "ledger.jsonl").close()
    lines = [line.raw for line in read_ledger(tmp_path / "ledger.jsonl")]
    commands = [line["seq"] for line in lines if line["kind"] == "command"]
    assert set(acknowledged) <= set(commands)
    assert commands == sorted(set(commands))
    assert len(set(commands) - set(acknowledged)) <= 10  # written, killed before it was said
    assert len(commands) > 50
    records = [seq for seq, _, _ in content(tmp_path / "market.rsm")]
    assert set(range(1, max(commands) + 1)) == set(commands) | {
        seq for seq in records if seq < max(commands)
    }
    before = content(tmp_path / "market.rsm")
    seal(tmp_path / "market.rsm")
    assert content(tmp_path / "market.rsm") == before


def _limit() -> None:
    signals.signal(signals.SIGXFSZ, signals.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))


def test_given_a_file_size_limit_then_both_files_stop_cleanly_and_go_on_later(
    tmp_path: Path,
) -> None:
    start(tmp_path)
    done = subprocess.run(
        command(tmp_path),
        capture_output=True,
        preexec_fn=_limit,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
    )
    assert b"JournalError" in done.stderr
    assert b"File too large" in done.stderr
    acknowledged = list(map(int, done.stdout.splitlines()))
    market = MarketWriter.resume(tmp_path / "market.rsm")
    book = resumed(tmp_path / "ledger.jsonl")
    assert market.torn + book.torn > 0
    commands = [
        line.raw["seq"]
        for line in read_ledger(tmp_path / "ledger.jsonl")
        if line.raw["kind"] == "command"
    ]
    assert commands == acknowledged
    assert len(commands) > 10
