"""The store behind a thread of its own: nobody waits for it longer than the deadline."""

import queue
import threading
from collections.abc import Callable

from ramstock_tui.store import DEADLINE_S, StoreError, UniverseStore

DEADLINE_NS = int(DEADLINE_S * 1e9)
REST_NS = 5_000_000_000  # after a failure nothing is tried for so long, doubled each time
REST_MOST_NS = 80_000_000_000


class Answer:
    """What a call has come to. done: it is over; error: why nothing came of it; value: what a `get`
    found."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.error: StoreError | None = None
        self.value: bytes | None = None


class Worker:
    """Calls of one store, one after the other in a daemon thread. mono: monotonic ns.

    After a failure the circuit is open: calls fail at once until the rest is over, so a server that
    hangs does not hold a queue. A call that the thread has not begun when the next one comes is
    dropped: only the newest universe counts.
    """

    def __init__(self, store: UniverseStore, mono: Callable[[], int]) -> None:
        self.name = store.name
        self._store = store
        self._mono = mono
        self._jobs: queue.SimpleQueue[tuple[Callable[[], bytes | None], Answer] | None]
        self._jobs = queue.SimpleQueue()
        self._newest: Answer | None = None
        self._rest_ns = REST_NS
        self._open_until = 0
        self._why = ""
        self._thread = threading.Thread(target=self._run, name="universe-store", daemon=True)
        self._thread.start()

    def put(self, key: str, value: bytes, ttl_ms: int) -> "Call":
        """Replace what the key holds."""
        return self._begin(lambda: self._store.put(key, value, ttl_ms))

    def get(self, key: str) -> "Call":
        """Ask for what the key holds."""
        return self._begin(lambda: self._store.get(key))

    def close(self) -> None:
        """No further calls; the thread ends with the one that it is in."""
        self._jobs.put(None)

    def took(self, error: StoreError | None) -> None:
        """A call ended so, or its time was over (for `Call`)."""
        if error is None:
            self._rest_ns, self._open_until = REST_NS, 0
            return
        self._why = str(error)
        self._open_until = self._mono() + self._rest_ns
        self._rest_ns = min(2 * self._rest_ns, REST_MOST_NS)

    def _begin(self, job: Callable[[], bytes | None]) -> "Call":
        answer, now = Answer(), self._mono()
        call = Call(self, answer, now + DEADLINE_NS)
        if now < self._open_until:
            answer.error = StoreError("down", f"{self._why}; not tried again yet")
            answer.done.set()
            call.settled = True
        else:
            self._newest = answer
            self._jobs.put((job, answer))
        return call

    def _run(self) -> None:
        while (item := self._jobs.get()) is not None:
            job, answer = item
            if answer is self._newest:
                try:
                    answer.value = job()
                except StoreError as problem:
                    answer.error = problem
                except Exception as problem:  # a thread that dies says nothing
                    answer.error = StoreError("refused", f"{self.name}: {type(problem).__name__}")
            else:
                answer.error = StoreError("timeout", f"{self.name}: too late")
            answer.done.set()
        self._store.close()


class Call:
    """A call on its way: look at `over`, never wait."""

    def __init__(self, worker: Worker, answer: Answer, deadline: int) -> None:
        self._worker = worker
        self._answer = answer
        self._deadline = deadline
        self.settled = False

    def over(self, mono: int) -> bool:
        """It has an answer, or its time is over; mono: monotonic ns."""
        if self.settled:
            return True
        if self._answer.done.is_set():
            self._worker.took(self._answer.error)
            self.settled = True
        elif mono >= self._deadline:
            text = f"{self._worker.name}: no answer within {DEADLINE_NS // 1_000_000} ms"
            self._answer = Answer()  # what comes later is not looked at
            self._answer.error = StoreError("timeout", text)
            self._worker.took(self._answer.error)
            self.settled = True
        return self.settled

    @property
    def error(self) -> StoreError | None:
        """Why nothing came of it; once it is over."""
        return self._answer.error

    @property
    def value(self) -> bytes | None:
        """What the key held; once it is over."""
        return self._answer.value
