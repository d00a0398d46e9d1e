"""The command line: names, options and help of every verb.

Each command imports its own module when it is called, so that no verb pays for the libraries of
another. What a verb does stands in its module; here is only what a user can type.
"""

from pathlib import Path
from typing import Annotated, Literal

import typer

from ramstock_tui import __version__
from ramstock_tui.verbs.demo_options import SEED, SYMBOLS, DemoOptions
from ramstock_tui.verbs.journal.commands import journal
from ramstock_tui.verbs.shadow_options import ShadowOptions

app = typer.Typer(
    help="A terminal cockpit for scalping liquidity dislocations in low-priced US stocks.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
importing = typer.Typer(help="Turn recorded market data into a session directory.")
universe = typer.Typer(
    help="The symbols of the running or the last session, and why not the others.",
    invoke_without_command=True,
)
floats = typer.Typer(help="Free-floating shares from files of yours.")
universe.add_typer(floats, name="float", no_args_is_help=True)
app.add_typer(universe, name="universe")
app.add_typer(importing, name="import", no_args_is_help=True)
app.add_typer(journal, name="journal", no_args_is_help=True)
alerts = typer.Typer(help="Alerts to Discord: do they get out, and what did not.")
app.add_typer(alerts, name="alerts", no_args_is_help=True)

# how a demo market is asked for; None = its default
Seed = Annotated[int, typer.Option(min=0, help="The same seed gives the same market.")]
Symbols = Annotated[int, typer.Option(min=1, max=500, help="How many stocks it has.")]
Rate = Annotated[
    int | None, typer.Option(min=1, help="Records a second, all stocks together (load).")
]
Edge = Annotated[
    int,
    typer.Option(metavar="BP", help="Planted edge: added chance of a win, 1/10,000. It is shown."),
]
Cards = Annotated[int, typer.Option(min=0, hidden=True)]
DemoSpeed = Annotated[str, typer.Option(metavar="FACTOR", help="1 is real time, at most 100.")]
ClockAt = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help="Start the clock there, New York time such as 2026-11-23T09:31:00. "
        "[default: 09:31:00 of the last trading day]",
    ),
]
Phase = Annotated[int | None, typer.Option(min=1, max=3, help="Evidence phase to assume.")]
Equity = Annotated[float | None, typer.Option(min=0, help="Account equity in dollars to assume.")]
ProfileName = Annotated[str | None, typer.Option(metavar="NAME", help="The acting profile.")]
Config = Annotated[Path | None, typer.Option(metavar="FILE", help="Settings on top of yours.")]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="One setting as in the file; repeatable."),
]
SessionDirOption = Annotated[
    Path | None,
    typer.Option(
        "--dir",
        metavar="DIR",
        help="The session directory: made when it is missing, gone on with when it is unfinished.",
    ),
]
Probe = Annotated[Path | None, typer.Option(metavar="FILE", hidden=True)]

FeedName = Annotated[
    Literal["demo", "ibkr"], typer.Option(help="The market: made up, or the broker's.")
]
OverTws = Annotated[
    bool,
    typer.Option(
        "--over-tws", help="The market comes through the broker's protocol, as it does live."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of words.")]


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


@universe.callback()
def show_universe(
    context: typer.Context,
    directory: Annotated[
        Path | None,
        typer.Option("--dir", metavar="DIR", exists=True, file_okay=False, help="Its session."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """The symbols of the running or the last session, and why not the others."""
    if context.invoked_subcommand is None:
        from ramstock_tui.verbs import universe as verb

        raise typer.Exit(verb.run(directory, as_json))


@floats.command("import")
def import_floats(
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False)],
) -> None:
    """Take a CSV file with the columns symbol, shares and date into the list of floats."""
    from ramstock_tui.verbs import universe as verb

    raise typer.Exit(verb.import_floats(file))


@importing.command("lobster")
def import_lobster(
    message: Annotated[Path, typer.Argument(metavar="MESSAGE", exists=True, dir_okay=False)],
    orderbook: Annotated[Path, typer.Argument(metavar="ORDERBOOK", exists=True, dir_okay=False)],
    symbol: Annotated[str, typer.Option(help="The ticker; the files do not hold it.")],
    date: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="Day of the session.")],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="DIR", help="The new session directory.")
    ] = None,
    allow_partial_vwap: Annotated[
        bool, typer.Option("--allow-partial-vwap", help="Trust a VWAP that starts after the open.")
    ] = False,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Leave out bad rows and count them.")
    ] = False,
    equity: Annotated[
        float | None, typer.Option(min=0, help="Account equity in dollars to assume.")
    ] = None,
    phase: Annotated[
        int | None, typer.Option(min=1, max=3, help="Evidence phase to assume.")
    ] = None,
    profile: Annotated[str | None, typer.Option(metavar="NAME", help="The acting profile.")] = None,
    as_json: AsJson = False,
) -> None:
    """Import a LOBSTER message file and its order book."""
    from ramstock_tui.verbs import import_lobster as verb

    code = verb.run(
        message=message,
        orderbook=orderbook,
        symbol=symbol,
        date=date,
        out=out,
        allow_partial_vwap=allow_partial_vwap,
        skip_bad=skip_bad,
        equity=equity,
        phase=phase,
        profile=profile,
        as_json=as_json,
    )
    raise typer.Exit(code)


