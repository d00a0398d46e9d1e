"""One alert in words, as every channel gets it. Nothing in it is computed by a channel."""

import msgspec

# what is sent, and kept when there is no room for all: the smaller the sooner
EXIT, ENTRY, EDIT = 0, 1, 2
COLOURS = ("good", "info", "warn", "bad", "dim")


class Shot(msgspec.Struct, frozen=True):
    """Ladder and tape of one symbol at one instant. Prices 1/10,000 USD, sizes shares. bids, asks:
    (price, shares), best first. tape: (ns since midnight, price, shares, side `B`, `S` or `M`),
    newest first. marks: (entry, stop, target). head: one line above it."""

    ticker: str
    head: str
    bids: tuple[tuple[int, int], ...]
    asks: tuple[tuple[int, int], ...]
    tape: tuple[tuple[int, int, int, str], ...]
    marks: tuple[int, int, int]


class Alert(msgspec.Struct, frozen=True):
    """The newest state of one message.

    key: of the message that it belongs to: a blueprint id, or `lock:soft`, `feed:3` ...; a later
    alert with the same key changes the message. prefix: `PENDING`, `TP +$86.50` ...; title: what it
    is about, one line. colour: of COLOURS. fields: (name, value, short), in order. footer: where it
    comes from. rank: EXIT, ENTRY or EDIT. bells: how often the terminal rings, 0 = it does not.
    notify: the terminal also shows a notification. silent: a phone makes no sound. over: it ended
    without a trade, so that nobody misses it much. at_ts: event time, ns.
    """

    key: str
    kind: str
    ticker: str
    prefix: str
    title: str
    colour: str
    fields: tuple[tuple[str, str, bool], ...] = ()
    footer: str = ""
    rank: int = EDIT
    bells: int = 0
    notify: bool = False
    silent: bool = False
    over: bool = False
    at_ts: int = 0

    @property
    def line(self) -> str:
        """`[PENDING] ABCD 9.0 buy 500 at 12.04`."""
        return f"[{self.prefix}] {self.title}"


class Delivery(msgspec.Struct, frozen=True):
    """What became of one alert in one channel. state: `sent`, `edited`, `undelivered`, `done` (a
    command) or what stopped the channel. took_ms: from the first word of it to the answer of the
    other side, None where there was none. why: in words, "" where all is well."""

    sink: str
    key: str
    prefix: str
    state: str
    took_ms: int | None = None
    why: str = ""
    slow: bool = False
