"""What can go wrong between a client and the broker: by name, called by a timeline.

Durations are event seconds. A fault with `for_s` ends by itself.
"""

from collections.abc import Callable

from ramstock_tui.gateway import faults_broker as broker
from ramstock_tui.gateway import faults_data as data
from ramstock_tui.gateway import faults_line as line
from ramstock_tui.gateway.fault import Fault
from ramstock_tui.gateway.gateway import Gateway

FAULTS: dict[str, Callable[[Gateway, Fault], None]] = {
    f.__name__: f
    for f in (
        line.drop, line.reset, line.stall, line.half_open, line.garbage, line.truncate,
        line.huge_frame, line.nonsense, line.late, line.skew, broker.notice, broker.connectivity,
        broker.farm, broker.freeze, broker.competing, broker.delayed, broker.refuse,
        data.duplicate, data.shuffle, data.depth_reset, data.depth_nonsense, data.bad_values,
        data.halt, data.headline, data.pnl, data.burst,
    )
}  # fmt: skip


def check(faults: list[Fault]) -> None:
    """Raises ValueError for one that is not known."""
    for fault in faults:
        if fault.fault not in FAULTS:
            known = ", ".join(sorted(FAULTS))
            raise ValueError(f"fault {fault.fault!r}: must be one of {known}")


def strike(gateway: Gateway, fault: Fault) -> None:
    """It happens now."""
    gateway.note("fault", kind=fault.fault, code=fault.code or None, text=fault.text)
    FAULTS[fault.fault](gateway, fault)
    for session in gateway.sessions:
        session.pipe.flush()
