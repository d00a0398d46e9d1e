"""Nobody waits for a store: the deadline, the circuit, what is dropped."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ramstock_tui.addresses import address
from ramstock_tui.secret import Secret
from ramstock_tui.store import StoreError
from ramstock_tui.store.redis import RedisStore
from ramstock_tui.store.worker import DEADLINE_NS, REST_NS, Call, Worker
from tests.store.servers import RedisServer, redis_server, until


class Clock:
    """Monotonic ns of the machine, and what a test adds."""

    def __init__(self) -> None:
        self.more = 0

    def __call__(self) -> int:
        return time.monotonic_ns() + self.more


@pytest.fixture
def server(tmp_path: Path, require_program: Callable[[str], str]) -> Iterator[RedisServer]:
    with redis_server(require_program("redis-server"), tmp_path) as running:
        yield running


def outcome(call: Call) -> str:
    """The kind of its error, "" when it went well; measures that looking never waits."""
    began = time.monotonic()

    def over() -> bool:
        looked = time.monotonic_ns()
        found = call.over(looked)
        assert time.monotonic_ns() - looked < 1_000_000_000  # it never waits for the store
        return found

    until(over, "a call is never over")
    assert time.monotonic() - began < DEADLINE_NS / 1e9 + 2
    return "" if call.error is None else call.error.kind


def test_a_frozen_server_costs_the_deadline_and_then_nothing(server: RedisServer) -> None:
    clock = Clock()
    worker = Worker(RedisStore(address(Secret(server.url))), clock)
    assert outcome(worker.put("rs:k", b"1", 60_000)) == ""
    server.freeze()
    assert outcome(worker.put("rs:k", b"2", 60_000)) == "timeout"
    refused = worker.put("rs:k", b"3", 60_000)
    assert refused.over(clock()), "the circuit is open"
    assert refused.error is not None
    assert "not tried again yet" in str(refused.error)
    server.thaw()
    clock.more = REST_NS
    assert outcome(worker.put("rs:k", b"4", 60_000)) == ""
    got = worker.get("rs:k")
    assert outcome(got) == ""
    assert got.value == b"4"
    worker.close()


def test_the_rest_grows_with_every_failure_and_ends_with_a_success(server: RedisServer) -> None:
    clock = Clock()
    worker = Worker(RedisStore(address(Secret(server.url))), clock)
    server.kill()
    rests = []
    for _ in range(6):
        assert outcome(worker.get("rs:k")) == "down"
        rest = 0
        while worker.get("rs:k").over(clock()) and rest < 200:
            rest += 1
            clock.more += 1_000_000_000
        rests.append(rest)
    assert rests == sorted(rests)
    assert 4 <= rests[0] <= 6
    assert 75 <= rests[-1] <= 81
    worker.close()


class Stuck:
    """A store whose calls last until they are let go."""

    name = "stuck"

    def __init__(self) -> None:
        self.go = threading.Event()
        self.put_values: list[bytes] = []

    def put(self, key: str, value: bytes, ttl_ms: int) -> None:
        self.go.wait(10)
        self.put_values.append(value)

    def get(self, key: str) -> bytes | None:
        raise RuntimeError("secret")

    def close(self) -> None:
        self.put_values.append(b"closed")


def test_only_the_newest_of_the_waiting_calls_is_made() -> None:
    store, clock = Stuck(), Clock()
    worker = Worker(store, clock)
    calls = [worker.put("k", str(i).encode(), 1) for i in range(4)]
    store.go.set()
    assert outcome(calls[3]) == ""
    worker.close()
    until(lambda: b"closed" in store.put_values, "the thread does not end")
    assert store.put_values in ([b"0", b"3", b"closed"], [b"3", b"closed"])


def test_a_store_that_fails_otherwise_is_told_without_its_text() -> None:
    worker = Worker(Stuck(), Clock())
    call = worker.get("k")
    assert outcome(call) == "refused"
    assert isinstance(call.error, StoreError)
    assert "secret" not in str(call.error)
    worker.close()
