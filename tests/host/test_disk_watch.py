"""Free space: limits, hysteresis, and a disk that does not answer."""

import threading
from pathlib import Path

import pytest

from ramstock_tui.host.disk_watch import LOOK_NS, DiskLimits, DiskWatch, free_bytes

MB = 1_000_000


class Space:
    """What the disk has left, as the test says it."""

    def __init__(self, mb: float) -> None:
        self.mb = mb
        self.asked = 0

    def __call__(self, path: Path) -> int:
        self.asked += 1
        return int(self.mb * MB)


def after(watch: DiskWatch, space: Space, mb: float, now: int) -> str:
    """The state once an answer of so many MB has come."""
    space.mb = mb
    watch.look(now)
    if watch._asked is not None:
        watch._asked.result()
    watch.look(now)
    return watch.state


def test_it_stops_below_the_limit_and_goes_on_with_a_fifth_more(tmp_path: Path) -> None:
    space = Space(100)
    watch = DiskWatch(tmp_path, DiskLimits(warn_mb=20, stop_mb=10), free=space)
    seen = [100, 20, 19.9, 10, 9.9, 11.9, 12, 10, 25]
    found = [after(watch, space, mb, i * LOOK_NS) for i, mb in enumerate(seen)]
    assert found == ["ok", "ok", "low", "low", "full", "full", "low", "low", "ok"]
    watch.close()


def test_it_asks_once_a_second(tmp_path: Path) -> None:
    space = Space(100)
    watch = DiskWatch(tmp_path, DiskLimits(), free=space)
    for ms in range(0, 3_000, 20):
        after(watch, space, 0, ms * MB)
    assert space.asked == 3
    assert watch.state == "ok"  # no limits
    watch.close()


def test_a_disk_that_does_not_answer_holds_nothing_up(tmp_path: Path) -> None:
    free = threading.Event()

    def hangs(path: Path) -> int:
        free.wait(10)
        raise OSError(5, "Input/output error")

    watch = DiskWatch(tmp_path, DiskLimits(stop_mb=10), free=hangs)
    for second in range(5):
        watch.look(second * LOOK_NS)
    assert (watch.state, watch.free_mb) == ("ok", None)
    free.set()
    watch.close()


def test_the_space_is_that_of_the_path(tmp_path: Path) -> None:
    assert free_bytes(tmp_path) > 0
    with pytest.raises(FileNotFoundError):
        free_bytes(tmp_path / "nothing")
