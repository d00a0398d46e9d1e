"""A recorded session asked about instants: one pass, the engine as it stood at each of them."""

from collections import deque
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from ramstock_tui.core.engine import Engine
from ramstock_tui.core.explain import Explanation, explain
from ramstock_tui.core.profile import Rules
from ramstock_tui.core.records import SESSION, SYMBOL
from ramstock_tui.errors import JournalError
from ramstock_tui.host.drive import Direct, Driver
from ramstock_tui.host.source import Chunk, Input, Recording
from ramstock_tui.plain import clean

SECOND_NS = 1_000_000_000
NAMES_SHOWN = 12


class Question(NamedTuple):
    """ns: time of day in New York; n: running number; symbol: a ticker, also in small letters."""

    ns: int
    n: int
    symbol: str


class Refusal(NamedTuple):
    """Why a question has no answer, in one line. at_ns: its instant, ns since the epoch."""

    text: str
    at_ns: int


Answer = tuple[Question, Explanation | Refusal]


def clock(ns: int) -> str:
    """Time of day with as many decimals as it has: `09:31:08.4`."""
    s, rest = divmod(ns, SECOND_NS)
    text = f"{s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}"
    return f"{text}.{rest:09}".rstrip("0") if rest else text


class Instants:
    """Answers questions about one recording. rules: profile tables; the commands of its ledger are
    part of it. profiles: which lanes are explained, () = all. midnight_ns: 00:00 New York of the
    session's date, ns since the epoch, 0 before the first answer.

    An instant before the first record is that of a session which was just opened; one after the
    last is what time alone makes of the state there. A note says so.
    """

    def __init__(self, recording: Recording, rules: Rules, profiles: tuple[str, ...]) -> None:
        self.recording = recording
        self.profiles = profiles
        self.midnight_ns = 0
        self.engine = Engine(rules, observe=True)
        self._as_it_was = rules == recording.rules
        self._driver = Driver(Direct(self.engine), recording.default_policy)

    def answers(self, questions: Iterable[Question]) -> Iterator[Answer]:
        """One answer to each, in order of time.

        The recording is read up to the last question that it can answer. JournalError when it opens
        no session; where it breaks, its `broken` says so and later instants are refused.
        """
        waiting = deque(sorted(questions))
        for item in self._inputs():
            if not self.midnight_ns:
                item, opening = self._opened(item)
                yield from self._before(opening, waiting)
            yield from self._feed(item, waiting)
            if not waiting:
                return
        while waiting:
            yield self._at_end(waiting.popleft())

    def _inputs(self) -> Iterator[Input]:
        with_commands = self.recording.default_policy == "ledger"
        return self.recording.inputs(with_commands=with_commands, as_it_was=self._as_it_was)

    def _opened(self, item: Input) -> tuple[Chunk, Chunk]:
        """Feeds everything up to the record that opens the session; (the rest of the chunk, what
        is declared at the first instant)."""
        if isinstance(item, Chunk):
            for i, row in enumerate(item.rows):
                if row[2] == SESSION:
                    self._driver.feed(Chunk(item.first_seq, item.rows[: i + 1], item.blob))
                    if self.engine.session is not None:
                        self.midnight_ns = self.engine.session.midnight_ns
                        rest = Chunk(item.first_seq + i + 1, item.rows[i + 1 :], item.blob)
                        return rest, _declared(item)
        raise JournalError(f"{self.recording.market.path}: does not begin with a session")

    def _before(self, opening: Chunk, waiting: deque[Question]) -> Iterator[Answer]:
        """Answers to what is asked about times before the first record: from an engine that knows
        the session, and nothing else."""
        first_ts = self.recording.first_ts
        if not waiting or self._ts(waiting[0]) >= first_ts:
            return
        engine = Engine(self.engine.rules, observe=True)
        rows = [(self._ts(waiting[0]), *row[1:]) for row in opening.rows]
        engine.run(opening.first_seq, rows, opening.blob)
        note = f"before the first record at {clock(first_ts - self.midnight_ns)}"
        while waiting and self._ts(waiting[0]) < first_ts:
            question = waiting.popleft()
            engine.tick(self._ts(question))
            yield self._explained(engine, question, note)

    def _feed(self, item: Input, waiting: deque[Question]) -> Iterator[Answer]:
        """One input; before its first row that is later than a question that question."""
        if isinstance(item, Chunk):
            while item.rows and waiting and self._ts(waiting[0]) < item.rows[-1][0]:
                head, item = item.split(self._ts(waiting[0]) + 1)
                if head.rows:
                    self._driver.feed(head)
                yield self._answer(waiting.popleft())
            if item.rows:
                self._driver.feed(item)
        else:
            while waiting and self._ts(waiting[0]) < item[1]:
                yield self._answer(waiting.popleft())
            self._driver.feed(item)
        self.engine.drain()

    def _answer(self, question: Question, note: str | None = None) -> Answer:
        self._driver.tick(self._ts(question))
        self.engine.drain()
        return self._explained(self.engine, question, note)

    def _at_end(self, question: Question) -> Answer:
        """After the last input."""
        end_ts, ts = self.recording.end_ts, self._ts(question)
        end = clock(end_ts - self.midnight_ns)
        if ts <= end_ts:
            return self._answer(question)
        if self.recording.broken is not None:
            text = f"{clock(question.ns)} is after {end}, where the recording breaks"
            return question, Refusal(text, ts)
        return self._answer(question, f"after the end of the session at {end}")

    def _explained(self, engine: Engine, question: Question, note: str | None) -> Answer:
        ts, known = self._ts(question), engine.by_ticker
        symbol = known.get(question.symbol) or known.get(question.symbol.upper())
        if symbol is None:
            return question, Refusal(_unknown(question, known), ts)
        return question, explain(engine, symbol, ts, self.profiles, note)

    def _ts(self, question: Question) -> int:
        return self.midnight_ns + question.ns


def _declared(chunk: Chunk) -> Chunk:
    """The session and the symbols that the first instant of a chunk declares, numbered so that the
    last has the number 0."""
    begin = chunk.rows[0][0]
    rows = [row for row in chunk.rows if row[0] == begin and row[2] in (SESSION, SYMBOL)]
    return Chunk(1 - len(rows), rows, chunk.blob)


def _unknown(question: Question, known: Collection[str]) -> str:
    names = sorted(known)
    more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    listed = ", ".join(clean(name, 12) for name in names[:NAMES_SHOWN]) or "none"
    return (
        f"no symbol '{clean(question.symbol, 12)}' at {clock(question.ns)};"
        f" the session has {listed}{more}"
    )
