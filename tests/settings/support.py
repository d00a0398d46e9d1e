"""Loading settings from texts, without the files and variables of whoever runs the tests."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ramstock_tui import settings
from ramstock_tui.settings import Settings

DEFAULTS = settings.data_file("config.toml").read_text(encoding="utf-8")

# a complete profile beside the shipped one, as a user would write it
MINE = """
[profiles.mine]
min_score = 7.5
rules = [
  { metric = "ratio_5", points = 5, at_least = 3 },
  { metric = "bid_over_ask", points = 3, at_least = 1 },
]
gates = { spread_below = 0.05 }
rejects = ["stall"]
reclaim = { surge = true }
throttle = { per_hour = 3, over = "pause", cooloff_s = 600, per_day = 9 }
windows = [{ name = "ALL", start = "09:30:30", end = "11:30", allow = "signals" }]
off = "15:45"
early_close_off_min = 15
halt_scope = "global"
heatmap = "off"
calibrated = false
size = { risk_pct = 0.15, round_to = 1, notional_pct = 50 }
losses = { hard_pct = 1.5, count = 3, window_min = 30, pause_min = 30 }

[profiles.mine.bracket]
entry_above = 0
entry_above_ticks = 0
stop_spreads = 4
min_stop_ticks = 4
ttl_s = 2.5
"""


def load(
    folder: Path,
    *,
    user: str | bytes | None = None,
    config: str | bytes | None = None,
    env: Mapping[str, str] | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Settings:
    """Settings from these texts; `folder` holds `ramstock/config.toml` and `extra.toml`."""
    if user is not None:
        write(user_path(folder), user)
    extra = folder / "extra.toml"
    if config is not None:
        write(extra, config)
    return settings.load(
        config=None if config is None else extra,
        env={"XDG_CONFIG_HOME": str(folder), **(env or {})},
        overrides=overrides,
    )


def user_path(folder: Path) -> Path:
    """Where the user's file is."""
    return folder / "ramstock" / "config.toml"


def write(path: Path, text: str | bytes) -> None:
    """Write a private file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    path.chmod(0o600)
