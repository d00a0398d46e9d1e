"""A small host of its own for tests of the screen's side: lease, label, socket, Welcome, beats.

`python -P host_script.py DIR [how]`. how: `fail` (says two lines on stderr and ends with 3), `slow`
(never listens), `drop` (hangs up on its first client after Welcome, and lives on).
"""

import asyncio
import os
import sys
import time
from pathlib import Path

from ramstock_tui import __version__
from ramstock_tui.core.records import Confirm
from ramstock_tui.journal.session_dir import SessionDir
from ramstock_tui.link import schema as m
from ramstock_tui.link.wire import down_unpacker, pack


class Host:
    def __init__(self, how: str) -> None:
        self.how = how
        self.clients = 0
        self.over = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.clients += 1
        number = self.clients
        unpacker = down_unpacker()
        while data := await reader.read(65536):
            for message in unpacker.feed(data):
                self.answer(message, writer)
            if self.how == "drop" and number == 1:
                break
        writer.close()

    def answer(self, message: m.Down, writer: asyncio.StreamWriter) -> None:
        if isinstance(message, m.Hello):
            role = "reader" if message.pen == "none" else "writer"
            caps = ("end",)
            welcome = m.Welcome(
                m.PROTO, __version__, "demo", role, message.pid, "", caps, "", "", os.getpid()
            )
            writer.write(pack(welcome))
            writer.write(pack(m.Beat(self.clients, 0, time.time_ns(), 0, 0)))
        elif isinstance(message, m.Order) and isinstance(message.command, Confirm):
            writer.write(pack(m.Verdict(message.cmd_id, True, "noted", ())))
        elif isinstance(message, m.End):
            writer.write(pack(m.Bye("session ended", 0)))
            self.over.set()


async def main(directory: Path, how: str) -> None:
    session = SessionDir(directory)
    lease = session.lock({"mode": "demo", "start": "now"})
    host = Host(how)
    path = directory / "s"
    path.unlink(missing_ok=True)
    os.umask(0o077)
    server = await asyncio.start_unix_server(host.serve, path)
    lease.relabel({"pid": os.getpid(), "mode": "demo", "start": "now", "socket": str(path)})
    async with server:
        await host.over.wait()
        await asyncio.sleep(0)
    lease.release()


if __name__ == "__main__":
    how = sys.argv[2] if len(sys.argv) > 2 else ""
    if how == "fail":
        sys.stderr.write("first line\n\x1b[31mramstock: config.toml: \x07bad\n")
        sys.exit(3)
    if how == "slow":
        time.sleep(30)
    asyncio.run(main(Path(sys.argv[1]), how))
