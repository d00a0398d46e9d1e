"""The broker's waits, shortened where a test is not about them."""

import logging
from collections.abc import Iterator

import pytest

from ramstock_tui.feeds.ibkr import endpoint, pulse, slots, tapes


@pytest.fixture(autouse=True)
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The library's log stays out of the report; the first slots are given at once."""
    monkeypatch.setattr(slots, "SETTLE_NS", 300_000_000)
    monkeypatch.setattr(slots, "SETTLE_MOST_NS", 600_000_000)
    loggers = [logging.getLogger(name) for name in ("ib_async", "eventkit", "ramstock.ibkr")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    yield
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tapes may be asked for again after 0.6 s (the gateway allows 0.5), a silent line is given up
    after 1 s."""
    monkeypatch.setattr(tapes, "TAPE_AGAIN_S", 0.6)
    monkeypatch.setattr(pulse, "DEAD_S", 1.0)
    monkeypatch.setattr(pulse, "QUIET_S", 0.3)
    monkeypatch.setattr(pulse, "APART_S", 0.3)
    monkeypatch.setattr(endpoint, "FLOW_S", 0.4)
    monkeypatch.setattr(endpoint, "FLOW_GAP_S", 0.6)
