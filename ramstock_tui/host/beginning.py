"""What the screen is shown before the first input."""

from ramstock_tui.host.watched import Watched
from ramstock_tui.link import schema as m


def empty_status(session: Watched) -> m.Status:
    """Before the first input: nothing is known, nothing has happened."""
    return m.Status(
        engine_ts=0,
        utc_offset_s=0,
        mode=session.mode,
        clock_label=session.clock_label,
        profile="",
        phase=0,
        data_state="waiting",
        data_age_ns=None,
        net_e4=0,
        open_net_e4=0,
        peak_e4=0,
        soft_e4=None,
        hard_e4=None,
        entries=0,
        entries_max=0,
        wins=0,
        losses=0,
        alerts_hour=0,
        alerts_hour_max=0,
        next_alert_ts=None,
        window="",
        window_allows=False,
        window_entries=0,
        window_entries_max=None,
        window_ends_ts=None,
        losses_recent=0,
        losses_recent_max=0,
        losses_min=0,
        locks=(),
        recording=session.recording,
        speed=session.speed,
        position=None,
        confirm_policy=session.policy,
        note=session.note,
    )
