"""The bell's silence: for five minutes, or until it is taken back. Times are monotonic ns."""

from ramstock_tui.ui import text

MUTE_NS = 300 * text.NS


class Mute:
    def __init__(self) -> None:
        self._until = 0
        self._all = False

    def minutes(self, mono: int) -> str:
        """Mute for five minutes, or take that back; what to say about it."""
        self._until = 0 if mono < self._until else mono + MUTE_NS
        return "bell muted for 5 min; m: take back" if self._until else "bell is on"

    def all(self, mono: int) -> str:
        """Mute until further notice, or let the bell ring again; what to say about it."""
        self._all = not self._all
        self._until = 0
        return "bell muted; M: take back" if self._all else "bell is on"

    def quiet(self, mono: int) -> bool:
        return self._all or mono < self._until

    def words(self, mono: int) -> str:
        """`MUTED`, `MUTED 4m12s`, or "" while the bell rings."""
        if self._all:
            return "MUTED"
        return f"MUTED {text.span(self._until - mono)}" if mono < self._until else ""
