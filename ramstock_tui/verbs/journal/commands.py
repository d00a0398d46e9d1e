"""What a user can type after `ramstock journal`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

journal = typer.Typer(help="Look at recorded sessions, check them and export them.")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of words.")]
Session = Annotated[
    Path, typer.Argument(metavar="DIR", exists=True, file_okay=False, help="A session directory.")
]


@journal.command("ls")
def list_sessions(as_json: AsJson = False) -> None:
    """List the sessions of the data directory."""
    from ramstock_tui.verbs.journal import listing

    raise typer.Exit(listing.run(as_json=as_json))


@journal.command()
def show(
    directory: Session,
    symbol: Annotated[str | None, typer.Option(help="Only lines about this ticker.")] = None,
    kind: Annotated[
        str | None, typer.Option(metavar="KIND,...", help="Only these kinds of line.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Only lines with this reason code.")] = None,
    begin: Annotated[
        str | None, typer.Option("--from", metavar="HH:MM[:SS]", help="New York time, inclusive.")
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", metavar="HH:MM[:SS]", help="New York time, exclusive.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Stop after so many lines.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the ledger of a session; filters combine. With --json: JSON lines."""
    from ramstock_tui.verbs.journal import show as verb

    code = verb.run(
        directory=directory,
        wanted=verb.Filter.parse(symbol=symbol, kind=kind, reason=reason, begin=begin, end=end),
        limit=limit,
        as_json=as_json,
    )
    raise typer.Exit(code)


@journal.command()
def tail(
    directory: Session,
    count: Annotated[int, typer.Option("-n", min=0, help="So many of the last lines.")] = 10,
    follow: Annotated[
        bool, typer.Option("-f", "--follow", help="Go on with the lines that come.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show the last lines of a ledger. With --json: JSON lines."""
    from ramstock_tui.verbs.journal import tail as verb

    raise typer.Exit(verb.run(directory, count=count, follow=follow, as_json=as_json))


@journal.command()
def verify(directory: Session, as_json: AsJson = False) -> None:
    """Check sequence, checksums, hash chain and sums of a session; 1 when something is wrong."""
    from ramstock_tui.verbs.journal import verify as verb

    raise typer.Exit(verb.run(directory, as_json=as_json))


@journal.command()
def repair(
    directory: Session,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done; change nothing.")
    ] = False,
) -> None:
    """Move the torn end of a session's files into files beside them; nothing is dropped."""
    from ramstock_tui.verbs.journal import repair as verb

    raise typer.Exit(verb.run(directory, dry_run=dry_run))


@journal.command()
def export(
    directory: Session,
    to: Annotated[Literal["csv", "jsonl", "parquet"], typer.Option(help="The format.")],
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="OUTDIR", help="Where the files are put.")
    ],
    what: Annotated[
        Literal["ledger", "market", "both"], typer.Option(help="Which part of the session.")
    ] = "both",
) -> None:
    """Write a session's ledger and market events as CSV, JSON lines or Parquet."""
    from ramstock_tui.verbs.journal import export as verb

    raise typer.Exit(verb.run(directory, to=to, what=what, out=out))
