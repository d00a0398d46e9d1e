"""The confirm key: what counts and what does not."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ramstock_tui.ui.keys import ARM_NS, NEXT_CARD_NS, REPEAT_NS, TWO_STEP_NS, KeySafety

MS = 1_000_000
A, A2, B = ("A", 1), ("A", 2), ("B", 1)


def shown(card: tuple[str, int] | None = A, two_step: bool = False) -> KeySafety:
    safety = KeySafety()
    safety.show(card, two_step, 0)
    return safety


def test_an_armed_card_is_confirmed_by_id_and_version() -> None:
    answer = shown().press(ARM_NS)
    assert (answer.do, answer.shown) == ("confirm", A)


def test_given_a_new_card_when_c_comes_within_300_ms_then_it_says_when_it_is_armed() -> None:
    answer = shown().press(100 * MS)
    assert (answer.do, answer.hint) == ("no", "armed in 0.2 s")
    assert shown().press(ARM_NS - 1).hint == "armed in 0.1 s"


def test_given_another_version_or_card_under_the_user_then_the_key_is_armed_again() -> None:
    for other in (A2, B):
        safety = shown()
        safety.show(other, False, 1000 * MS)
        assert safety.press(1100 * MS).hint == "armed in 0.2 s"
        assert safety.press(1600 * MS).shown == other


def test_given_the_same_card_shown_again_then_it_stays_armed() -> None:
    safety = shown()
    safety.show(A, False, 299 * MS)
    assert safety.press(ARM_NS).do == "confirm"


def test_a_held_key_confirms_once_and_not_the_card_that_slides_in() -> None:
    safety = shown()
    presses = [400 * MS] + [900 * MS + 33 * MS * i for i in range(60)]
    confirmed = []
    for now in presses:
        answer = safety.press(now)
        if answer.do == "confirm":
            confirmed.append(answer.shown)
            safety.show(B, False, now + 10 * MS)
    assert confirmed == [A]


def test_a_second_press_within_400_ms_is_ignored() -> None:
    safety = shown(two_step=True)
    assert safety.press(ARM_NS).do == "ask"
    assert safety.press(ARM_NS + REPEAT_NS - 1).hint == "ignored: key repeat"


def test_a_version_is_confirmed_at_most_once_by_this_screen() -> None:
    safety = shown()
    assert safety.press(ARM_NS).do == "confirm"
    assert "already sent" in safety.press(ARM_NS + 60_000 * MS).hint


def test_after_a_confirm_another_card_needs_a_second() -> None:
    safety = shown()
    safety.press(ARM_NS)
    safety.show(B, False, ARM_NS + 10 * MS)
    assert safety.press(ARM_NS + NEXT_CARD_NS - MS).do == "no"
    assert safety.press(ARM_NS + NEXT_CARD_NS + REPEAT_NS).shown == B


def test_two_steps_within_two_seconds_confirm() -> None:
    safety = shown(two_step=True)
    assert safety.press(ARM_NS).do == "ask"
    assert safety.press(ARM_NS + REPEAT_NS).shown == A


def test_given_two_seconds_or_another_key_between_then_the_first_step_is_asked_again() -> None:
    late = shown(two_step=True)
    late.press(ARM_NS)
    assert late.press(ARM_NS + TWO_STEP_NS).do == "ask"
    other = shown(two_step=True)
    other.press(ARM_NS)
    other.other_key()
    assert other.press(ARM_NS + REPEAT_NS).do == "ask"


def test_without_focus_nothing_is_confirmed_and_the_first_key_back_does_not_count() -> None:
    safety = shown()
    safety.blur()
    assert "no focus" in safety.press(ARM_NS).hint
    safety.focus()
    assert "first key" in safety.press(ARM_NS + 5000 * MS).hint
    assert safety.press(ARM_NS + 6000 * MS).do == "confirm"


def test_another_key_after_focus_in_is_the_first_key() -> None:
    safety = shown()
    safety.blur()
    safety.focus()
    safety.other_key()
    assert safety.press(ARM_NS).do == "confirm"


def test_what_blocks_is_said_and_does_not_use_up_the_card() -> None:
    safety = shown()
    assert safety.press(ARM_NS, "HOST SILENT").hint == "HOST SILENT"
    assert safety.press(ARM_NS + REPEAT_NS).do == "confirm"
    assert shown(None).press(ARM_NS).hint == "nothing to confirm"


CARDS = st.sampled_from([A, A2, B, None])
WAITS = st.sampled_from(
    [0, 1, 33 * MS, 100 * MS, 299 * MS, 300 * MS, 399 * MS, 400 * MS, 2500 * MS]
)


class Keys(RuleBasedStateMachine):
    """Against a model that keeps only the history of what happened."""

    def __init__(self) -> None:
        super().__init__()
        self.safety = KeySafety()
        self.now = 0
        self.card: tuple[str, int] | None = None
        self.changed = 0
        self.two_step = False
        self.focused, self.keys_since_focus = True, 1
        self.presses: list[int] = []
        self.confirmed: list[tuple[str, int]] = []

    @rule(wait=WAITS)
    def time_passes(self, wait: int) -> None:
        self.now += wait

    @rule(card=CARDS, two_step=st.booleans())
    def screen_shows(self, card: tuple[str, int] | None, two_step: bool) -> None:
        if card != self.card:
            self.changed = self.now
        self.card, self.two_step = card, two_step
        self.safety.show(card, two_step, self.now)

    @rule()
    def focus_is_lost(self) -> None:
        self.focused = False
        self.safety.blur()

    @rule()
    def focus_returns(self) -> None:
        if not self.focused:
            self.keys_since_focus = 0
        self.focused = True
        self.safety.focus()

    @rule()
    def another_key(self) -> None:
        self.keys_since_focus += self.focused
        self.safety.other_key()

    @rule(blocked=st.sampled_from(["", "", "", "off"]))
    def c_is_pressed(self, blocked: str) -> None:
        answer = self.safety.press(self.now, blocked)
        if answer.do == "confirm":
            assert answer.shown is not None
            assert answer.shown == self.card
            assert self.focused
            assert self.keys_since_focus > 0
            assert not blocked
            assert self.now - self.changed >= ARM_NS
            assert not self.presses or self.now - self.presses[-1] >= REPEAT_NS
            if self.two_step:
                assert self.presses
                assert any(self.now - one < TWO_STEP_NS for one in self.presses)
            self.confirmed.append(answer.shown)
        self.presses.append(self.now)
        self.keys_since_focus += self.focused

    @invariant()
    def no_version_is_confirmed_twice(self) -> None:
        assert len(self.confirmed) == len(set(self.confirmed))


TestKeys = Keys.TestCase
TestKeys.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
