"""What the screen needs of its surroundings; nothing heavy is imported to find out."""

import os
import sys

from ramstock_tui.errors import RamstockError


def need_terminal() -> None:
    """Raises RamstockError without a terminal: nobody could see the screen or leave it."""
    for name, stream in (("standard input", sys.__stdin__), ("standard error", sys.__stderr__)):
        if stream is None or not stream.isatty():
            raise RamstockError(f"{name} is no terminal: the screen needs one; see --headless")
    if os.environ.get("TERM") in ("dumb", "unknown"):
        raise RamstockError(f"TERM={os.environ['TERM']}: this terminal cannot show the screen")
