"""What a restart owes to the ledger that the host before it left."""

import msgspec

from ramstock_tui.core.engine import Engine
from ramstock_tui.core.limits import Change, config_changed
from ramstock_tui.core.profile import Rules
from ramstock_tui.core.records import ConfigChanged, Lock
from ramstock_tui.host.source import LedgerContent


def what_changed(
    engine: Engine, held: LedgerContent, wanted: Rules, also: tuple[Change, ...]
) -> ConfigChanged | None:
    """What the settings as they are now change in the session; None = nothing that the ledger has
    not said already. engine: stands where the recording left it. also: as in `config_changed`."""
    changed = config_changed(engine.rules, wanted, also)
    seq, last = engine.changed
    if last is None:
        return changed if changed.now or changed.later else None
    if not any(d.kind == "limits" and d.seq == seq for d in held.decisions):
        # a kill came between the record of the change and the line that says it
        return msgspec.structs.replace(changed, now=(*last.now, *changed.now))
    return changed if changed.now or changed.later != last.later else None


def unobeyed(held: LedgerContent) -> Lock | None:
    """A lock by hand that was written down as the last command and not acted upon any more."""
    if not held.commands:
        return None
    seq, _, command = held.commands[-1]
    acted = any(d.seq == seq for d in held.decisions)
    return command if isinstance(command, Lock) and not acted else None
