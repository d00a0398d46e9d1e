"""Settings: defaults, the user's files, the environment and flags as one checked value.

Only `load` imports pydantic (0.3 s); a replay that takes its rules from a ledger does not need it.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from ramstock_tui.core.listing import Limits
from ramstock_tui.core.profile import Rules
from ramstock_tui.errors import JournalError
from ramstock_tui.secret import Secret
from ramstock_tui.settings.alerts import AlertSettings, find_url
from ramstock_tui.settings.files import data_dir, data_file, state_dir
from ramstock_tui.settings.layers import read_layers, sources

if TYPE_CHECKING:
    from ramstock_tui.settings.model import Config

__all__ = [
    "AlertSettings",
    "EndpointSettings",
    "IbkrSettings",
    "RecordingSettings",
    "ScanSettings",
    "Settings",
    "UiSettings",
    "UniverseSettings",
    "data_dir",
    "data_file",
    "endpoint_configured",
    "load",
    "load_alerts",
    "load_recording",
    "load_redis",
    "load_ui",
    "resolved",
    "rules_from",
    "state_dir",
]


_MOST_MB = 100_000_000
_UI = ("fps", "theme", "notify", "sounds_per_min")
_NOTIFY = frozenset({"auto", "off", "osc9", "osc777", "osc99"})
_WORD = re.compile(r"[a-z][a-z0-9]{0,30}")


@dataclass(frozen=True, slots=True)
class UiSettings:
    """fps: frames a second to the screen, 1 to 30. theme: name; the cockpit knows which exist.
    notify: how the terminal is asked for a notification (`auto`, `off`, `osc9`, `osc777`, `osc99`).
    sounds_per_min: more are silent."""

    fps: int
    theme: str
    notify: str = "auto"
    sounds_per_min: int = 6


@dataclass(frozen=True, slots=True)
class RecordingSettings:
    """Free space of the session's disk, MB (1,000,000 bytes), below which the screen warns and
    below which recording stops; 0 = no limit."""

    warn_free_mb: int
    stop_free_mb: int


@dataclass(frozen=True, slots=True)
class ScanSettings:
    """One scanner of the broker, by the broker's own words. filters: (name, value)."""

    name: str
    code: str
    instrument: str
    location: str
    filters: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class UniverseSettings:
    """How the universe of the day is made. limits: by profile. symbols: in the place of scans.
    pinned: always watched. float_file, xbi_file: None = where they are by default."""

    refresh_s: int
    ttl_s: int
    max_rows: int
    scans: tuple[ScanSettings, ...]
    symbols: tuple[str, ...]
    pinned: tuple[str, ...]
    float_file: Path | None
    xbi_file: Path | None
    limits: dict[str, Limits]


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """One gateway of the broker and what it gives."""

    host: str
    port: int
    client_id: int
    max_lines: int
    max_depth: int
    max_tick_by_tick: int


@dataclass(frozen=True, slots=True)
class IbkrSettings:
    """endpoints: none = nothing is configured. sizes_in_lots: the gateway sends round lots. news:
    provider codes. restart_s: when the gateways restart each day, seconds after midnight in New
    York, None = nobody said; restart_for_s: how long that takes. symbols: the list to watch, none =
    those of the universe."""

    endpoints: tuple[EndpointSettings, ...]
    smart_depth: bool
    depth_rows: int
    sizes_in_lots: bool
    news: tuple[str, ...]
    restart_s: int | None
    restart_for_s: int
    symbols: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Settings:
    """What the configuration says, in units of the engine.

    acting: a profile of `rules`. fee_model: a fee model of `rules`. equity_cents: used where no
    account says otherwise. phase: 1 to 3. sources: dotted key -> `defaults`, a file, a variable or
    `command line`. warnings: lines for people; nothing depends on them.
    """

    rules: Rules
    acting: str
    fee_model: str
    equity_cents: int
    phase: int
    ui: UiSettings
    recording: RecordingSettings
    universe: UniverseSettings
    redis_url: Secret | None
    alerts: AlertSettings
    ibkr: IbkrSettings
    sources: dict[str, str]
    warnings: tuple[str, ...] = ()


