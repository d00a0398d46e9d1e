"""The daily restart of TWS or IB Gateway: when a connection that fails is no surprise."""

import msgspec

from ramstock_tui.schedule import new_york

S1 = 1_000_000_000
DAY_S = 86_400


class RestartWindow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """start_s: seconds after midnight in New York; for_s: its length, less than a day. It may reach
    over midnight."""

    start_s: int
    for_s: int

    def left_s(self, ts: int) -> int:
        """Whole seconds until the window ends, 0 = ts (ns since the epoch) is outside of it."""
        now = new_york(ts)
        since = (now.hour * 3600 + now.minute * 60 + now.second - self.start_s) % DAY_S
        return max(0, self.for_s - since)

    @property
    def words(self) -> str:
        """`daily restart until 00:00`."""
        end = (self.start_s + self.for_s) % DAY_S
        return f"daily restart until {end // 3600:02}:{end // 60 % 60:02}"
