"""One request to the webhook and its answer, under one deadline. The address stays in here.

Nothing of an exception is passed on but its kind: their texts hold addresses.
"""

import asyncio
from types import TracebackType
from typing import Any, Self

import aiohttp
import msgspec

from ramstock_tui import __version__
from ramstock_tui.secret import Secret
from ramstock_tui.sinks.discord.limits import IN_FLIGHT
from ramstock_tui.sinks.discord.payload import PICTURE
from ramstock_tui.sinks.discord.replies import Reply

DEADLINE_S = 1.0  # of an attempt: connect, send, and all of the answer
BODY_BYTES = 64 * 1024
KEEP_S = 30.0  # an idle connection; a stale one would make an attempt ambiguous
_CONNECT = (aiohttp.ClientConnectorError, aiohttp.InvalidURL, aiohttp.ConnectionTimeoutError)
_TOLD = frozenset(
    {
        *("retry-after", "date", "x-ratelimit-limit", "x-ratelimit-remaining"),
        *("x-ratelimit-reset-after", "x-ratelimit-global"),
    }
)


class _Sent:
    """Has anything of the request left?"""

    def __init__(self) -> None:
        self.any = False


class Web:
    """Speaks to one webhook while it is entered."""

    def __init__(self, url: Secret, deadline_s: float = DEADLINE_S) -> None:
        self._url = url
        self._deadline_s = deadline_s
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        tracing = aiohttp.TraceConfig()
        tracing.on_request_headers_sent.append(_left)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=IN_FLIGHT, keepalive_timeout=KEEP_S),
            timeout=aiohttp.ClientTimeout(total=self._deadline_s),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trace_configs=[tracing],
            headers={"User-Agent": f"ramstock/{__version__}", "Accept-Encoding": "identity"},
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def send(self, body: Any, message: str = "", picture: bytes = b"") -> Reply:
        """Create a message, or edit that with this id. picture: a PNG that comes with a create."""
        url, _, query = self._url.reveal().partition("?")
        if message:
            url = f"{url}/messages/{message}"
        query = "&".join(filter(None, (query, "wait=true")))
        data: Any = msgspec.json.encode(body)
        headers = {"Content-Type": "application/json"}
        if picture:
            data, headers = _form(data, picture), {}
        return await self._ask("PATCH" if message else "POST", f"{url}?{query}", data, headers)

    async def _ask(self, method: str, url: str, data: Any, headers: dict[str, str]) -> Reply:
        session = self._session
        if session is None:
            raise RuntimeError("not entered")
        sent = _Sent()
        status, told, body = 0, dict[str, str](), b""
        failed = ""
        try:
            async with session.request(
                method,
                url,
                data=data,
                headers=headers,
                allow_redirects=False,
                trace_request_ctx=sent,
            ) as answer:
                status = answer.status
                told = {k.lower(): v for k, v in answer.headers.items() if k.lower() in _TOLD}
                body = await _capped(answer)
        except _CONNECT:
            failed = "connect"
        except TimeoutError:
            failed = "timeout" if sent.any else "connect"
        except (aiohttp.ClientError, OSError, ValueError, asyncio.IncompleteReadError):
            failed = "lost" if sent.any else "connect"
        # the status line came: what the server did is known, though not all that it had to say
        return Reply(status, told, body, "" if status else failed)


async def _capped(answer: aiohttp.ClientResponse) -> bytes:
    """At most BODY_BYTES of the body; the connection of a longer one is closed."""
    body = b""
    while len(body) < BODY_BYTES and (piece := await answer.content.readany()):
        body += piece
    if not answer.content.at_eof():
        answer.close()
    return body[:BODY_BYTES]


async def _left(session: object, context: Any, told: object) -> None:
    context.trace_request_ctx.any = True


def _form(payload: bytes, picture: bytes) -> aiohttp.FormData:
    form = aiohttp.FormData()
    # as text: bytes would become a file, which is no payload for the other side
    form.add_field("payload_json", payload.decode(), content_type="application/json")
    form.add_field("files[0]", picture, filename=PICTURE, content_type="image/png")
    return form
