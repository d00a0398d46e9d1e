"""The command line: names, options and help of every verb.

Each command imports its own module when it is called, so that no verb pays for the libraries of
another. What a verb does stands in its module; here is only what a user can type.
"""

from pathlib import Path
from typing import Annotated, Literal

import typer

from ramstock_tui import __version__
from ramstock_tui.verbs.cli_alerts import alerts
from ramstock_tui.verbs.cli_import import importing
from ramstock_tui.verbs.cli_options import (
    AsJson,
    Cards,
    Changes,
    ClockAt,
    Config,
    DemoSpeed,
    Edge,
    Equity,
    FeedName,
    Named,
    OverTws,
    Phase,
    Probe,
    ProfileName,
    Rate,
    Seed,
    SessionDirOption,
    Symbols,
)
from ramstock_tui.verbs.cli_phase import phases
from ramstock_tui.verbs.cli_universe import universe
from ramstock_tui.verbs.demo_options import SEED, SYMBOLS, DemoOptions
from ramstock_tui.verbs.journal.commands import journal
from ramstock_tui.verbs.shadow_options import ShadowOptions

app = typer.Typer(
    help="A terminal cockpit for scalping liquidity dislocations in low-priced US stocks.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(universe, name="universe")
app.add_typer(importing, name="import", no_args_is_help=True)
app.add_typer(journal, name="journal", no_args_is_help=True)
app.add_typer(alerts, name="alerts", no_args_is_help=True)
app.add_typer(phases, name="phase")


def command_line(arguments: list[str]) -> int:
    """Run the verb that the arguments name; its exit code (2: they could not be understood)."""
    try:
        app(args=arguments, prog_name="ramstock")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 0
    return 0


@app.callback(invoke_without_command=True)
def start(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    """Answer `--version`; without a verb `run` where an endpoint is configured, else `demo`."""
    if version:
        typer.echo(f"ramstock {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        from ramstock_tui.verbs import demo as verb

        raise typer.Exit(verb.unasked())


@app.command()
def replay(
    directory: Annotated[Path, typer.Argument(metavar="DIR", exists=True, file_okay=False)],
    speed: Annotated[
        str | None,
        typer.Option(
            metavar="FACTOR|max",
            help="1 is as recorded. [default: max with --headless, --json or --verify, else 1]",
        ),
    ] = None,
    headless: Annotated[
        bool, typer.Option("--headless", help="No screen; print the result.")
    ] = False,
    as_json: AsJson = False,
    confirm: Annotated[
        Literal["ledger", "all", "none", "keys"] | None,
        typer.Option(
            help="Which cards are confirmed. "
            "[default: ledger when the session holds commands, else none]"
        ),
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Compare with the recorded decisions; differs: exit 6.")
    ] = False,
    into: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write the replayed session there.")
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Replay with the rules of this file."),
    ] = None,
    symbol: Annotated[str | None, typer.Option(help="The ticker shown first.")] = None,
    changed: Changes = None,
) -> None:
    """Run a recorded session through the engine again."""
    from ramstock_tui.verbs import replay as verb

    watched = not (headless or as_json or verify)
    code = verb.run(
        directory=directory,
        speed=speed or ("1" if watched else "max"),
        headless=headless,
        as_json=as_json,
        confirm=confirm,
        verify=verify,
        into=into,
        config=config,
        symbol=symbol,
        changed=changed or [],
    )
    raise typer.Exit(code)


@app.command()
def explain(
    directory: Annotated[Path, typer.Argument(metavar="DIR", exists=True, file_okay=False)],
    symbol: Annotated[
        str | None, typer.Option(help="The ticker; for the lines of FILE that name none.")
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(metavar="HH:MM:SS[.digits]", help="New York time, up to nine digits."),
    ] = None,
    at_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="Many instants, `HH:MM:SS[.digits] [SYMBOL]` a line, answered as JSON lines.",
        ),
    ] = None,
    profile: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only this profile. [default: all]")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Explain with the rules of this file.")
    ] = None,
    changed: Changes = None,
    as_json: AsJson = False,
) -> None:
    """Show what the engine saw at an instant of a recorded session: why, or why not."""
    from ramstock_tui.verbs import explain as verb

    code = verb.run(directory, symbol, at, at_file, profile, as_json, config, changed or [])
    raise typer.Exit(code)


@app.command()
def run(
    clock_at: ClockAt = None,
    profile: ProfileName = None,
    config: Config = None,
) -> None:
    """Watch and trade the broker's market in shadow: nothing is ever sent."""
    from ramstock_tui.verbs import run as verb

    raise typer.Exit(verb.run(ShadowOptions(clock_at, profile, config)))