def load(
    *,
    config: Path | None = None,
    env: Mapping[str, str] | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Settings:
    """Defaults, then the user's file, `config`, the environment, `overrides`: the later wins.

    Tables are merged key by key, lists are replaced. env: None = that of this process; a mapping
    also says where the user's file is (`XDG_CONFIG_HOME`). overrides: dotted key -> value; a text
    is read as TOML where it is TOML, so flags can be handed on as they are. Raises ConfigError,
    one line, for anything that cannot be read, is unknown, of a wrong kind or out of range.
    """
    env = os.environ if env is None else env
    layers = read_layers(config, env, overrides or {})
    from ramstock_tui.settings import build, problems

    checked = problems.validated(layers)
    found = sources(layers)
    url = "" if checked.discord.url is None else checked.discord.url.reveal()
    origin = found.get("discord.url", "")
    secret, where, warnings = find_url(url, origin, checked.discord.url_file, env)
    return Settings(
        rules=build.rules(checked),
        acting=checked.profile,
        fee_model=checked.fee_model,
        equity_cents=checked.equity,
        phase=checked.phase,
        ui=UiSettings(
            checked.ui.fps, checked.ui.theme, checked.ui.notify, checked.ui.sounds_per_min
        ),
        recording=RecordingSettings(
            warn_free_mb=checked.recording.warn_free_mb,
            stop_free_mb=checked.recording.stop_free_mb,
        ),
        universe=_universe(checked),
        redis_url=checked.redis.url,
        ibkr=build.ibkr(checked),
        alerts=AlertSettings(
            url=secret,
            source=where,
            attach_screenshot=checked.discord.attach_screenshot,
            command=checked.alerts.command,
            command_timeout_s=checked.alerts.command_timeout_s,
        ),
        sources=found,
        warnings=(*(line for layer in layers for line in layer.warnings), *warnings),
    )


def _universe(checked: "Config") -> UniverseSettings:
    from ramstock_tui.settings import build

    table = checked.universe
    return UniverseSettings(
        refresh_s=table.refresh_s,
        ttl_s=table.ttl_s,
        max_rows=table.max_rows,
        scans=tuple(
            ScanSettings(
                name, scan.code, scan.instrument, scan.location, tuple(sorted(scan.filters.items()))
            )
            for name, scan in table.scans.items()
        ),
        symbols=table.symbols,
        pinned=table.pinned,
        float_file=Path(table.float_file) if table.float_file else None,
        xbi_file=Path(table.xbi_file) if table.xbi_file else None,
        limits={name: build.limits(profile) for name, profile in checked.profiles.items()},
    )


def load_ui(*, config: Path | None = None, env: Mapping[str, str] | None = None) -> UiSettings:
    """What the screen alone needs, as `load` would give it, in a quarter of the time.

    Nothing else is checked, and only here is pydantic left out: the process that decides loads
    everything and says what is wrong. An `[ui]` that is not plainly right goes through `load`,
    which knows the words for it. Raises ConfigError."""
    merged = _table("ui", config, env)
    fps, theme, notify, sounds = (merged.pop(name, None) for name in _UI)
    numbers = type(fps) is int and 1 <= fps <= 30 and type(sounds) is int and 0 <= sounds <= 60
    named = isinstance(theme, str) and _WORD.fullmatch(theme) and notify in _NOTIFY
    if not merged and numbers and named:
        return UiSettings(fps=fps, theme=theme, notify=notify, sounds_per_min=sounds)
    return load(config=config, env=env).ui


def load_alerts(
    *, config: Path | None = None, env: Mapping[str, str] | None = None
) -> tuple[AlertSettings, tuple[str, ...]]:
    """(where alerts go, warnings), in the same way as `load_ui`: where nothing is configured, that
    is found out without the rest. Raises ConfigError."""
    env = os.environ if env is None else env
    discord, alerts = _table("discord", config, env), _table("alerts", config, env)
    given = [discord.get(key) for key in ("", "url", "url_file")] + [alerts.get("command")]
    if not any(given) and find_url("", "", "", env)[0] is None:
        return AlertSettings(), ()
    loaded = load(config=config, env=env)
    return loaded.alerts, loaded.warnings


def load_recording(
    *, config: Path | None = None, env: Mapping[str, str] | None = None
) -> RecordingSettings:
    """What a session that goes on under its own rules needs, in the same way as `load_ui`."""
    merged = _table("recording", config, env)
    warn, stop = merged.pop("warn_free_mb", None), merged.pop("stop_free_mb", None)
    if not merged and type(warn) is int and type(stop) is int and 0 <= stop <= warn <= _MOST_MB:
        return RecordingSettings(warn_free_mb=warn, stop_free_mb=stop)
    return load(config=config, env=env).recording


def load_redis(
    *, config: Path | None = None, env: Mapping[str, str] | None = None
) -> Secret | None:
    """The address of the Redis server, None without one; in the same way as `load_ui`."""
    url = _table("redis", config, env).get("url")
    return None if url == "" else load(config=config, env=env).redis_url


def endpoint_configured(
    *, config: Path | None = None, env: Mapping[str, str] | None = None
) -> bool:
    """Does a layer name an endpoint? What is wrong with it says `load`."""
    return bool(_table("ibkr", config, env).get("endpoints"))


def _table(name: str, config: Path | None, env: Mapping[str, str] | None) -> dict[str, Any]:
    """A table of all layers merged, unchecked; what is no table stands under the key ""."""
    merged: dict[str, Any] = {}
    for layer in read_layers(config, os.environ if env is None else env, {}):
        table = layer.data.get(name, {})
        merged |= table if isinstance(table, dict) else {"": table}
    return merged


def resolved(rules: Rules) -> dict[str, Any]:
    """The rules as plain values for the ledger header: integers, texts, None, lists and dicts."""
    plain: dict[str, Any] = msgspec.to_builtins(rules)
    return plain


def rules_from(plain: Mapping[str, Any]) -> Rules:
    """The inverse of `resolved`, also after JSON. Raises JournalError when it is something else."""
    try:
        return msgspec.convert(plain, Rules)
    except msgspec.ValidationError as error:
        raise JournalError(f"the rules in the ledger header cannot be read: {error}") from None
