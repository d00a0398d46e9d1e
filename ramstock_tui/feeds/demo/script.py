"""The opening script: what happens when in the first ten minutes, and with which of the cast.

Times are seconds after the session's start. The three clean signals all lose: at their null rate
(about one in four reaches the target) that is chance, and it shows the pause after a third loss.
They are the first three because the hour allows three alerts. The feed stalls while no card is up.
"""

from collections.abc import Callable

from ramstock_tui.feeds.demo import rejections
from ramstock_tui.feeds.demo.scenes import clean
from ramstock_tui.feeds.demo.stage import Hand, S, Scene

Play = Callable[[Hand], Scene]


def _loses(hand: Hand) -> Scene:
    return clean(hand, wins=False)


STALL_AT_S, STALE_AFTER_S, STALL_S = 140, 2, 7
OPENING: tuple[tuple[int, int, Play], ...] = (  # second, place in the cast, scene
    (14, 0, _loses),  # signal at 26, over by 65
    (82, 3, rejections.flash),
    (110, 4, rejections.stall),
    # feed stall 140 to 147, alerts possible again at 157
    (168, 1, _loses),  # signal at 180, over by 220
    (232, 5, rejections.replenish),
    (258, 6, rejections.iceberg),
    (296, 2, _loses),  # signal at 308, over by 350
    (360, 7, rejections.collapse),
    (398, 8, rejections.halt),  # halted 400 to 476
    (430, 9, rejections.quarantine),
)
OPENING_NS = 540 * S  # from then on clean signals come by chance
BY_CHANCE_S = 180.0  # mean time between them
LOAD_FROM_NS = 8 * S  # a scene begins 12 s before its signal
REST_NS = 900 * S  # a stock is left alone for so long as cards cool off, where others are free
