"""A recorded session asked about instants: one pass, the engine as it stood at each of them."""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ramstock_tui.core.engine import Engine
from ramstock_tui.core.explain import Explanation, explain
from ramstock_tui.core.profile import Rules
from ramstock_tui.core.records import SESSION
from ramstock_tui.errors import JournalError
from ramstock_tui.host.drive import Direct, Driver
from ramstock_tui.host.source import Chunk, Input, Recording
from ramstock_tui.plain import clean

SECOND_NS = 1_000_000_000
NAMES_SHOWN = 12


class Question(NamedTuple):
    """ns: time of day in New York; n: running number; symbol: a ticker."""

    ns: int
    n: int
    symbol: str


class Refusal(NamedTuple):
    """Why a question has no answer, in one line."""

    text: str


Answer = tuple[Question, Explanation | Refusal]


def clock(ns: int) -> str:
    """Time of day with as many decimals as it has: `09:31:08.4`."""
    s, rest = divmod(ns, SECOND_NS)
    text = f"{s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}"
    return f"{text}.{rest:09}".rstrip("0") if rest else text


class Instants:
    """Answers questions about one recording. rules: profile tables; the commands of its ledger are
    part of it. profiles: which lanes are explained, () = all. midnight_ns: 00:00 New York of the
    session's date, ns since the epoch, 0 before the first answer."""

    def __init__(self, recording: Recording, rules: Rules, profiles: tuple[str, ...]) -> None:
        self.recording = recording
        self.profiles = profiles
        self.midnight_ns = 0
        self.engine = Engine(rules, observe=True)
        self._as_it_was = rules == recording.rules
        self._driver = Driver(Direct(self.engine), recording.default_policy)

    def answers(self, questions: Iterable[Question]) -> Iterator[Answer]:
        """One answer to each, in order of time; those outside of the session come last.

        The recording is read up to the last question that it can answer. JournalError when it opens
        no session; where it breaks, its `broken` says so and later instants are refused.
        """
        waiting = deque(sorted(questions))
        outside: list[Question] = []
        for item in self._inputs():
            if not self.midnight_ns:
                item = self._opened(item)
                while waiting and self._ts(waiting[0]) < self.recording.first_ts:
                    outside.append(waiting.popleft())
            yield from self._feed(item, waiting)
            if not waiting and not outside:
                return
        while waiting and self._ts(waiting[0]) <= self.recording.end_ts:
            yield self._answer(waiting.popleft())
        for question in [*outside, *waiting]:
            yield question, self._outside(question)

    def _inputs(self) -> Iterator[Input]:
        with_commands = self.recording.default_policy == "ledger"
        return self.recording.inputs(with_commands=with_commands, as_it_was=self._as_it_was)

    def _opened(self, item: Input) -> Chunk:
        """Feeds everything up to the record that opens the session; the rest of the chunk."""
        if isinstance(item, Chunk):
            for i, row in enumerate(item.rows):
                if row[2] == SESSION:
                    self._driver.feed(Chunk(item.first_seq, item.rows[: i + 1], item.blob))
                    if self.engine.session is not None:
                        self.midnight_ns = self.engine.session.midnight_ns
                        return Chunk(item.first_seq + i + 1, item.rows[i + 1 :], item.blob)
        raise JournalError(f"{self.recording.market.path}: does not begin with a session")

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

    def _answer(self, question: Question) -> Answer:
        ts, engine = self._ts(question), self.engine
        self._driver.tick(ts)
        engine.drain()
        symbol = engine.by_ticker.get(question.symbol)
        if symbol is None:
            return question, Refusal(self._unknown(question))
        return question, explain(engine, symbol, ts, self.profiles)

    def _ts(self, question: Question) -> int:
        return self.midnight_ns + question.ns

    def _unknown(self, question: Question) -> str:
        names = sorted(self.engine.by_ticker)
        more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
        known = ", ".join(clean(name, 12) for name in names[:NAMES_SHOWN]) or "none"
        return (
            f"no symbol {clean(question.symbol, 12)!r} at {clock(question.ns)};"
            f" the session has {known}{more}"
        )

    def _outside(self, question: Question) -> Refusal:
        begin, end = (
            clock(ts - self.midnight_ns) for ts in (self.recording.first_ts, self.recording.end_ts)
        )
        return Refusal(f"{clock(question.ns)} is outside of the session: {begin} to {end} New York")