@importing.command("dbn")
def import_dbn(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", exists=True, dir_okay=False, readable=True)
    ],
    symbology: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="symbology.json: symbols of instrument numbers."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="DIR", help="The new session directory.")
    ] = None,
    allow_partial_vwap: Annotated[
        bool, typer.Option("--allow-partial-vwap", help="Trust a VWAP that starts after the open.")
    ] = False,
    equity: Annotated[
        float | None, typer.Option(min=0, help="Account equity in dollars to assume.")
    ] = None,
    phase: Annotated[
        int | None, typer.Option(min=1, max=3, help="Evidence phase to assume.")
    ] = None,
    profile: Annotated[str | None, typer.Option(metavar="NAME", help="The acting profile.")] = None,
    as_json: AsJson = False,
) -> None:
    """Import DBN files of Databento: mbp-10, mbo, mbp-1, tbbo, trades; a session each."""
    from ramstock_tui.verbs import import_dbn as verb

    assumed = verb.Assumed(allow_partial_vwap, equity, phase, profile)
    raise typer.Exit(verb.run(files, symbology, out, assumed, as_json))


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


Named = Annotated[str | None, typer.Argument(metavar="[DIR|NAME]", help="Not needed for one.")]


Mode = Annotated[Literal["shadow", "paper", "live"], typer.Option(help="Whose account.")]
phases = typer.Typer(help="The evidence phase of an account: how much size it has earned.")
app.add_typer(phases, name="phase")


@phases.callback(invoke_without_command=True)
def phase(context: typer.Context, mode: Mode = "shadow", as_json: AsJson = False) -> None:
    """Show the phase, its evidence, and what the next one needs."""
    if context.invoked_subcommand is None:
        from ramstock_tui.verbs import phase as verb

        raise typer.Exit(verb.show(mode, as_json))


@phases.command("lower")
def phase_lower(
    phase: Annotated[int, typer.Argument(min=0, max=2, help="0 = monitor only.")],
    mode: Mode = "shadow",
) -> None:
    """Lower the phase by hand; it never rises by hand."""
    from ramstock_tui.verbs import phase as verb

    raise typer.Exit(verb.lower(mode, phase))


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


HostName = Annotated[
    str | None, typer.Argument(metavar="[DIR or NAME]", help="[default: the only host]")
]


@alerts.command("test")
def alerts_test(config: Config = None, as_json: AsJson = False) -> None:
    """Send a message to the configured webhook."""
    from ramstock_tui.verbs import alerts as verb

    raise typer.Exit(verb.test(config, as_json))


@alerts.command("status")
def alerts_status(named: HostName = None, config: Config = None, as_json: AsJson = False) -> None:
    """Show what is configured, and what a session could not deliver."""
    from ramstock_tui.verbs import alerts as verb

    raise typer.Exit(verb.status(named, config, as_json))


@alerts.command("retry")
def alerts_retry(named: HostName = None, as_json: AsJson = False) -> None:
    """Ask a running session to send again what it could not deliver."""
    from ramstock_tui.verbs import alerts as verb

    raise typer.Exit(verb.retry(named, as_json))
