"""Write, then act: the files of a running session (rulings 4)."""

import contextlib
import os
import time
from pathlib import Path
from typing import Any

import msgspec

from ramstock_tui import __version__
from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.engine import Answer, Engine
from ramstock_tui.core.limits import Change
from ramstock_tui.core.profile import Rules
from ramstock_tui.core.records import (
    BLOB_KINDS,
    CONFIG,
    LAST,
    PRINT,
    RECORD,
    RECORD_SIZE,
    RESUME_RECORDING,
    RESUME_RESTART,
    RESUME_STOPPED,
    RESUMED,
    Command,
    split_i64,
)
from ramstock_tui.errors import JournalError
from ramstock_tui.host.restart import unobeyed, what_changed
from ramstock_tui.host.source import Chunk, LedgerContent
from ramstock_tui.host.tally import Tally
from ramstock_tui.journal.codec import FILE_HEADER
from ramstock_tui.journal.disk import DISK, Disk
from ramstock_tui.journal.ledger import Ledger
from ramstock_tui.journal.ledger_reader import read_ledger
from ramstock_tui.journal.lines import command_line, decision_line
from ramstock_tui.journal.market import MarketWriter
from ramstock_tui.journal.market_reader import Block, MarketReader
from ramstock_tui.journal.market_walk import Walk
from ramstock_tui.journal.seal import seal
from ramstock_tui.journal.session_dir import Lease, SessionDir

# decisions that are on the disk before anything else happens (formats.md 2, class A)
CLASS_A = frozenset(
    {
        *("confirm", "fill", "outcome", "lock", "pause", "resume", "withdraw", "resumed"),
        *("limits", "equity", "phase"),
    }
)


_KIND_AT = 10  # of a record
MINUTE_NS = 60_000_000_000


