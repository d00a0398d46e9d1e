"""What a benchmark learns of the running cockpit: when cards were painted, how late the loop is."""

import asyncio
import json
import time
from pathlib import Path

import pytest

from ramstock_tui.link.schema import Frame
from ramstock_tui.ui.app import Cockpit
from ramstock_tui.ui.probe import Probe, percentiles
from tests.ui import frames
from tests.ui.fake_link import FakeLink

MS = 1_000_000


def sent(n: int, mono_ns: int, engine_ts: int, *created_ts: int) -> Frame:
    """A frame sent at mono_ns, when event time was engine_ts, with cards of those instants."""
    cards = [frames.card(id=f"20261123-ABCD-{ts}", created_ts=ts) for ts in created_ts]
    slices = {"pending": (n, frames.pending(*cards))}
    return Frame(n, engine_ts, mono_ns, slices)


def probed(*script: Frame, wire: bool = False) -> Probe:
    """The probe after a cockpit has shown these frames."""
    link = FakeLink()
    probe = Probe(link)

    async def run() -> None:
        app = Cockpit(probe)
        watch = asyncio.create_task(probe.watch(app))
        async with app.run_test(size=(80, 24)) as pilot:
            for frame in script:
                link.say(frames.over_the_wire(frame) if wire else frame)
                await pilot.pause()
        watch.cancel()

    asyncio.run(run())
    return probe


@pytest.mark.parametrize("wire", [False, True])
def test_a_card_counts_from_its_event_time_to_its_picture(wire: bool) -> None:
    then, now = frames.NOW, time.monotonic_ns()
    # event time is 1 s behind our start; the second frame was 400 ms late and says nothing of it
    early = sent(1, now - 1_000 * MS, then - 1_000 * MS)
    late = sent(2, now + 400 * MS, then, then)
    again = sent(3, now + 500 * MS, then + 500 * MS, then)
    found = probed(early, late, again, wire=wire).found()
    assert found["frames"] == 3
    assert found["event_to_card"]["count"] == 1
    took = (time.monotonic_ns() - now) / MS
    assert 0 < found["event_to_card"]["max_ms"] <= took


def test_nothing_counts_once_the_cockpit_leaves() -> None:
    now = time.monotonic_ns()
    link = FakeLink()
    probe = Probe(link)

    async def run() -> None:
        app = Cockpit(probe)
        watch = asyncio.create_task(probe.watch(app))
        async with app.run_test(size=(80, 24)) as pilot:
            link.say(sent(1, now, frames.NOW, frames.NOW))
            await pilot.pause()
            link.say(sent(2, now + MS, frames.NOW + MS, frames.NOW + MS))
            app.leave(143)
            await watch
        assert app.return_code == 143

    asyncio.run(run())
    found = probe.found()
    assert (found["frames"], found["event_to_card"]["count"]) == (1, 1)


def test_without_a_frame_there_is_nothing_to_say(tmp_path: Path) -> None:
    probe = probed()
    probe.write(tmp_path / "probe")
    said = json.loads((tmp_path / "probe").read_text())
    assert said["frames"] == 0
    assert said["first_frame_ms"] is None
    assert said["loop_lag"] == said["event_to_card"] == {"count": 0}


def test_percentiles_are_samples_by_nearest_rank() -> None:
    samples = [n * MS for n in range(1, 201)]
    found = percentiles(samples[::-1])
    assert found == {"count": 200, "p50_ms": 100, "p99_ms": 198, "max_ms": 200}
    assert percentiles([7 * MS]) == {"count": 1, "p50_ms": 7, "p99_ms": 7, "max_ms": 7}
