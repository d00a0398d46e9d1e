"""`ramstock demo`: a seeded market in a host of its own, and the screen on it.

The host is started before the screen's libraries are imported: both load at the same time.
"""

import sys
from pathlib import Path

from ramstock_tui.link import Link
from ramstock_tui.settings.files import state_dir
from ramstock_tui.verbs.demo_options import DemoOptions, make_private


def unasked() -> int:
    """`ramstock` without a verb."""
    from ramstock_tui.settings import endpoint_configured

    if endpoint_configured():
        from ramstock_tui.verbs import run as verb
        from ramstock_tui.verbs.shadow_options import ShadowOptions

        sys.stderr.write("ramstock: starting on the configured endpoints, in shadow\n")
        return verb.run(ShadowOptions())
    sys.stderr.write("ramstock: no endpoint configured: starting the demo market\n")
    return run(DemoOptions())


def run(
    given: DemoOptions,
    directory: Path | None = None,
    inside: bool = False,
    probe: Path | None = None,
    over_tws: bool = False,
) -> int:
    """Show a new demo session, or go on with that of `directory`; the exit code of the screen.
    inside: the host runs in the screen's own process. RamstockError: no terminal, no place."""
    from ramstock_tui.ui.needs import HOST_INSTEAD, need_terminal

    need_terminal(HOST_INSTEAD)
    place = given.new_directory() if directory is None else directory.absolute()
    make_private(place)
    if inside:
        return _inside(given, place, over_tws)
    from ramstock_tui.link.managed import HostLink

    over = ["--over-tws"] if over_tws else []
    link = HostLink(place, given.words() + _probed(probe) + over)
    link.spawn_unless_held()
    return _show(link, given, probe)


def _inside(given: DemoOptions, directory: Path, over_tws: bool) -> int:
    from ramstock_tui.host.runner import local_link
    from ramstock_tui.verbs.host import open_demo, open_over_tws

    live = open_over_tws(given, directory) if over_tws else open_demo(given, directory)
    try:
        code = _show(local_link(live), given, None)
    except BaseException:
        live.abandon()
        raise
    live.close()
    return code


def _probed(probe: Path | None) -> list[str]:
    """The host writes its figures beside those of the screen."""
    return [] if probe is None else ["--probe", f"{probe.absolute()}.host"]


def _show(link: Link, given: DemoOptions, probe: Path | None) -> int:
    from ramstock_tui import settings
    from ramstock_tui.ui.run import run_cockpit

    ui = settings.load_ui(config=given.config)
    return run_cockpit(
        link,
        theme=ui.theme,
        fps=ui.fps,
        notify=ui.notify,
        sounds_per_min=ui.sounds_per_min,
        report_dir=state_dir(),
        probe=probe,
    )
