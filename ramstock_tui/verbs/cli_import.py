"""What a user can type after `ramstock import`."""

from pathlib import Path
from typing import Annotated

import typer

from ramstock_tui.verbs.cli_options import AsJson, Equity, Phase, ProfileName

importing = typer.Typer(help="Turn recorded market data into a session directory.")


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
    equity: Equity = None,
    phase: Phase = None,
    profile: ProfileName = None,
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
    equity: Equity = None,
    phase: Phase = None,
    profile: ProfileName = None,
    as_json: AsJson = False,
) -> None:
    """Import DBN files of Databento: mbp-10, mbo, mbp-1, tbbo, trades; a session each."""
    from ramstock_tui.verbs import import_dbn as verb

    assumed = verb.Assumed(allow_partial_vwap, equity, phase, profile)
    raise typer.Exit(verb.run(files, symbology, out, assumed, as_json))
