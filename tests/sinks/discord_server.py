"""A Discord webhook on loopback that behaves well or as badly as asked, and remembers everything.

It runs in a thread with a loop of its own: tests, host processes and benchmarks use it alike.
"""

import argparse
import asyncio
import contextlib
import json
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from types import TracebackType
from typing import Any, NamedTuple, Self

from aiohttp import web

TOKEN = "CANARY-tok3n-never-shown"  # noqa: S105 - of nothing
PATH = f"/api/webhooks/424242/{TOKEN}"


class Seen(NamedTuple):
    """One request. at: monotonic s. method: `POST` or `PATCH`. message: id in the path. body: of
    JSON. files: names of attachments. stored: id of the message that it made or changed."""

    at: float
    method: str
    message: str
    body: dict[str, Any]
    files: tuple[str, ...]
    stored: str


class Limit(NamedTuple):
    """A bucket that the server announces and enforces."""

    most: int
    span_s: float


class DiscordServer:
    """script: behaviours of the next requests, one each; afterwards `always`. messages: what a
    reader of the channel sees: id -> newest body."""

    def __init__(self, limit: Limit | None = None) -> None:
        self.seen: list[Seen] = []
        self.script: deque[str] = deque()
        self.always = "ok"
        self.messages: dict[str, dict[str, Any]] = {}
        self.most_at_once = 0
        self.answered: Counter[int] = Counter()
        self.elsewhere = 0  # requests to another path
        self.most_in_bucket = 0  # of what was announced
        self._limit = limit
        self._window: tuple[float, int] = (0.0, 0)
        self._now = 0
        self._port = 0
        self._changed = threading.Condition()
        self._stop: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._up = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}{PATH}"

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._up.wait(10)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._loop is not None and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def until(self, condition: Callable[[], Any], within_s: float = 10.0) -> Any:
        """Wait for the condition, looked at with every request; what it gave."""
        end = time.monotonic() + within_s
        with self._changed:
            while not (found := condition()):
                left = end - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"it never came; seen: {self.told()}")
                self._changed.wait(min(left, 0.05))
        return found

    def told(self) -> list[str]:
        """Every request in one line."""
        return [
            " ".join(filter(None, (s.method, s.message, s.body.get("content")))) for s in self.seen
        ]

    def of(self, key: str) -> list[Seen]:
        """Requests whose footer names this message."""
        return [s for s in self.seen if key in footer(s.body)]

    # ---------------------------------------------------------------------------------------------
    async def _run(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        app = web.Application(client_max_size=1 << 24)
        app.router.add_post(PATH, self._handle)
        app.router.add_patch(PATH + "/messages/{id}", self._handle)
        app.router.add_route("*", "/{rest:.*}", self._other)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self._port = runner.addresses[0][1]
        self._up.set()
        await self._stop.wait()
        await runner.cleanup()

    async def _other(self, request: web.Request) -> web.Response:
        self.elsewhere += 1
        return web.Response(status=418)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        try:
            body, files = await _read(request)
            behaviour = self.script.popleft() if self.script else self.always
            answer = await self._behave(behaviour, request, body, files)
            self.answered[answer.status] += 1
            return answer
        finally:
            self._now -= 1

    def _note(self, request: web.Request, body: Any, files: Any, stored: str) -> None:
        message = request.match_info.get("id", "")
        with self._changed:
            self.seen.append(Seen(time.monotonic(), request.method, message, body, files, stored))
            self._changed.notify_all()

    def _store(self, request: web.Request, body: dict[str, Any]) -> str:
        message = request.match_info.get("id") or str(10**17 + len(self.messages))
        self.messages[message] = body
        return message

    async def _behave(
        self, what: str, request: web.Request, body: dict[str, Any], files: tuple[str, ...]
    ) -> web.StreamResponse:
        over = self._over_limit()
        if over is not None:
            self._note(request, body, files, "")
            return over
        stored = ""
        if what in ("ok", "slow", "204", "hang", "drip", "big", "reset-after"):
            stored = self._store(request, body)
        self._note(request, body, files, stored)
        if what == "ok":
            return web.json_response({"id": stored}, headers=self._headers())
        if what == "slow":
            await asyncio.sleep(0.3)
            return web.json_response({"id": stored})
        if what == "204":
            return web.Response(status=204)
        if what in ("hang", "hang-before"):
            await _until_gone(request)
            return web.Response(status=499)
        if what in ("drip", "big"):
            return await _stream(request, what)
        if what in ("reset", "reset-after"):
            assert request.transport is not None
            request.transport.abort()
            return web.Response(status=499)
        return _plain(what)

    def _over_limit(self) -> web.Response | None:
        if self._limit is None:
            return None
        now = time.monotonic()
        start, used = self._window
        if now - start >= self._limit.span_s:
            start, used = now, 0
        self._window = (start, used + 1)
        self.most_in_bucket = max(self.most_in_bucket, used + 1)
        if used < self._limit.most:
            return None
        left = start + self._limit.span_s - now
        return web.json_response({"retry_after": left}, status=429, headers=self._headers())

    def _headers(self) -> dict[str, str]:
        if self._limit is None:
            return {}
        start, used = self._window
        left = max(0.0, start + self._limit.span_s - time.monotonic())
        return {
            "X-RateLimit-Limit": str(self._limit.most),
            "X-RateLimit-Remaining": str(max(0, self._limit.most - used)),
            "X-RateLimit-Reset-After": f"{left:.3f}",
        }


def footer(body: dict[str, Any]) -> str:
    """The footer of the embed."""
    embeds = body.get("embeds") or [{}]
    return str(embeds[0].get("footer", {}).get("text", ""))


async def _read(request: web.Request) -> tuple[dict[str, Any], tuple[str, ...]]:
    if not request.content_type.startswith("multipart/"):
        return json.loads(await request.read()), ()
    body: dict[str, Any] = {}
    files = []
    async for part in await request.multipart():
        data = await part.read()  # type: ignore[union-attr]
        if part.name == "payload_json":  # type: ignore[union-attr]
            assert part.filename is None  # type: ignore[union-attr]
            body = json.loads(data)
        else:
            assert data.startswith(b"\x89PNG")
            files.append(str(part.filename))  # type: ignore[union-attr]
    return body, tuple(files)


async def _until_gone(request: web.Request) -> None:
    """Say nothing until the other side gives up."""
    for _ in range(3000):
        if request.transport is None or request.transport.is_closing():
            return
        await asyncio.sleep(0.01)


async def _stream(request: web.Request, what: str) -> web.StreamResponse:
    """A body that never ends in time, or is of 100 MB."""
    answer = web.StreamResponse()
    await answer.prepare(request)
    with contextlib.suppress(ConnectionError):
        if what == "drip":
            for _ in range(300):
                await answer.write(b" ")
                await asyncio.sleep(0.1)
        else:
            for _ in range(1600):
                await answer.write(b"x" * 65_536)
    return answer


_HTML = "<html><body><h1>bad gateway</h1></body></html>"


def _plain(what: str) -> web.Response:
    status, _, more = what.partition(" ")
    code = int(status)
    if code == 429:
        if more == "body":
            return web.json_response({"message": "limited", "retry_after": 0.3}, status=429)
        if more == "header":
            return web.Response(status=429, headers={"Retry-After": "0.3"})
        if more == "day":
            return web.Response(
                status=429, text=_HTML, content_type="text/html", headers={"Retry-After": "86400"}
            )
        return web.Response(status=429)
    if code in (301, 302, 307, 308):
        return web.Response(status=code, headers={"Location": "/elsewhere" + PATH})
    if more == "deleted":
        return web.json_response({"code": 10008, "message": "Unknown Message"}, status=code)
    return web.Response(status=code, text=_HTML, content_type="text/html")


def main() -> None:
    """`python -m tests.sinks.discord_server`: prints its address, serves until its input ends, then
    prints what it saw as one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m tests.sinks.discord_server")
    parser.add_argument("--limit", nargs=2, type=float, metavar=("REQUESTS", "SECONDS"))
    parser.add_argument("--script", nargs="*", default=[], help="behaviours, again and again")
    asked = parser.parse_args()
    limit = Limit(int(asked.limit[0]), asked.limit[1]) if asked.limit else None
    with DiscordServer(limit) as server:
        server.script.extend(asked.script * 1000)
        sys.stdout.write(server.url + "\n")
        sys.stdout.flush()
        sys.stdin.read()
    found = {
        "requests": len(server.seen),
        "messages": len(server.messages),
        "at_once": server.most_at_once,
        "refused": server.answered[429],
        "in_bucket": server.most_in_bucket,
    }
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