class Recorder:
    """A desk (`host/drive.py`) that records every input before the engine sees it, and every
    decision before anybody else does. Errors are JournalError."""

    def __init__(
        self, engine: Engine, where: SessionDir, lease: Lease, market: MarketWriter, ledger: Ledger
    ) -> None:
        """For `create` and `resume`."""
        self.engine = engine
        self.dir = where
        self.taken: list[Decision] = []  # written decisions that the session has not looked at
        self.torn = market.torn + ledger.torn
        self.resumed_ts = 0  # instant of its `Resumed`, ns; 0 = it is new
        # what a resumed recording holds: market records and commands of that instant, and how many
        # records with a blob in all
        self.rows_then = self.commands_then = self.blobs = 0
        self.lasts: dict[int, int] = {}  # of a resumed one: symbol id -> newest price printed
        self.written = 0  # decisions that the ledger holds
        self.market = market
        self.ledger = ledger
        self._lease = lease
        self._disk = DISK
        self._tally = Tally()
        self._minute = 0  # of the last look at the counters
        self._counted: dict[str, Any] = {}
        self._named = ledger.last_seq  # the highest input seq that the ledger names

    @classmethod
    def create(
        cls,
        engine: Engine,
        path: Path,
        *,
        session_id: bytes,
        date: int,
        mode: int,
        created_ns: int,
        disk: Disk = DISK,
    ) -> "Recorder":
        """A new session directory; its ledger begins with the rules. What a host that died before
        its first record left there is replaced."""
        where = SessionDir(path)
        if where.lock_file.exists() and not begun(path):
            lease = where.lock(_label())
            where.market.unlink(missing_ok=True)
            where.ledger.unlink(missing_ok=True)
        else:
            where = SessionDir.create(path)
            lease = where.lock(_label())
        market = MarketWriter(
            where.market,
            session_id=session_id,
            session_date=date,
            mode=mode,
            created_ns=created_ns,
            disk=disk,
        )
        ledger = Ledger.create(where.ledger, wall_ns=time.time_ns, disk=disk)
        self = cls(engine, where, lease, market, ledger)
        self._disk = disk
        ledger.write(_config_line(engine.rules, created_ns), sync=True)
        return self

    @classmethod
    def resume(
        cls,
        engine: Engine,
        path: Path,
        ts: int,
        wanted: Rules | None = None,
        also: tuple[Change, ...] = (),
    ) -> "Recorder":
        """Continue a session whose host died; the engine is rebuilt and told so (`Resumed`) at the
        later of ts and the newest input. wanted: the rules as configured now; of a difference acts
        what tightens (`core/limits.py`). None = those of the session. also: see there."""
        where = SessionDir.open(path)
        lease = where.lock(_label())
        held = LedgerContent()
        ledger = Ledger.resume(where.ledger, wall_ns=time.time_ns, see=held.take)
        market = MarketWriter.resume(where.market, min_next_seq=ledger.last_seq + 1)
        self = cls(engine, where, lease, market, ledger)
        if market.walk is not None:
            self._rebuild(ts, market.walk, held, wanted, also)
            market.walk = None
        return self

    def _rebuild(
        self,
        ts: int,
        walk: Walk,
        held: LedgerContent,
        wanted: Rules | None,
        also: tuple[Change, ...],
    ) -> None:
        for offset in walk.with_blobs:
            block = walk.block(offset)
            for i, row in enumerate(block.rows()):
                if row[2] in BLOB_KINDS:
                    self.blobs += 1
                    self.engine.run(block.first_seq + i, [row], block.blob)
        if self.engine.session is None:
            return  # nothing was recorded: it begins
        self.engine.drain()
        self.engine.restore(held.decisions)
        ts = self.resumed_ts = max(ts, walk.last_ts, held.ts)
        self._look_back(walk)
        self.commands_then = sum(at == ts for _, at, _ in held.commands)
        self.written = len(held.decisions)
        changed = None if wanted is None else what_changed(self.engine, held, wanted, also)
        restart = self._resumed(ts, RESUME_RESTART).rows
        if changed is None:
            self.rows(Chunk(0, restart, b""))
        else:  # one block holds both records: no crash parts them
            blob = msgspec.msgpack.encode(changed)
            told = (ts, 0, CONFIG, LAST, 0, 0, len(blob))
            self.rows(Chunk(0, [*restart, told], blob))
        if (lock := unobeyed(held)) is not None:
            self.command(None, ts, lock)

    def _look_back(self, walk: Walk) -> None:
        """Newest prices, as far as the tail of the recording has them, and how many records have
        the very instant of the restart."""
        missing = set(self.engine.symbols)
        then = True
        for block in walk.newest():
            kinds = block.data[_KIND_AT::RECORD_SIZE]
            if then:
                then = self._count_then(block)
            at = kinds.rfind(PRINT)
            while at >= 0:
                _, sym, _, _, px, _, _ = RECORD.unpack_from(block.data, at * RECORD_SIZE)
                if sym in missing:
                    missing.discard(sym)
                    self.lasts[sym] = px
                at = kinds.rfind(PRINT, 0, at)
            if not missing and not then:
                return

    def _count_then(self, block: Block) -> bool:
        """Could the block before this one still have records of that instant?"""
        rows = [row for row in block.rows() if row[0] == self.resumed_ts]
        self.rows_then += sum(row[2] != RESUMED and row[2] not in BLOB_KINDS for row in rows)
        return len(rows) == block.count

    def resumed(self, ts: int, reason: int) -> None:
        """Record that the engine starts anew at ts with the decisions that the ledger holds."""
        self.rows(self._resumed(ts, reason))

    def _resumed(self, ts: int, reason: int) -> Chunk:
        px, size = split_i64(self.written)
        return Chunk(0, [(ts, 0, RESUMED, LAST, px, size, reason)], b"")

    @property
    def session_id(self) -> bytes:
        """16 bytes, from the header of the recording."""
        return MarketReader(self.dir.market).session_id

    def relabel(self, more: dict[str, str | int]) -> None:
        """What the lock file tells people and other starts besides process and version."""
        self._lease.relabel({**_label(), **more})

    # inputs --------------------------------------------------------------------------------------
    def rows(self, chunk: Chunk) -> None:
        """Record, then act; the rows get the numbers of this recording."""
        self.engine.run(self.store(chunk), chunk.rows, chunk.blob)
        self.acted()

    def store(self, chunk: Chunk) -> int:
        """Record rows; the number of the first. A block holds no more than 50 ms of them, unless
        one chunk does; what a session says of itself (blobs) is with the kernel at once."""
        market = self.market
        if market.due(chunk.rows[-1][0]):
            market.close_block()
        first = market.next_seq
        if chunk.blob and any(row[2] in BLOB_KINDS for row in chunk.rows):
            for row in chunk.rows:
                blob = chunk.blob[row[5] : row[5] + row[6]] if row[2] in BLOB_KINDS else b""
                market.append(row, blob)
            market.close_block()
        else:
            market.extend(chunk.rows)
        return first

    def command(self, seq: int | None, ts: int, command: Command) -> Answer:
        """On the disk before the engine hears of it; it takes the next number."""
        taken = self.store_command(ts, command)
        answer = self.engine.command(taken, ts, command)
        self.acted()
        return answer

    def store_command(self, ts: int, command: Command) -> int:
        """Write a command down; its number."""
        self.market.close_block(by_ledger=True)
        taken, lines = self.market.next_seq, self.ledger.n
        try:
            self.ledger.write(command_line(taken, ts, command), sync=True)
        finally:
            if self.ledger.n != lines:  # also one that failed and could not be taken back
                self.market.skip_seq()
                self._named = taken
        return taken

    def tick(self, ts: int) -> None:
        """Time ran on; a block that was open for 50 ms is handed to the kernel."""
        self.engine.tick(ts)
        self.acted()
        if self.market.due(ts):
            self.market.close_block()
        self._count(ts)
        self.ledger.sync_if_due(time.monotonic_ns())

    def _count(self, ts: int) -> None:
        """Once a minute of session time: what the acting profile has decided today, where that
        changed (N-48). No decision depends on the line."""
        minute = ts // MINUTE_NS
        if minute == self._minute or not self.engine.lanes:
            return
        first, self._minute = not self._minute, minute
        self._tally.look(self.engine)
        body = self._tally.body()
        if first or body == self._counted:
            return
        self._counted = body
        profile = self.engine.acting.profile.name
        line = {"kind": "counters", "ts": minute * MINUTE_NS, "profile": profile, "body": body}
        self.ledger.write(line, sync=False)

    def acted(self) -> None:
        """Write down what the engine decided. After an error `taken` and `written` hold what of it
        the ledger took for good."""
        decisions = self.engine.drain()
        if not decisions:
            return
        self.market.close_block(by_ledger=True)
        # one fsync covers the lines before it
        sync = any(decision.kind in CLASS_A for decision in decisions)
        done = 0
        try:
            for decision in decisions[:-1]:
                self.ledger.write(decision_line(decision), sync=False)
                done += 1
            self.ledger.write(decision_line(decisions[-1]), sync=sync)
            done += 1
        except JournalError:
            done = done if not sync or self._synced() else 0
            raise
        finally:
            self.taken += decisions[:done]
            self.written += done
            self._named = max([self._named, *(decision.seq for decision in decisions[:done])])

    def _synced(self) -> bool:
        try:
            self.ledger.sync()
        except JournalError:
            return False
        return True

    # when the disk refuses -----------------------------------------------------------------------
    def stop(self, ts: int, why: str) -> None:
        """The last record, and the ledger's line about it, while both can still be written: the
        engine starts anew here and is to decide nothing more."""
        self.resumed(ts, RESUME_STOPPED)
        self.market.close_block()
        self.say(ts, "stopped", why)

    def go_on(self, ts: int) -> int:
        """After a stop: once both files take what says so, the engine starts anew; when."""
        ts = max(ts, self.market.last_ts, self.engine.link_ts)
        chunk = self._resumed(ts, RESUME_RECORDING)
        first = self.store(chunk)
        self.market.close_block()
        self.say(ts, "on", "")
        self.engine.run(first, chunk.rows)
        self.acted()
        return ts

    def say(self, ts: int, state: str, why: str) -> None:
        """A line about the recording itself; no decision depends on it."""
        line = {"kind": "recording", "at": [self._named, ts], "ts": ts, "state": state, "why": why}
        self.ledger.write(line, sync=True)

    def note(self, ts: int, ticker: str, told: dict[str, Any]) -> None:
        """A line about what became of an alert; no input, and no decision depends on it."""
        line = {"kind": "sink", "at": [self._named, ts], "ts": ts, "ticker": ticker, **told}
        self.ledger.write(line, sync=False)

    def reopen_market(self) -> MarketWriter:
        """A writer for what stands of a market file whose writer died; the old one is closed. It
        reads the whole file, so another thread may do it; the caller puts it into `market`."""
        self.market.close()
        path, next_seq = self.dir.market, self._named + 1
        return MarketWriter.resume(path, min_next_seq=next_seq, disk=self._disk)

    def abandon(self) -> None:
        """Leave the session as it stands, not sealed: `resume` goes on with it, and finds what the
        disk refuses here."""
        for file in (self.market, self.ledger):
            with contextlib.suppress(JournalError):
                file.close()
        self._lease.release()

    def close(self, summary: dict[str, Any]) -> None:
        """End the session cleanly: sealed market file, `session.toml`, lease given back."""
        try:
            try:
                self.market.close()
            finally:
                self.ledger.close()
            seal(self.dir.market)
            self.dir.write_toml(summary)
        finally:
            self._lease.release()


def begun(path: Path) -> bool:
    """Does a session stand in this directory? The rules in its ledger are what begins it: without
    them nothing can have been recorded behind them."""
    where = SessionDir(path)
    if not where.market.exists():
        return False
    if where.market.stat().st_size > FILE_HEADER.size:
        return True
    lines = read_ledger(where.ledger, strict=False) if where.ledger.exists() else iter(())
    return next(lines, None) is not None


def _label() -> dict[str, str | int]:
    return {"pid": os.getpid(), "version": __version__, "start": time.time_ns()}


def _config_line(rules: Rules, ts: int) -> dict[str, Any]:
    return {"kind": "config", "seq": 0, "ts": ts, "rules": msgspec.to_builtins(rules)}
