"""What a user can type after `ramstock universe`."""

from pathlib import Path
from typing import Annotated

import typer

from ramstock_tui.verbs.cli_options import AsJson

universe = typer.Typer(
    help="The symbols of the running or the last session, and why not the others.",
    invoke_without_command=True,
)
floats = typer.Typer(help="Free-floating shares from files of yours.")
universe.add_typer(floats, name="float", no_args_is_help=True)


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
