"""`python -m ramstock_tui.gateway`: a gateway as a process of its own.

Prints one line when it listens, `ramstock gateway on 127.0.0.1:PORT`, and runs until SIGTERM or
SIGINT. With port 0 the system picks one.
"""

import argparse
import asyncio
import signal
import sys
from pathlib import Path
from typing import Any

import msgspec

from ramstock_tui.errors import RamstockError
from ramstock_tui.gateway.config import GatewayConfig
from ramstock_tui.gateway.gateway import HOST, Gateway
from ramstock_tui.gateway.scenario import MarketPlan, Scenario, build, load, play
from ramstock_tui.schedule import from_new_york


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0 at the end, 2 for a wrong argument, 3 for a wrong scenario."""
    options = _parser().parse_args(arguments)
    try:
        scenario = _scenario(options)
        start = from_new_york(options.clock_at or scenario.clock_at)
        gateway = build(scenario, start_ns=start, speed=options.speed, log=options.log)
    except (OSError, ValueError, RamstockError) as problem:
        sys.stderr.write(f"ramstock gateway: {problem}\n")
        return problem.exit_code if isinstance(problem, RamstockError) else 2
    asyncio.run(_run(gateway, scenario, options))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ramstock_tui.gateway")
    add = parser.add_argument
    add("--port", type=int, default=0, help="on loopback; 0 = any")
    add("--scenario", type=Path, help="file; without one the demo market, without faults")
    add("--which", type=int, default=0, help="number of this gateway among several")
    add("--clock-at", help="event time at the start, New York; else the scenario's")
    add("--clock-zero", type=int, help="monotonic ns at which it is that time; else first client")
    add("--speed", type=float, default=1.0, help="event seconds in a real one")
    add("--seed", type=int, help="of the market")
    add("--symbols", type=int, default=48, help="stocks of the demo market")
    add("--rate", type=int, help="records a second of the demo market")
    add("--log", type=Path, help="file for everything it receives, a line of JSON each")
    add("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting, VALUE in JSON")
    return parser


def _scenario(options: argparse.Namespace) -> Scenario:
    if options.scenario is not None:
        scenario = load(options.scenario)
    else:
        plan = MarketPlan(kind="demo", symbols=options.symbols, rate=options.rate)
        scenario = Scenario(market=plan)
    if options.seed is not None:
        scenario = msgspec.structs.replace(scenario, seed=options.seed)
    config = _config(options.set, msgspec.to_builtins(scenario.gateway))
    return msgspec.structs.replace(scenario, gateway=config)


def _config(words: list[str], found: dict[str, Any]) -> GatewayConfig:
    """`depth_steps="overwrite"`, `limits.depth=4`: over what is set. Raises ValueError."""
    for word in words:
        key, equals, value = word.partition("=")
        if not equals:
            raise ValueError(f"--set {word}: must be KEY=VALUE")
        *path, name = key.split(".")
        table = found
        for part in path:
            table = table.setdefault(part, {})
        try:
            table[name] = msgspec.json.decode(value)
        except msgspec.DecodeError:
            table[name] = value
    return msgspec.convert(found, GatewayConfig)


async def _run(gateway: Gateway, scenario: Scenario, options: argparse.Namespace) -> None:
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)
    if options.clock_zero is not None:
        gateway.begin(options.clock_zero)
    port = await gateway.start(options.port)
    gateway.spawn(play(gateway, scenario.faults, options.which))
    sys.stdout.write(f"ramstock gateway on {HOST}:{port}\n")
    sys.stdout.flush()
    await over.wait()
    await gateway.stop()


if __name__ == "__main__":
    sys.exit(main())
