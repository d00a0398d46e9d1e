"""`python -m ramstock_tui.gateway`: a gateway as a process of its own.

Prints one line when it listens, `ramstock gateway on 127.0.0.1:PORT`, and runs until SIGTERM or
SIGINT. With port 0 the system picks one.
"""

import argparse
import asyncio
import signal
import sys
from pathlib import Path

import msgspec

from ramstock_tui.errors import RamstockError
from ramstock_tui.feeds.demo import DemoMarket, DemoSpec
from ramstock_tui.gateway.clock import EventClock
from ramstock_tui.gateway.config import GatewayConfig
from ramstock_tui.gateway.gateway import HOST, Gateway
from ramstock_tui.gateway.log import Log
from ramstock_tui.schedule import from_new_york


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0 at the end, 2 for a wrong argument."""
    options = _parser().parse_args(arguments)
    try:
        gateway = _gateway(options)
    except (OSError, ValueError, RamstockError) as problem:
        sys.stderr.write(f"ramstock gateway: {problem}\n")
        return 2
    asyncio.run(_run(gateway, options.port, options.clock_zero))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ramstock_tui.gateway")
    add = parser.add_argument
    add("--port", type=int, default=0, help="on loopback; 0 = any")
    add("--clock-at", default="2026-11-23T09:31:00", help="event time at the start, New York")
    add("--clock-zero", type=int, help="monotonic ns at which it is that time; else first client")
    add("--speed", type=float, default=1.0, help="event seconds in a real one")
    add("--seed", type=int, default=7, help="of the demo market")
    add("--symbols", type=int, default=48, help="stocks of the demo market")
    add("--rate", type=int, help="records a second of the demo market")
    add("--log", type=Path, help="file for everything it receives, a line of JSON each")
    add("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting, VALUE in JSON")
    return parser


def _gateway(options: argparse.Namespace) -> Gateway:
    at = from_new_york(options.clock_at)
    spec = DemoSpec(start_ns=at, seed=options.seed, symbols=options.symbols, rate=options.rate)
    return Gateway(
        DemoMarket(spec), EventClock(at, options.speed), _config(options.set), Log(options.log)
    )


def _config(words: list[str]) -> GatewayConfig:
    """`depth_steps="overwrite"`, `limits.depth=4`: over the defaults. Raises ValueError."""
    found: dict[str, object] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals:
            raise ValueError(f"--set {word}: must be KEY=VALUE")
        *path, name = key.split(".")
        table = found
        for part in path:
            table = table.setdefault(part, {})  # type: ignore[assignment]
        try:
            table[name] = msgspec.json.decode(value)
        except msgspec.DecodeError:
            table[name] = value
    return msgspec.convert(found, GatewayConfig)


async def _run(gateway: Gateway, port: int, zero_ns: int | None) -> None:
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)
    if zero_ns is not None:
        gateway.begin(zero_ns)
    port = await gateway.start(port)
    sys.stdout.write(f"ramstock gateway on {HOST}:{port}\n")
    sys.stdout.flush()
    await over.wait()
    await gateway.stop()


if __name__ == "__main__":
    sys.exit(main())
