"""`ramstock run`: the broker's market in a host of its own, and the screen on it."""

from ramstock_tui.link.managed import HostLink
from ramstock_tui.settings.files import state_dir
from ramstock_tui.verbs.shadow_options import ShadowOptions


def run(given: ShadowOptions) -> int:
    """Show the session of today; begin it, go on with it, or attach to its host. The exit code of
    the screen. RamstockError: no terminal, no endpoint."""
    from ramstock_tui.ui.needs import HOST_INSTEAD, need_terminal

    need_terminal(HOST_INSTEAD)
    from ramstock_tui.verbs import shadow

    shadow.load(given)
    link = HostLink(shadow.directory_of(given), given.words())
    link.spawn_unless_held()
    from ramstock_tui import settings
    from ramstock_tui.ui.run import run_cockpit

    ui = settings.load_ui(config=given.config)
    return run_cockpit(link, theme=ui.theme, fps=ui.fps, report_dir=state_dir())
