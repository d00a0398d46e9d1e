"""Requests: urgent ones pass bulk ones, and no second has too many."""

import asyncio

from ramstock_tui.feeds.ibkr.pacer import TOTAL, Pacer


def test_an_urgent_request_waits_behind_no_bulk() -> None:
    async def run() -> list[str]:
        pacer, sent = Pacer(), list[str]()
        for n in range(50):
            pacer.bulk(lambda n=n: sent.append(f"bulk {n}"))  # type: ignore[misc]
        pacer.urgent(lambda: sent.append("urgent"))
        pacer.stop()
        return sent

    sent = asyncio.run(run())
    assert sent[-1] == "urgent"
    assert len(sent) <= 3


def test_no_second_has_more_than_the_total() -> None:
    async def run() -> list[float]:
        loop, times = asyncio.get_running_loop(), list[float]()
        pacer = Pacer()
        for _ in range(TOTAL + 15):
            pacer.urgent(lambda: times.append(loop.time()))
        done = asyncio.Event()
        pacer.bulk(done.set)
        await done.wait()
        return times

    times = asyncio.run(run())
    assert len(times) == TOTAL + 15
    for n, at in enumerate(times[TOTAL:]):
        assert at - times[n] > 1.0


def test_what_waits_is_gone_with_its_connection() -> None:
    async def run() -> tuple[int, int]:
        pacer, sent = Pacer(), list[int]()
        for n in range(10):
            pacer.bulk(lambda n=n: sent.append(n))  # type: ignore[misc]
        pacer.stop()
        pacer.urgent(lambda: sent.append(99))
        await asyncio.sleep(0.12)
        return len(sent), 99 in sent

    count, urgent = asyncio.run(run())
    assert count <= 2
    assert not urgent
