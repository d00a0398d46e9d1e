"""Where the operator looks: focus, zoom, help, selected symbol, filter, scrolling, frozen view."""

from typing import Any

from ramstock_tui.link.schema import ROWS_UNASKED, LogRow
from ramstock_tui.ui import layout
from ramstock_tui.ui.listed import SORTS, listed
from ramstock_tui.ui.panes import timeline
from ramstock_tui.ui.store import Now, Store, frozen

SCROLLED = ("tape", "score", "why", "log", "coverage")
FILTERED = ("universe", "log")
PAGE = 10
FAR = 1_000_000


class Views:
    """`size` is that of the terminal, in cells. `filters`: typed text by pane."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.size = (layout.MIN_WIDTH, layout.MIN_HEIGHT)
        self.focus = ""
        self.zoom = ""
        self.help = False
        self.picked = ""
        self.top: dict[str, int] = {}
        self.filters: dict[str, str] = {}
        self.sort = ""  # of the symbols, see `listed.SORTS`
        self.only = False  # the excluded symbols alone
        self._listed: tuple[Any, tuple[str, ...]] = ((), ())
        self.still: Store | None = None
        self._row = 0  # of the selected symbol within the universe pane
        self._log_n = 0  # number of the selected log line, 0 = the uppermost in sight
        self._line = 0  # where it was

    @property
    def selected(self) -> str:
        """The operator's symbol, else the one that the host shows."""
        ladder = self.store.ladder
        return self.picked or (ladder.ticker if ladder else "")

    def boxes(self) -> list[layout.Box]:
        """Before the symbols are known, those of a session with many: nothing moves later."""
        many = len(self.store.tickers) != 1
        return layout.layout(*self.size, many, self.zoom, bool(self.store.cards), self.foot)

    @property
    def foot(self) -> int:
        """Rows of the time line above the keys."""
        return timeline.height(*self.size) if self.store.timeline is not None else 0

    def now(self, mono: int) -> Now:
        now = self.store.now(mono)
        return now if self.still is None else frozen(now)

    # panes ----------------------------------------------------------------------------------------
    def go(self, pane: str) -> None:
        """Focus a pane; one without room opens zoomed."""
        if self.zoom != pane:
            self.zoom = ""
        shown = {box.pane for box in self.boxes()}
        if pane in ("ladder", "tape") and pane not in shown and "book" in shown:
            pane = "book" if pane == "ladder" else pane
        self.focus = pane
        if pane not in shown:
            self.zoom = pane

    def click(self, x: int, y: int) -> None:
        """Focus the pane at a cell of the screen."""
        for box in self.boxes():
            if box.x <= x < box.x + box.w and box.y <= y < box.y + box.h:
                self.focus = box.pane

    def tab(self, step: int) -> None:
        panes = [box.pane for box in self.boxes()]
        if panes:
            at = panes.index(self.focus) if self.focus in panes else (-1 if step > 0 else 0)
            self.focus = panes[(at + step) % len(panes)]

    # symbols --------------------------------------------------------------------------------------
    def tickers(self) -> tuple[str, ...]:
        """The symbols that the filter lets pass, in the order asked for."""
        store, typed = self.still or self.store, self.filters.get("universe", "")
        made_from = (
            store.held.get("symbols"),
            store.held.get("funnel"),
            self.sort,
            self.only,
            typed,
        )
        if made_from != self._listed[0]:
            found = passing(listed(store, self.sort, self.only), typed)
            self._listed = made_from, found
        return self._listed[1]

    def room(self) -> int:
        """Symbols that the universe pane has room for."""
        return layout.universe_rows(self.boxes(), (self.still or self.store).funnel is not None)

    def next_sort(self) -> str:
        """Another order of the symbols; what to say about it."""
        if self.store.funnel is None:
            return "no universe to sort"
        self.sort = SORTS[(SORTS.index(self.sort) + 1) % len(SORTS)]
        self.follow()
        return f"symbols by {self.sort or 'what they do'}"

    def toggle_excluded(self) -> str:
        """Only the excluded symbols, or all again; what to say about it."""
        if self.store.funnel is None:
            return "no universe, nothing is excluded"
        self.only = not self.only
        self.top.pop("universe", None)
        tickers = self.tickers()
        if self.only and tickers:
            self.go("universe")
            self._pick(0, tickers)
        elif not self.only:
            self.picked = ""
            self.follow()
        count = len(self.store.funnel.excluded)
        return f"{count} excluded; e: all symbols" if self.only else "all symbols"

    def follow(self) -> None:
        """After the order or the room changed: the symbol that the operator selected keeps its line
        on the screen; without one the list stays where it is. The same for the log."""
        self._follow_line()
        tickers, room = self.tickers(), self.room()
        if room <= 0 or not tickers:
            return
        top = self.top.get("universe", 0)
        if self.picked in tickers:
            top = tickers.index(self.picked) - min(self._row, room - 1)
        self._scrolled_to(max(0, min(top, len(tickers) - room)), tickers)

    def _scrolled_to(self, top: int, tickers: tuple[str, ...]) -> None:
        self.top["universe"] = top
        if self.selected in tickers:
            self._row = tickers.index(self.selected) - top

    def rows_of(self) -> tuple[str, ...]:
        """Tickers whose rows the host shall send: those in sight, a page before and one after.
        Moves in steps, so that not every key changes it. Without the pane: the selected one."""
        room = self.room()
        if room <= 0:
            return (self.selected,) if self.selected else ()
        count = min(ROWS_UNASKED, 3 * room)
        before = (count - room) // 2
        stride = max(1, min(room // 2, before))
        first = max(0, self.top.get("universe", 0) - before) // stride * stride
        return self.tickers()[first : first + count]

    # log ------------------------------------------------------------------------------------------
    @property
    def log_n(self) -> int:
        """Number of the selected log line, 0 while the log is not focused."""
        row = self.log_row()
        return 0 if row is None else row.n

    def log_row(self) -> LogRow | None:
        """The selected line of the focused log."""
        rows = self._log_rows()
        if self.focus != "log" or not rows:
            return None
        return rows[self._log_at(rows)]

    def _log_rows(self) -> tuple[LogRow, ...]:
        log = (self.still or self.store).log
        return () if log is None else log_rows(log.rows, self.filters.get("log"))

    def _log_at(self, rows: tuple[LogRow, ...]) -> int:
        """Where the selected line is, newest first: lines may have come above it or gone."""
        if not self._log_n:
            return min(self.top.get("log", 0), len(rows) - 1)
        older = sum(row.n > self._log_n for row in rows)
        return min(older, len(rows) - 1)

    def _pick_line(self, step: int) -> None:
        rows = self._log_rows()
        if not rows:
            return
        at = max(0, min(self._log_at(rows) + step, len(rows) - 1))
        self._log_n, self._line = rows[at].n, at
        self._keep_line(at, self.top.get("log", 0))

    def _keep_line(self, at: int, top: int) -> None:
        """Scroll as little as keeps the line `at` in sight."""
        room = max(1, layout.log_rows(self.boxes()))
        self.top["log"] = max(0, min(max(top, at - room + 1), at))

    def _follow_line(self) -> None:
        """New lines push the selected one down: the view goes with it."""
        rows = self._log_rows()
        if self._log_n and self.focus == "log" and rows:
            at = self._log_at(rows)
            self._keep_line(at, self.top.get("log", 0) + at - self._line)
            self._line = at

    def scroll(self, step: int) -> None:
        """Move the selected symbol or log line, or scroll the focused pane."""
        if self.focus == "log":
            self._pick_line(step)
            return
        if self.focus in SCROLLED:
            most = self._length(self.focus) - 1
            self.top[self.focus] = max(0, min(self.top.get(self.focus, 0) + step, most))
            return
        tickers = self.tickers()
        if len(tickers) > 1:
            at = tickers.index(self.selected) if self.selected in tickers else 0
            self._pick(max(0, min(len(tickers) - 1, at + step)), tickers)

    def page(self) -> int:
        """Lines that a page key moves by."""
        return max(1, self.room() - 1) if self._moves_symbol() else PAGE

    def _moves_symbol(self) -> bool:
        return self.focus not in SCROLLED

    def match(self, step: int) -> bool:
        """Select the next (+1) or previous (-1) symbol that the filter lets pass, around the end;
        in the log scroll by one. False without a filter."""
        if self.focus in SCROLLED:
            self.scroll(step)
            return bool(self.filters.get("log"))
        tickers = self.tickers()
        if not self.filters.get("universe") or not tickers:
            return False
        at = tickers.index(self.selected) + step if self.selected in tickers else 0
        self._pick(at % len(tickers), tickers)
        return True

    def select(self, ticker: str) -> None:
        """Show a symbol; a filter that hides it goes."""
        if ticker not in self.tickers():
            self.filters.pop("universe", None)
        tickers = self.tickers()
        if ticker in tickers:
            self._pick(tickers.index(ticker), tickers)

    def _pick(self, at: int, tickers: tuple[str, ...]) -> None:
        """Select; the list scrolls only as far as it must."""
        self.picked = tickers[at]
        room = max(1, self.room())
        top = min(max(self.top.get("universe", 0), at - room + 1), at)
        self._scrolled_to(max(0, min(top, len(tickers) - room)), tickers)

    def _length(self, pane: str) -> int:
        """Rows that a pane can scroll through; the score has its gates below the rules."""
        if pane in ("score", "why"):
            score = self.store.score
            below = 10 if pane == "why" else 0  # closest five, counts
            return 1 if score is None else 4 + below + len(score.rows) + len(score.gates)
        if pane == "log":
            log = self.store.log
            return 1 if log is None else max(1, len(log_rows(log.rows, self.filters.get("log"))))
        if pane == "coverage":
            return 1 if self.store.coverage is None else max(1, len(self.store.coverage.rows))
        return 1 if self.store.tape is None else max(1, len(self.store.tape.rows))

    # filter ---------------------------------------------------------------------------------------
    def filtered(self) -> str:
        """The pane that a typed filter concerns."""
        return "log" if self.focus == "log" else "universe"

    def narrow(self, pane: str, typed: str) -> None:
        """Show only what contains `typed`; "" shows everything."""
        if typed:
            self.filters[pane] = typed
        else:
            self.filters.pop(pane, None)
        if pane == "universe":
            self.follow()
        else:
            self.top.pop(pane, None)

    def settle(self, pane: str) -> None:
        """The filter was entered: select its first match unless the selected symbol is one."""
        tickers = self.tickers()
        if pane == "universe" and tickers and self.selected not in tickers:
            self._pick(0, tickers)

    # whole view -----------------------------------------------------------------------------------
    def toggle_zoom(self) -> None:
        pane = "ladder" if self.focus in ("book", "") else self.focus
        self.zoom = "" if self.zoom else pane
        self.focus = pane

    def zoom_to(self, pane: str) -> None:
        """This pane fills the screen."""
        self.focus = self.zoom = pane

    def heatmap(self) -> None:
        """Fill the screen with it, or give the screen back."""
        self.zoom = "" if self.zoom == "heatmap" else "heatmap"
        self.focus = "heatmap"

    def why(self) -> None:
        self.zoom = "" if self.zoom == "why" else "why"
        self.focus = "why"

    def freeze(self) -> str:
        """Hold or release the view; what to say about it."""
        self.still = self.store.copy() if self.still is None else None
        self.follow()
        return "view is live" if self.still is None else "view FROZEN, engine runs; space: go on"

    def back(self) -> bool:
        """Close what is uppermost; False when there was nothing to close."""
        if self.help:
            self.help = False
        elif self.filters:
            self.filters.clear()
            self.follow()
        elif self.only:
            self.toggle_excluded()
        elif self.zoom:
            self.zoom = ""
        elif self.still is not None:
            self.still = None
            self.follow()
        else:
            had = bool(self.focus)
            self.focus = ""
            self._log_n = 0
            for pane in SCROLLED:
                self.top.pop(pane, None)
            return had
        return True


def passing(tickers: tuple[str, ...], typed: str) -> tuple[str, ...]:
    """Tickers that contain `typed` in any case."""
    wanted = typed.upper()
    return tuple(t for t in tickers if wanted in t.upper()) if typed else tickers


def log_rows(rows: tuple[LogRow, ...], typed: str | None) -> tuple[LogRow, ...]:
    """Log lines whose ticker or text contains `typed` in any case."""
    if not typed:
        return rows
    wanted = typed.casefold()
    return tuple(row for row in rows if wanted in f"{row.ticker} {row.text}".casefold())
