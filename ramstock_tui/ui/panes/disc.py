"""Do alerts get out: `disc ok 212ms` (p95), `disc 429 12s`, `disc STOPPED 404`, `disc off`."""

from ramstock_tui.link.schema import DiscordRow
from ramstock_tui.ui import text
from ramstock_tui.ui.text import Line, clean

FINE, LOST = 9, 1  # ranks: what is well may give way, what is lost must be seen


def part(row: DiscordRow) -> text.Part:
    """For the first status row."""
    fine = row.state in ("off", "ok") and not row.undelivered
    return text.part(FINE if fine else LOST, *lines(row))


def lines(row: DiscordRow) -> list[Line]:
    """The same in fewer and fewer cells."""
    lost: Line = ((f" {row.undelivered} lost", "bad"),) if row.undelivered else ()
    took = "" if row.p95_ms is None else f" {row.p95_ms}ms"
    detail = clean(row.detail, 24)
    words, token = {
        "off": ("off", "dim"),
        "ok": (f"ok{took}", "good"),
        "slow": (f"SLOW{took}", "warn"),
        "held": (f"{detail} {row.wait_s}s", "warn"),
        "open": (f"{detail} HELD {row.wait_s}s", "bad"),
        "stopped": (f"STOPPED {detail}", "bad"),
    }.get(row.state, (detail, "bad"))
    found: list[Line] = [((f"disc {words}", token), *lost)]
    return [*found, ((f"disc {words}", token),)] if lost else found
