"""What one picture is drawn from, and the pieces that several panes share."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ramstock_tui.link.schema import CONNECTION_LOST, Card
from ramstock_tui.ui import text
from ramstock_tui.ui.store import Now, Store
from ramstock_tui.ui.text import Line

SHORT_STATE = 6  # cells of a state in a narrow pane
# word of the host: (word, short word, what it means); `until` adds the time left
STATES = {
    "idle": ("quiet", "quiet", "score below half the need"),
    "near": ("near", "near", "half of the need or more"),
    "rejected": ("rejected", "reject", "score enough, a check fails"),
    "suppressed": ("held back", "held", "enough, but a limit or lock"),
    "cool": ("cool", "cool", "rests after its last alert"),
    "PENDING": ("PENDING", "PEND", "a card awaits your decision"),
    "ORDER": ("ORDER", "ORDER", "an order awaits its fill"),
    "OPEN": ("OPEN", "OPEN", "a trade is running"),
    "HALT": ("HALT", "HALT", "trading is halted"),
    "halted": ("HALT", "HALT", "trading is halted"),
    "quarantine": ("quarantine", "quar", "moved too fast, or halted"),
    "probe": ("probe", "probe", "~ estimate, no depth slot"),
    "no data": ("no data", "nodata", "nothing came for it yet"),
    "warming": ("warming", "warm", "book too young to judge"),
    "stale": ("stale", "stale", "no fresh book"),
    "no book": ("no book", "nobook", "no book yet"),
    "empty bid": ("no bids", "nobids", "no one on that side"),
    "empty ask": ("no asks", "noasks", "no one on that side"),
    "crossed": ("crossed", "crossd", "bid above ask: wrong book"),
}


@dataclass(frozen=True)
class Said:
    """The host's last answer about one card."""

    ok: bool
    text: str


@dataclass(frozen=True)
class Scene:
    """live: the newest slices, for the status rows and the card. held: the slices of the panes,
    older than `live` while the view is frozen. card: the selected card; place: its number and how
    many there are. top: first row shown, by pane. filters: typed filter, by pane. said: answers by
    card id. off: why no trading key acts here, "" when they do. reader: another screen writes. row:
    number of the selected log line, 0 = none. shown: symbols of the universe pane as filtered and
    ordered, None = all of the host's; order: by what, only: the excluded ones alone."""

    live: Store
    held: Store
    now: Now
    selected: str = ""
    card: Card | None = None
    place: tuple[int, int] = (0, 0)
    top: Mapping[str, int] = field(default_factory=dict)
    said: Mapping[str, Said] = field(default_factory=dict)
    off: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)
    reader: bool = False
    row: int = 0
    shown: tuple[str, ...] | None = None
    order: str = ""
    only: bool = False

    @property
    def offset_s(self) -> int:
        """New York's offset, 0 before the first Status."""
        status = self.live.status
        return 0 if status is None else status.utc_offset_s

    def age(self, slice_id: str, age_ns: int | None) -> int | None:
        """Age of a reading of a pane now; it goes on while the view is frozen."""
        return self.held.age_ns(slice_id, age_ns, self.now)

    def age_text(self, slice_id: str, age_ns: int | None) -> str:
        """`0.1s`, or `>0.7s` while the host is silent: then it is a lower bound."""
        shown = text.age(self.age(slice_id, age_ns))
        return f">{shown}" if self.now.silent_ns is not None and shown != text.DASH else shown

    @property
    def unheard(self) -> str:
        """Why nobody answers for what is on screen, "" while the host speaks."""
        if self.live.ended:
            return "HOST ENDED"
        return "HOST SILENT" if self.now.silent_ns is not None else ""

    @property
    def stale(self) -> str:
        """Why nothing on screen is current, "" when it is."""
        status = self.live.status
        state = "" if status is None else status.data_state
        return self.unheard or {"lost": "DATA LOST", "stale": "STALE"}.get(state, "")


def hatch(lines: list[Line]) -> list[Line]:
    """Lines in the look of old data: one token, bars hatched."""
    table = str.maketrans("█▔", "░░")
    return [tuple((part.translate(table), "stale") for part, _ in line) for line in lines]


def tick(passed: bool) -> text.Span:
    return ("✓", "good") if passed else ("✗", "bad")


def book_fault(reason: str) -> text.Span:
    """Why a book cannot be used."""
    if reason == CONNECTION_LOST:  # the book is no riddle: nothing comes for it
        return reason.upper(), "bad"
    return f"BOOK? {text.clean(reason)}", "bad"


def say(message: str, look: str = "dim") -> list[Line]:
    """A pane that has nothing to show says so in one line."""
    return [((message, look),)]


def rule_name(rule: str) -> str:
    """The words of the screen for a rule of `config.toml`; an unknown one keeps its name."""
    words = {
        "ratio_3": "ratio top3",
        "spread": "spread",
        "tape_velocity": "tape /s",
        "ask_depth": "depth@ask",
        "reclaim": "vwap reclaim",
    }
    return words.get(rule, text.clean(rule).replace("_", " "))


def state_word(state: str) -> str:
    """The word of the screen for a symbol's state."""
    word = text.clean(state)
    return STATES[word][0] if word in STATES else word
