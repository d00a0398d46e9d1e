"""What a user can type after `ramstock alerts`."""

import typer

from ramstock_tui.verbs.cli_options import AsJson, Config, HostName

alerts = typer.Typer(help="Alerts to Discord: do they get out, and what did not.")


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
