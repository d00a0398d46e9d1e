"""What the screen needs of its surroundings; nothing heavy is imported to find out."""

import os
import sys

from ramstock_tui.errors import RamstockError

HOST_INSTEAD = "`ramstock host` runs the engine without"


def need_terminal(instead: str) -> None:
    """Raises RamstockError without a terminal: nobody could see the screen or leave it. instead:
    what can be done without one."""
    for name, stream in (("standard input", sys.__stdin__), ("standard error", sys.__stderr__)):
        if stream is None or not stream.isatty():
            raise RamstockError(f"{name} is no terminal: the screen needs one; {instead}")
    if os.environ.get("TERM") in ("dumb", "unknown"):
        raise RamstockError(f"TERM={os.environ['TERM']}: this terminal cannot show the screen")
