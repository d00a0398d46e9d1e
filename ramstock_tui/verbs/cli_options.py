"""Options and arguments that several verbs share."""

from pathlib import Path
from typing import Annotated, Literal

import typer

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

Named = Annotated[str | None, typer.Argument(metavar="[DIR|NAME]", help="Not needed for one.")]
Mode = Annotated[Literal["shadow", "paper", "live"], typer.Option(help="Whose account.")]
HostName = Annotated[
    str | None, typer.Argument(metavar="[DIR or NAME]", help="[default: the only host]")
]
