"""Questions to the broker: one at a time, and what their answers or their lack tell."""

import pytest

from ramstock_tui.feeds.ibkr.pulse import Pulse


def test_it_asks_every_five_seconds_and_sooner_when_nothing_comes() -> None:
    pulse = Pulse(100.0)
    pulse.ask(100.0)
    assert pulse.answer(100.1, 50, (50.5,))
    assert pulse.rtt_ms == 100
    assert not pulse.due(104.9, 104.9, False)
    assert pulse.due(105.0, 105.0, False)
    assert not pulse.due(101.05, 100.1, False)
    assert pulse.due(101.2, 100.1, False)
    assert pulse.due(100.4, 100.1, True), "a card waits"


def test_two_questions_are_never_on_their_way() -> None:
    pulse = Pulse(100.0)
    pulse.ask(100.0)
    assert not pulse.due(104.0, 99.0, False)
    assert pulse.answer(104.0, 1, (1.0,))
    assert not pulse.answer(104.1, 1, (1.0,)), "nobody asked"


def test_without_answer_and_without_messages_the_connection_is_dead() -> None:
    pulse = Pulse(100.0)
    pulse.ask(101.0)
    assert pulse.dead(104.9, 100.0) == ""
    assert "no answer" in pulse.dead(105.1, 100.0)
    assert pulse.dead(105.1, 105.0) == "", "messages come"
    assert "no answer" in pulse.dead(116.1, 116.0), "but for how long"


@pytest.mark.parametrize(
    ("broker", "clock", "away"),
    [(100, 100.0, 0), (100, 100.99, 0), (100, 97.5, 2.5), (100, 104.0, -3), (100, 101.0, 0)],
)
def test_the_broker_says_whole_seconds_and_is_right_within_them(
    broker: int, clock: float, away: float
) -> None:
    pulse = Pulse(0.0)
    pulse.ask(1.0)
    pulse.answer(1.1, broker, (clock,))
    assert pulse.skew_s == away


def test_of_two_own_clocks_the_nearer_one_counts() -> None:
    pulse = Pulse(0.0)
    pulse.ask(1.0)
    pulse.answer(1.1, 100, (5_000.0, 100.5))
    assert pulse.skew_s == 0
