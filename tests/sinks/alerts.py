"""Alerts as a session makes them, for tests of the channels."""

from ramstock_tui.sinks.alert import EDIT, ENTRY, EXIT, Alert

RANKS = {"PENDING": ENTRY, "TP": EXIT, "SL": EXIT}
ENDS = frozenset({"EXPIRED", "CANCELLED", "SKIPPED"})


def alert(n: int = 1, prefix: str = "PENDING", ticker: str = "ABCD") -> Alert:
    """The state `prefix` of the n-th alert."""
    key = f"20261123-{ticker}-{n}"
    return Alert(
        key=key,
        kind="blueprint",
        ticker=ticker,
        prefix=prefix,
        title=f"{ticker} 9.0 buy 500 at 12.04",
        colour="info",
        fields=(("Entry", "12.04", True), ("Stop", "11.95", True), ("Target", "12.22", True)),
        footer=f"#A{n} · {key} · demo",
        rank=RANKS.get(prefix, EDIT),
        over=prefix in ENDS,
    )
