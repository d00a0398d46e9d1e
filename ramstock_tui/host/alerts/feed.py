"""Tells when the data stop and when they are back: one message, however often that flickers."""

from ramstock_tui.core.engine import Engine
from ramstock_tui.host.alerts.book import Book, clock
from ramstock_tui.sinks.alert import Alert

S = 1_000_000_000
DOWN_NS = 5 * S
SAME_NS = 300 * S  # down again within that time of being back: still the same message
DOWN = "FEED DOWN"
LOUD_NS = 60 * S  # and within that time of the last bell without a sound


class FeedWatch:
    """The feed counts as down while the engine suspends alerts because of it, and while no symbol
    has had a record for 5 s. What it does before the session has seen it good once is its
    start."""

    def __init__(self) -> None:
        self._seen_good = False
        self._since: int | None = None  # down from then, event time ns
        self._key = ""
        self._told = False  # people know that it is down
        self._times = 0
        self._first = 0
        self._back_ts = -SAME_NS
        self._rang_ts = -LOUD_NS

    def adopt(self, key: str) -> None:
        """An earlier run of the session told that the feed was down, and died."""
        self._key, self._told = key, True
        self._since = self._first = int(key.partition(":")[2]) * S

    def look(self, engine: Engine, now: int, book: Book) -> list[Alert]:
        """What there is to tell at event time `now`."""
        opened = engine.session
        suspended = any(code == "feed" for code, _ in engine.acting.locks_now(now))
        silent = engine.link_ts > 0 and now - engine.link_ts > DOWN_NS
        if not (suspended or silent):
            self._seen_good = self._seen_good or engine.link_ts > 0
            return self._good(now, book)
        if not self._seen_good or opened is None or not opened.open_ns <= now < opened.close_ns:
            return []
        if self._since is None:
            self._since = min(now, engine.link_ts or now)
        if self._told or now - self._since <= DOWN_NS:
            return []
        return self._down(now, self._since, book)

    def _down(self, now: int, since: int, book: Book) -> list[Alert]:
        self._told = True
        if since - self._back_ts > SAME_NS or not self._key:
            self._key, self._times, self._first = f"feed:{since // S}", 0, since
        self._times += 1
        loud = now - self._rang_ts > LOUD_NS
        if loud:
            self._rang_ts = now
        again = f" ({self._times} times since {clock(self._first)})" if self._times > 1 else ""
        title = f"no alerts: the data stopped at {clock(since)}{again}"
        return self._news(book, DOWN, title, "bad", now, 3 if loud else 0)

    def _good(self, now: int, book: Book) -> list[Alert]:
        since, self._since = self._since, None
        if not self._told or since is None:
            return []
        self._told, self._back_ts = False, now
        title = f"data are back after {(now - since) // S} s"
        return self._news(book, "FEED BACK", title, "good", now, 1)

    def _news(
        self, book: Book, prefix: str, title: str, colour: str, now: int, bells: int
    ) -> list[Alert]:
        alert = book.event(self._key, prefix, title, colour, now, bells=bells)
        return [alert] if book.news(alert) else []
