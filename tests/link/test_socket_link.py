"""The screen's end of a socket against a real Unix server in the same loop."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from ramstock_tui import __version__
from ramstock_tui.errors import RamstockError
from ramstock_tui.link import peer
from ramstock_tui.link import schema as m
from ramstock_tui.link.socket import LinkError, NoAnswerError, SocketLink
from ramstock_tui.link.wire import UP_LIMIT, down_unpacker, pack

WELCOME = m.Welcome(m.PROTO, __version__, "demo", "writer", os.getpid(), "", ("end",))
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "s"


async def hello(reader: asyncio.StreamReader) -> m.Down:
    """The first message of the screen."""
    unpacker = down_unpacker()
    while True:
        data = await reader.read(65536)
        assert data
        for message in unpacker.feed(data):
            return message


def with_server(
    path: Path, serve: Serve, act: Callable[[SocketLink], Awaitable[None]], **options: float
) -> None:
    """Run `act` with a link to a server; a failure of the server fails the test."""

    async def run() -> None:
        failures: list[BaseException] = []

        async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await serve(reader, writer)
            except BaseException as error:
                failures.append(error)
            finally:
                writer.close()

        server = await asyncio.start_unix_server(guarded, path)
        link = SocketLink(path, **options)  # type: ignore[arg-type]
        async with server:
            await act(link)
            await link.close()
        assert not failures, failures

    asyncio.run(run())


def saying(*what: bytes) -> Serve:
    """A server that says this after the Hello and hangs up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hello(reader)
        for one in what:
            writer.write(one)
        await writer.drain()

    return serve


async def everything(link: SocketLink) -> list[m.Up]:
    return [message async for message in link.messages()]


def test_the_screen_greets_with_its_version_and_hears_in_order(path: Path) -> None:
    heard: list[m.Down] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await hello(reader))
        writer.write(pack(WELCOME) + pack(m.Notice("info", "one")) + pack(m.Bye("done", 0)))

    async def act(link: SocketLink) -> None:
        await link.start()
        assert await everything(link) == [WELCOME, m.Notice("info", "one"), m.Bye("done", 0)]

    with_server(path, serve, act)
    assert heard == [m.Hello(m.PROTO, __version__, os.getpid(), "free")]


def test_a_refusal_is_a_message(path: Path) -> None:
    async def act(link: SocketLink) -> None:
        await link.start()
        assert await everything(link) == [m.Refused("version", "too old")]

    with_server(path, saying(pack(m.Refused("version", "too old"))), act)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (pack(m.Welcome(99, "9.9", "demo", "writer", 1, "", ())), "version 9.9 .protocol 99.*this"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "the engine host sent a message of"),
        ((UP_LIMIT + 1).to_bytes(4, "little"), f"allowed are 2 to {UP_LIMIT}"),
        (b"", "closed the connection without a word"),
    ],
)
def test_a_host_that_speaks_something_else_is_left_with_words(
    path: Path, said: bytes, words: str
) -> None:
    async def act(link: SocketLink) -> None:
        with pytest.raises(LinkError, match=words):
            await link.start()

    with_server(path, saying(said), act)


def test_garbage_later_ends_the_messages_with_its_reason(path: Path) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await saying(pack(WELCOME))(reader, writer)
        await reader.read(100)  # the Ack
        writer.write(b"\x02\0\0\0\x63\x90")

    async def act(link: SocketLink) -> None:
        await link.start()
        messages = link.messages()
        assert await anext(messages) == WELCOME
        link.send(m.Ack(1))
        with pytest.raises(LinkError, match="message type 99 is unknown"):
            await anext(messages)

    with_server(path, serve, act)


def test_a_host_that_says_nothing_is_not_waited_for(path: Path) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hello(reader)
        await reader.read()

    async def act(link: SocketLink) -> None:
        with pytest.raises(NoAnswerError, match=r"no answer in 0\.05 s"):
            await link.start()

    with_server(path, serve, act, answer_s=0.05)


def test_a_host_that_does_not_read_loses_the_connection_and_send_never_waits(path: Path) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hello(reader)
        writer.write(pack(WELCOME))
        await over.wait()

    over = asyncio.Event()

    async def act(link: SocketLink) -> None:
        await link.start()
        view = m.View(("x" * 60_000,), "", 10)
        for _ in range(40):
            link.send(view)
        with pytest.raises(LinkError, match="the engine host is stuck"):
            await everything(link)
        over.set()

    with_server(path, serve, act)


def test_a_screen_that_does_not_look_stops_the_flow_and_loses_nothing(path: Path) -> None:
    many = 20_000
    sent: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hello(reader)
        writer.write(pack(WELCOME))
        for n in range(many):
            writer.write(pack(m.Notice("info", f"{n} " + "x" * 200)))
            await writer.drain()
            sent.append(n)

    async def act(link: SocketLink) -> None:
        await link.start()
        before = -1
        while len(sent) != before:  # until the server cannot go on
            before = len(sent)
            for _ in range(50):
                await asyncio.sleep(0)
        assert before < many
        assert len(await everything(link)) == 1 + many

    with_server(path, serve, act)


def test_end_is_delivered_and_waited_for_when_the_screen_closes(path: Path) -> None:
    heard: list[m.Down] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        unpacker = down_unpacker()
        writer.write(pack(WELCOME))
        while not any(isinstance(one, m.End) for one in heard):
            heard.extend(unpacker.feed(await reader.read(65536)))
        writer.write(pack(m.Bye("session ended", 0)))

    async def act(link: SocketLink) -> None:
        await link.start()
        link.send(m.End())
        await link.close()
        assert isinstance(heard[-1], m.End)
        link.send(m.Ack(1))  # nobody is there any more: nothing happens

    with_server(path, serve, act)


def test_only_a_socket_of_ours_is_connected_to(path: Path, tmp_path: Path) -> None:
    def refused(words: str) -> None:
        with pytest.raises(RamstockError, match=words):
            asyncio.run(SocketLink(path).start())

    refused("No such file")
    path.write_text("")
    refused("is not a socket")
    path.unlink()
    real = tmp_path / "real"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(real))
        path.symlink_to(real)
        refused("is not a socket")
    path.unlink()
    real.rename(path)  # bound, but nobody listens
    refused("cannot be reached: Connection refused")


def test_a_path_that_the_kernel_does_not_take_is_an_error_in_words(tmp_path: Path) -> None:
    folder = tmp_path / ("d" * 120)
    folder.mkdir()
    here = os.open(folder, os.O_RDONLY)
    try:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(f"/proc/self/fd/{here}/s")
        with pytest.raises(LinkError, match="cannot be reached"):
            asyncio.run(SocketLink(folder / "s").start())
    finally:
        os.close(here)


def test_the_other_end_of_a_socket_is_known_by_its_user(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = socket.socketpair()
    with one, other:
        assert peer.peer_uid(one) == os.getuid()
        peer.check_peer(other)
        monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
        with pytest.raises(RamstockError, match=r"is user \d+, not you"):
            peer.check_peer(one)
