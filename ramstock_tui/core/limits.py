"""What a change of the rules may do during a session: it tightens at once, it never loosens.

A limit that protects the trader has a direction. `acting` keeps, limit by limit, the stricter of
what the session has and what the configuration now says; everything without a direction (scoring
rules, rejections, bracket, fees, fill model) waits for the next session (D-21: "weakening a limit
while a lock exists takes effect next session date"; here it always does).
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec

from ramstock_tui.core.profile import (
    AccountLimits,
    Day,
    Gates,
    Guards,
    Losses,
    Profile,
    Rules,
    Size,
    Throttle,
    Window,
)
from ramstock_tui.core.records import ConfigChanged

Strictest = Callable[[Any, Any], Any]


class Change(NamedTuple):
    """One value that differs. path: `platform.losses.soft_e4`; None = no such limit."""

    path: str
    before: Any
    after: Any


def config_changed(session: Rules, wanted: Rules, also: tuple[Change, ...] = ()) -> ConfigChanged:
    """What happens to a running session when the configuration asks for other rules. also: what a
    session settles when it opens (acting profile, fee model), so that it can only wait."""
    rules = acting(session, wanted)
    return ConfigChanged(
        before=session,
        rules=rules,
        now=tuple(map(_text, changes(session, rules))),
        later=tuple(map(_text, (*changes(rules, wanted), *also))),
    )


def acting(session: Rules, wanted: Rules) -> Rules:
    """The rules of the rest of the session: no limit is looser than in `session`."""
    if session.version != wanted.version:
        return session
    profiles = {profile.name: profile for profile in wanted.profiles}
    return msgspec.structs.replace(
        session,
        profiles=tuple(
            _stricter(profile, profiles.get(profile.name, profile)) for profile in session.profiles
        ),
        guards=_stricter(session.guards, wanted.guards),
        account=_stricter(session.account, wanted.account),
    )


def changes(before: Rules, after: Rules) -> Iterator[Change]:
    """Every value that differs, in the order of the tables; profiles are matched by name."""
    then, now = ({profile.name: profile for profile in rules.profiles} for rules in (before, after))
    for name in [*then, *(name for name in now if name not in then)]:
        if name in then and name in now:
            yield from _differences(name, then[name], now[name])
        else:
            yield Change(name, "on" if name in then else None, "on" if name in now else None)
    for field in ("fees", "execution", "guards", "account"):
        yield from _differences(field, getattr(before, field), getattr(after, field))


def _stricter(old: Any, new: Any) -> Any:
    found = {
        name: strictest(getattr(old, name), getattr(new, name))
        for name, strictest in _STRICTER[type(old)].items()
    }
    return msgspec.structs.replace(old, **found)


def _least(old: Any, new: Any) -> Any:
    return min((value for value in (old, new) if value is not None), default=None)


def _most(old: Any, new: Any) -> Any:
    return max((value for value in (old, new) if value is not None), default=None)


def _each_least(old: tuple[int, ...], new: tuple[int, ...]) -> tuple[int, ...]:
    """Caps by phase; empty = none. Of other lengths the session's stay."""
    if not old:
        return new
    return tuple(map(min, old, new)) if len(old) == len(new) else old


def _pause(old: str, new: str) -> str:
    return "pause" if "pause" in (old, new) else old


def _scope(old: str, new: str) -> str:
    return max(old, new, key=("symbol", "escalating", "global").index)


def _day(old: Day, new: Day) -> Day:
    """An earlier end of the day; windows of the same names in the same order end earlier, start
    later and take fewer entries. Other windows wait."""
    windows = old.windows
    if [window.name for window in windows] == [window.name for window in new.windows]:
        windows = tuple(map(_window, windows, new.windows))
    return Day(
        windows=windows,
        off_s=min(old.off_s, new.off_s),
        early_close_off_s=max(old.early_close_off_s, new.early_close_off_s),
    )


