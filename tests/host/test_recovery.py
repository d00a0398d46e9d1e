"""A restart of a full day: it takes what it needs from both files, and not long."""

import time
from pathlib import Path

from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.engine import Engine
from ramstock_tui.core.records import PRINT
from ramstock_tui.host.recorder import Recorder
from ramstock_tui.host.source import Recording
from ramstock_tui.journal.ledger import Ledger
from ramstock_tui.journal.lines import decision_line
from ramstock_tui.journal.market_reader import MarketReader
from tests.core.sessions import rules
from tests.host.test_full_disk import Run

DAY = 50_000
STATELESS = ("near", "idle", "reject", "suppress", "flash", "collapse")


def half_minute(where: Path) -> list[Decision]:
    run = Run(where, rate=400)
    run.on(30)
    run.abandon()
    return Recording(where).decisions


def test_a_day_of_50_000_lines_is_there_again_within_3_seconds(tmp_path: Path) -> None:
    where = tmp_path / "one"
    decisions = half_minute(where)
    book = Ledger.resume(where / "ledger.jsonl", wall_ns=time.time_ns)
    fill = [decision_line(d) for d in decisions if d.kind in STATELESS]
    while book.n < DAY:
        for line in fill:
            book.write(line, sync=False)
    book.close()
    began = time.process_time()
    engine = Engine(rules())
    recorder = Recorder.resume(engine, where, 0)
    took_s = time.process_time() - began
    assert recorder.ledger.n >= DAY
    assert len(engine.history) >= DAY - 1
    assert took_s < 3
    recorder.abandon()


def test_a_restart_knows_the_newest_price_of_every_stock(tmp_path: Path) -> None:
    where = tmp_path / "one"
    half_minute(where)
    rows = [row for block in MarketReader(where / "market.rsm").blocks() for row in block.rows()]
    recorder = Recorder.resume(Engine(rules()), where, 0)
    assert recorder.lasts == {row[1]: row[4] for row in rows if row[2] == PRINT}
    assert len(recorder.lasts) > 4
    assert recorder.resumed_ts == rows[-1][0]
    recorder.abandon()
