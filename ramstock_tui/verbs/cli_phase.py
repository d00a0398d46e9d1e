"""What a user can type after `ramstock phase`."""

from typing import Annotated

import typer

from ramstock_tui.verbs.cli_options import AsJson, Mode

phases = typer.Typer(help="The evidence phase of an account: how much size it has earned.")


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
