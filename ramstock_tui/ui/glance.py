"""A second host for a moment of the recorded session: started, listened to, ended."""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from ramstock_tui.errors import RamstockError
from ramstock_tui.link.managed import HostLink
from ramstock_tui.ui.moment import PAST, Away, Moment
from ramstock_tui.ui.state import State
from ramstock_tui.ui.text import clean


class Glance:
    """One visit. The host reads the session's files and has a private folder for its socket."""

    def __init__(self, directory: Path, at_ts: int, ticker: str, outer: State) -> None:
        self._place = Path(tempfile.mkdtemp(prefix="ramstock-moment-"))
        self._link = HostLink(self._place, argv=_argv(directory, at_ts, ticker, self._place))
        self._outer = outer
        self._inner = State(Away(self._link.send), outer.fps)
        self._inner.desk.past = PAST
        if ticker:
            self._inner.views.picked = ticker
        self._moment = Moment(self._inner, self._link.send, at_ts)

    async def run(self, clock: Callable[[], int], paint: Callable[[], None]) -> None:
        """Until the moment is left or its host ends; clock: monotonic ns."""
        moments = self._outer.moments
        moments.opened(self._moment)
        paint()
        why = "the moment has ended"
        try:
            await self._link.start()
            async for message in self._link.messages():
                self._inner.receive(message, clock())
                paint()
                await asyncio.sleep(0)
        except (OSError, RamstockError) as error:
            why = f"no moment: {clean(str(error).splitlines()[0])}"
        finally:
            await self._link.close()
            await asyncio.to_thread(shutil.rmtree, self._place, ignore_errors=True)
        if moments.shown is self._moment:
            moments.close(why)
            paint()


def _argv(directory: Path, at_ts: int, ticker: str, place: Path) -> list[str]:
    words = ["moment", str(directory), "--at-ns", str(at_ts), "--dir", str(place)]
    if ticker:
        words += ["--symbol", ticker]
    return [sys.executable, "-P", "-m", "ramstock_tui", *words]