@app.command()
def coverage(
    directory: Annotated[Path, typer.Argument(metavar="DIR", exists=True, file_okay=False)],
    symbol: Annotated[str | None, typer.Option(help="When this one was watched.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show which symbol of a session was watched when, and which was not."""
    from ramstock_tui.verbs import coverage as verb

    raise typer.Exit(verb.run(directory, symbol, as_json))


@app.command()
def doctor(config: Config = None, as_json: AsJson = False) -> None:
    """Check the connection to the broker, and say what to do about what is wrong."""
    from ramstock_tui.verbs import doctor as verb

    raise typer.Exit(verb.run(config, as_json))


@app.command()
def host(
    feed: FeedName = "demo",
    seed: Seed = SEED,
    symbols: Symbols = SYMBOLS,
    rate: Rate = None,
    edge: Edge = 0,
    cards: Cards = 0,
    speed: DemoSpeed = "1",
    clock_at: ClockAt = None,
    phase: Phase = None,
    equity: Equity = None,
    profile: ProfileName = None,
    config: Config = None,
    directory: SessionDirOption = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Stay without a screen; else it ends after a while.")
    ] = False,
    no_screen_s: Annotated[int, typer.Option(min=1, hidden=True)] = 10,
    over_tws: OverTws = False,
    probe: Probe = None,
) -> None:
    """Run the engine without a screen; `ramstock attach` shows it. For tmux and systemd."""
    from ramstock_tui.verbs import host as verb

    if feed == "ibkr":
        shadow = ShadowOptions(clock_at, profile, config)
        raise typer.Exit(verb.run_shadow(shadow, directory, probe))
    given = DemoOptions(
        *(seed, symbols, rate, edge, cards, speed, clock_at, phase, equity, profile, config)
    )
    raise typer.Exit(verb.run(given, directory, keep, probe, no_screen_s, over_tws))


@app.command()
def record(
    feed: FeedName = "demo",
    seed: Seed = SEED,
    symbols: Symbols = SYMBOLS,
    rate: Rate = None,
    edge: Edge = 0,
    cards: Cards = 0,
    speed: DemoSpeed = "1",
    clock_at: ClockAt = None,
    phase: Phase = None,
    equity: Equity = None,
    profile: ProfileName = None,
    config: Config = None,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="DIR", help="The session directory.")
    ] = None,
) -> None:
    """Record a feed without a cockpit until Ctrl-C."""
    from ramstock_tui.verbs import record as verb

    if feed == "ibkr":
        raise typer.Exit(verb.run_shadow(ShadowOptions(clock_at, profile, config), out))
    given = DemoOptions(
        *(seed, symbols, rate, edge, cards, speed, clock_at, phase, equity, profile, config)
    )
    raise typer.Exit(verb.run(given, out))


@app.command()
def demo(
    seed: Seed = SEED,
    symbols: Symbols = SYMBOLS,
    rate: Rate = None,
    edge: Edge = 0,
    cards: Cards = 0,
    speed: DemoSpeed = "1",
    clock_at: ClockAt = None,
    phase: Phase = None,
    equity: Equity = None,
    profile: ProfileName = None,
    config: Config = None,
    directory: SessionDirOption = None,
    in_process: Annotated[
        bool,
        typer.Option("--in-process", help="Engine and screen in one process; it ends with it."),
    ] = False,
    over_tws: OverTws = False,
    probe: Probe = None,
) -> None:
    """Trade a seeded market that needs no account and no network."""
    from ramstock_tui.verbs import demo as verb

    given = DemoOptions(
        *(seed, symbols, rate, edge, cards, speed, clock_at, phase, equity, profile, config)
    )
    raise typer.Exit(verb.run(given, directory, in_process, probe, over_tws))


@app.command(hidden=True)
def moment(
    directory: Annotated[Path, typer.Argument(metavar="DIR", exists=True, file_okay=False)],
    at_ns: Annotated[int, typer.Option(min=0, help="Event time, ns since the epoch.")],
    place: Annotated[Path, typer.Option("--dir", exists=True, file_okay=False)],
    symbol: Annotated[str, typer.Option()] = "",
) -> None:
    """Serve an instant of a recorded session to the cockpit that asked for it."""
    from ramstock_tui.verbs import moment as verb

    raise typer.Exit(verb.run(directory, at_ns, symbol, place))


@app.command()
def attach(
    name: Named = None,
    take: Annotated[
        bool, typer.Option("--take", help="Take the pen from the screen that has it.")
    ] = False,
) -> None:
    """Show a session that runs; with another screen on it only to look."""
    from ramstock_tui.verbs import hosts as verb

    raise typer.Exit(verb.attach(name, take))


@app.command()
def stop(
    name: Named = None,
    everything: Annotated[bool, typer.Option("--all", help="Every session that runs.")] = False,
) -> None:
    """End a session that runs, also one that a screen shows."""
    from ramstock_tui.verbs import hosts as verb

    raise typer.Exit(verb.stop(name, everything))


@app.command()
def ps(as_json: AsJson = False) -> None:
    """List the sessions that run."""
    from ramstock_tui.verbs import hosts as verb

    raise typer.Exit(verb.ps(as_json))
