"""The link between engine host and cockpit: one schema, two transports (in-process, socket)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # a host is started before anything else is imported
    from ramstock_tui.link.schema import Down, Up


class Link(Protocol):
    """What the cockpit holds of an engine host. One reader, one loop."""

    async def start(self) -> None:
        """Connect and exchange Hello and Welcome; the answer is the first of `messages`."""

    def send(self, message: Down) -> None:
        """Queue one message; never waits. After `close` it does nothing."""

    def messages(self) -> AsyncIterator[Up]:
        """Every message of the host in order; ends when the link is closed on either side."""

    async def close(self) -> None:
        """End the link; a second call does nothing."""
