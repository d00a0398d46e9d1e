"""A desk that goes on showing the market when the disk refuses to record it (reliability 54-56).

What cannot be written down must not be decided: from the first line that the disk refuses until the
files take lines again the engine holds. Coming back is a restart of the engine (`Resumed`): what it
had decided and not written never was, in the replay too.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.engine import Answer, Engine
from ramstock_tui.core.records import BLOB_KINDS, LAST, Command, Row
from ramstock_tui.errors import JournalError
from ramstock_tui.host.disk_watch import FULL, LOW, DiskWatch
from ramstock_tui.host.recorder import Recorder
from ramstock_tui.host.source import Chunk
from ramstock_tui.journal.disk import NO_SPACE
from ramstock_tui.journal.market import MarketWriter

RETRY_NS = 1_000_000_000  # doubled with every attempt that fails
RETRY_MOST_NS = 16 * RETRY_NS


class Keeper:
    """stopped: why nothing is decided, "" while all is well; for_good: only a restart of the host
    ends that; resting: it stopped in good order for want of space, both files are whole. warning:
    the disk fills, "" while it does not. notices: what the log shows, taken by the session.
    """

    def __init__(self, recorder: Recorder, watch: DiskWatch, mono: Callable[[], int]) -> None:
        self.recorder = recorder
        self.stopped = ""
        self.for_good = self.resting = False
        self.warning = ""
        self.notices: list[Decision] = []
        self._watch = watch
        self._mono = mono
        self._retry_ns = 0  # when it is tried again
        self._pause_ns = RETRY_NS
        self._market_off = self._market_dead = False
        self._unsaid: list[tuple[Row, bytes]] = []  # what a session says of itself, not recorded
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="market-reopen")
        self._reopening: Future[MarketWriter] | None = None

    @property
    def engine(self) -> Engine:
        """It acts on what was recorded, and while stopped it only looks on."""
        return self.recorder.engine

    # inputs --------------------------------------------------------------------------------------
    def rows(self, chunk: Chunk) -> None:
        """Record, then act; or show at least."""
        first = self._store(chunk)
        self.engine.run(first, chunk.rows, chunk.blob)
        self._act(chunk.rows[-1][0])

    def command(self, seq: int | None, ts: int, command: Command) -> Answer:
        """On the disk before the engine hears of it; without that it did not happen."""
        if not self.stopped:
            try:
                taken = self.recorder.store_command(ts, command)
            except JournalError as problem:
                self._fail(ts, problem)
            else:
                answer = self.engine.command(taken, ts, command)
                self._act(ts)
                if not self.stopped:
                    return answer
        return False, f"nothing done: {self.stopped}", []

    def note(self, ts: int, ticker: str, told: dict[str, Any]) -> bool:
        """Write down what became of an alert; False: the disk takes no lines now."""
        if self.stopped:
            return False
        try:
            self.recorder.note(ts, ticker, told)
        except JournalError as problem:
            self._fail(ts, problem)
            return False
        return True

    def tick(self, ts: int) -> None:
        """Time ran on."""
        self._watch.look(self._mono())
        self._warn(ts)
        try:
            if not self.stopped:
                self.recorder.tick(ts)
                self._look_after(ts)
            elif not self._market_off and self.recorder.market.due(ts):
                self.recorder.market.close_block()
        except JournalError as problem:
            self._fail(ts, problem)

    def back(self, ts: int) -> int | None:
        """Try to go on, every second and then less often. The instant at which the engine began
        anew: the feed has to give every book again; None = it is as it was."""
        if not self.stopped or self.for_good or self._mono() < self._retry_ns:
            return None
        if self._watch.state == FULL or not self._watch.room or not self._market_ready(ts):
            return None
        try:
            at = self.recorder.go_on(ts)
        except JournalError as problem:
            self._fail(ts, problem)
            return None
        self.stopped = ""
        self.resting = self._market_off = False
        self._pause_ns = RETRY_NS
        self._note(at, "recording goes on")
        self._say_again(at)
        return at

    def close(self) -> None:
        """No thread is left behind."""
        self._watch.close()
        self._reader.shutdown()
        if self._reopening is not None and self._reopening.exception() is None:
            self._reopening.result().close()

    # stopping ------------------------------------------------------------------------------------
    def _store(self, chunk: Chunk) -> int:
        if not self._market_off:
            try:
                return self.recorder.store(chunk)
            except JournalError as problem:
                self._fail(chunk.rows[-1][0], problem)
        self._unsaid += [
            (row, chunk.blob[row[5] : row[5] + row[6]])
            for row in chunk.rows
            if row[2] in BLOB_KINDS
        ]
        return self.engine.seq + 1

    def _act(self, ts: int) -> None:
        if not self.stopped:
            try:
                self.recorder.acted()
            except JournalError as problem:
                self._fail(ts, problem)

    def _look_after(self, ts: int) -> None:
        """Stop in good order while there is room for it."""
        if self._watch.state != FULL:
            return
        why = f"disk nearly full ({self._watch.free_mb} MB left)"
        self.recorder.stop(ts, why)
        self._reader.submit(self.recorder.market.sync)
        self._market_off = self.resting = True
        self._hold(ts, why)

    def _fail(self, ts: int, problem: JournalError) -> None:
        """What the disk refused ends the recording for now; any other error passes on."""
        recorder, cause = self.recorder, problem.__cause__
        refused = isinstance(cause, OSError)
        if self.engine.session is None or not (refused or recorder.market.dead):
            raise problem
        said = (cause.strerror if isinstance(cause, OSError) else "") or "error"
        final = not isinstance(cause, OSError) or cause.errno not in NO_SPACE
        text = f"ledger cannot be written ({said})"
        if recorder.market.dead and not self._market_dead:
            self._market_off = self._market_dead = True
            text = f"market data cannot be recorded ({said})"
            if not self.stopped:
                self._tell_ledger(ts, text)
        self.for_good = self.for_good or final or bool(recorder.ledger.dead)
        self.resting = False
        if self.stopped:
            self._pause_ns = min(2 * self._pause_ns, RETRY_MOST_NS)
        self._retry_ns = self._mono() + self._pause_ns
        self._hold(ts, f"{text}, restart the host" if self.for_good else text)

    def _tell_ledger(self, ts: int, why: str) -> None:
        try:
            self.recorder.say(ts, "stopped", why)
        except JournalError:
            return  # it is no better off; what is shown says enough

    def _hold(self, ts: int, why: str) -> None:
        if why != self.stopped:
            self.stopped = why
            self._note(ts, why)
        self.engine.hold(ts, self.recorder.written)

    # going on ------------------------------------------------------------------------------------
    def _market_ready(self, ts: int) -> bool:
        if not self._market_dead:
            return True
        if self._reopening is None:
            self._reopening = self._reader.submit(self.recorder.reopen_market)
        if not self._reopening.done():
            return False
        reopening, self._reopening = self._reopening, None
        try:
            self.recorder.market = reopening.result()
        except JournalError as problem:
            self._fail(ts, problem)
            return False
        self._market_dead = False
        return True

    def _say_again(self, ts: int) -> None:
        unsaid, self._unsaid = self._unsaid, []
        for (_, sym, kind, _, px, _, _), blob in unsaid:
            row = (ts, sym, kind, LAST, px, 0, len(blob))
            self.rows(Chunk(0, [row], blob))

    # words ---------------------------------------------------------------------------------------
    def _warn(self, ts: int) -> None:
        low = self._watch.state == LOW
        if low and not self.warning:
            self._note(ts, f"disk fills: {self._watch.free_mb} MB left")
        self.warning = f"disk fills: {self._watch.free_mb} MB left" if low else ""

    def _note(self, ts: int, text: str) -> None:
        said = Decision("recording", self.engine.seq, ts, 0, "", "", info={"text": text})
        self.notices.append(said)