def _window(old: Window, new: Window) -> Window:
    """What both allow. The start of an `if_ahead` window stays: the morning is judged there."""
    ahead = "if_ahead" in (old.allow, new.allow)
    return Window(
        name=old.name,
        start_s=old.start_s if ahead else max(old.start_s, new.start_s),
        end_s=min(old.end_s, new.end_s),
        allow=_allow(old.allow, new.allow),
        entries=_least(old.entries, new.entries),
    )


def _allow(old: Any, new: Any) -> Any:
    """`signals` may become anything, anything may become `monitor`; the rest waits."""
    return new if old == "signals" or new == "monitor" else old


# struct -> its limits, and which of two values is the stricter one
_STRICTER: dict[type, dict[str, Strictest]] = {
    Profile: {
        "min_score_e4": _most,
        "gates": _stricter,
        "throttle": _stricter,
        "day": _day,
        "size": _stricter,
        "losses": _stricter,
        "halt_scope": _scope,
    },
    Gates: {
        "spread_max_e4": _least,
        "spread_inclusive": _least,
        "ask_depth_min": _most,
        "vwap_within_e4": _least,
    },
    Throttle: {
        "per_hour": _least,
        "over": _pause,
        "then_every_s": _most,
        "cooloff_s": _most,
        "per_day": _least,
    },
    Size: {
        "risk_bp": _least,
        "risk_max_cents": _least,
        "phase_caps": _each_least,
        "share_cap": _least,
        "ceiling": _least,
        "notional_bp": _least,
    },
    Losses: {
        "soft_e4": _least,
        "hard_e4": _least,
        "hard_bp": _least,
        "count": _least,
        "window_s": _most,
        "pause_s": _most,
    },
    Guards: {
        "link_age_ms": _least,
        "quote_age_ms": _least,
        "drift_ticks": _least,
        "score_slack_e4": _least,
        "command_age_ms": _least,
    },
    AccountLimits: {
        "warn_cents": _most,
        "block_cents": _most,
        "withdraw_cents": _least,
        "capped_cents": _least,
    },
}


def _differences(path: str, before: Any, after: Any) -> Iterator[Change]:
    if before == after:
        return
    if isinstance(before, msgspec.Struct) and type(before) is type(after):
        for name in before.__struct_fields__:
            yield from _differences(f"{path}.{name}", getattr(before, name), getattr(after, name))
    elif isinstance(before, tuple) and isinstance(after, tuple) and _alike(before, after):
        for i, (old, new) in enumerate(zip(before, after, strict=True)):
            name = getattr(old, "name", None) or str(i + 1)
            yield from _differences(f"{path}.{name}", old, new)
    else:
        yield Change(path, before, after)


def _alike(before: tuple[Any, ...], after: tuple[Any, ...]) -> bool:
    return len(before) == len(after) and all(isinstance(x, msgspec.Struct) for x in before)


def _text(change: Change) -> str:
    path, unit = _unit(change.path)
    return f"{path} {_value(change.before, unit)} -> {_value(change.after, unit)}"


def _unit(path: str) -> tuple[str, str]:
    stem, _, unit = path.rpartition("_")
    if stem.endswith((".start", ".end", ".off")):
        return stem, "clock"
    return (stem, unit) if unit in _UNITS else (path, "")


def _value(value: Any, unit: str) -> str:
    if value is None:
        return "none"
    if isinstance(value, tuple):
        return f"({len(value)})" if not all(isinstance(x, int) for x in value) else _listed(value)
    if isinstance(value, msgspec.Struct):
        return str(getattr(value, "name", type(value).__name__))
    if isinstance(value, int) and not isinstance(value, bool):
        return _UNITS[unit](value) if unit else f"{value:,}"
    return str(value)


def _listed(values: tuple[int, ...]) -> str:
    return "/".join(f"{value:,}" for value in values) or "none"


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


_UNITS: dict[str, Callable[[int], str]] = {
    "e4": lambda value: f"{value / 10_000:,.4f}".rstrip("0").rstrip("."),
    "cents": lambda value: f"{value / 100:,.2f}",
    "bp": lambda value: f"{value / 100:g} %",
    "clock": _clock,
    "s": lambda value: f"{value:,} s",
    "ms": lambda value: f"{value:,} ms",
    "ticks": lambda value: f"{value} ticks",
}
