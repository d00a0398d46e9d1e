"""Where the operator looks: focus, zoom, help, selected symbol, scrolling, frozen view."""

from ramstock_tui.ui import layout
from ramstock_tui.ui.store import Now, Store, frozen

SCROLLED = ("tape", "score", "log")
PAGE = 10
FAR = 1_000_000


class Views:
    """`size` is that of the terminal, in cells."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.size = (layout.MIN_WIDTH, layout.MIN_HEIGHT)
        self.focus = ""
        self.zoom = ""
        self.help = False
        self.picked = ""
        self.top: dict[str, int] = {}
        self.still: Store | None = None

    @property
    def selected(self) -> str:
        """The operator's symbol, else the one that the host shows."""
        ladder = self.store.ladder
        return self.picked or (ladder.ticker if ladder else "")

    def boxes(self) -> list[layout.Box]:
        many = len(self.store.tickers) > 1
        return layout.layout(*self.size, many, self.zoom, bool(self.store.cards))

    def now(self, mono: int) -> Now:
        now = self.store.now(mono)
        return now if self.still is None else frozen(now)

    def go(self, pane: str) -> None:
        """Focus a pane; one without room opens zoomed."""
        if self.zoom != pane:
            self.zoom = ""
        shown = {box.pane for box in self.boxes()}
        if pane == "ladder" and "book" in shown:
            pane = "book"
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

    def scroll(self, step: int) -> None:
        """Move the selected symbol, or scroll the focused pane."""
        if self.focus in SCROLLED:
            most = self._length(self.focus) - 1
            self.top[self.focus] = max(0, min(self.top.get(self.focus, 0) + step, most))
            return
        tickers = self.store.tickers
        if len(tickers) > 1:
            at = tickers.index(self.selected) if self.selected in tickers else 0
            self.picked = tickers[max(0, min(len(tickers) - 1, at + step))]

    def _length(self, pane: str) -> int:
        """Rows that a pane can scroll through; the score has its gates below the rules."""
        if pane == "score":
            score = self.store.score
            return 1 if score is None else 4 + len(score.rows) + len(score.gates)
        view = self.store.tape if pane == "tape" else self.store.log
        return 1 if view is None else max(1, len(view.rows))

    def toggle_zoom(self) -> None:
        pane = "ladder" if self.focus in ("book", "") else self.focus
        self.zoom = "" if self.zoom else pane
        self.focus = pane

    def why(self) -> None:
        self.zoom = "" if self.zoom == "score" else "score"
        self.focus = "score"

    def freeze(self) -> str:
        """Hold or release the view; what to say about it."""
        self.still = self.store.copy() if self.still is None else None
        return "view is live" if self.still is None else "view FROZEN, engine runs; space: go on"

    def back(self) -> bool:
        """Close what is uppermost; False when there was nothing to close."""
        if self.help:
            self.help = False
        elif self.zoom:
            self.zoom = ""
        elif self.still is not None:
            self.still = None
        else:
            had = bool(self.focus)
            self.focus = ""
            self.top.clear()
            return had
        return True
