"""What a gateway's log must show of a client that behaves, whichever one it is."""

from collections import Counter, deque
from collections.abc import Iterable, Sequence

from ramstock_tui.gateway.log import Entry
from ramstock_tui.gateway.messages import ORDERS, RECEIVED

SECOND_NS = 1_000_000_000
REQUESTS = frozenset(name for name, _ in RECEIVED.values())
FAMILIES = {"req_mkt_data": "line", "req_mkt_depth": "depth", "req_tape": "tape"}


def violations(log: Iterable[Entry]) -> list[Entry]:
    """Everything that must never be in it."""
    return [entry for entry in log if entry.bad]


def orders(log: Iterable[Entry]) -> list[Entry]:
    """Orders, cancels of orders, exercises: never one."""
    return [entry for entry in log if entry.what in ORDERS or entry.kind in ORDERS]


def busiest_second(log: Iterable[Entry]) -> int:
    """Most messages of one connection in any second."""
    most = 0
    windows: dict[int, deque[int]] = {}
    for entry in log:
        if entry.what not in REQUESTS:
            continue
        window = windows.setdefault(entry.connection, deque())
        window.append(entry.mono_ns)
        while entry.mono_ns - window[0] >= SECOND_NS:
            window.popleft()
        most = max(most, len(window))
    return most


def most_at_once(log: Iterable[Entry], family: str) -> int:
    """Most streams of a family at the same time, over all connections."""
    live = most = 0
    for entry in log:
        if entry.kind == family and entry.what in ("opened", "ended"):
            live += 1 if entry.what == "opened" else -1
            most = max(most, live)
    return most


def live(log: Iterable[Entry], family: str) -> Counter[str]:
    """How many streams of a family each symbol has at the end of the log."""
    found: Counter[str] = Counter()
    for entry in log:
        if entry.kind == family and entry.what in ("opened", "ended"):
            found[entry.symbol] += 1 if entry.what == "opened" else -1
    return +found


def doubles(log: Iterable[Entry], family: str) -> list[Entry]:
    """Streams that were opened while their symbol already had one: a leaked slot."""
    held: Counter[str] = Counter()
    found: list[Entry] = []
    for entry in log:
        if entry.kind != family or entry.what not in ("opened", "ended"):
            continue
        if entry.what == "opened" and held[entry.symbol]:
            found.append(entry)
        held[entry.symbol] += 1 if entry.what == "opened" else -1
    return found


def unmatched_cancels(log: Sequence[Entry]) -> list[Entry]:
    """Cancels that found nothing: 300, 310, 366."""
    return [entry for entry in log if entry.code in (300, 310, 366)]


def reopened_after(log: Sequence[Entry], family: str, mono_ns: int) -> float | None:
    """Seconds from an instant to the next stream of the family; None = never."""
    for entry in log:
        if entry.mono_ns >= mono_ns and entry.what == "opened" and entry.kind == family:
            return (entry.mono_ns - mono_ns) / SECOND_NS
    return None


def behaves(log: Sequence[Entry], depth: int = 3, tape: int = 3, messages: int = 50) -> list[str]:
    """Everything that is wrong with the client, in words; empty = nothing."""
    found = [f"{entry.what} {entry.kind} {entry.text}" for entry in violations(log)]
    found += [f"an order: {entry}" for entry in orders(log)]
    found += [f"cancelled nothing: {entry.kind} {entry.req_id}" for entry in unmatched_cancels(log)]
    for family, most in (("depth", depth), ("tape", tape)):
        seen = most_at_once(log, family)
        if seen > most:
            found.append(f"{seen} {family} streams at once, at most {most}")
        found += [f"two {family} streams of {entry.symbol}" for entry in doubles(log, family)]
    if busiest_second(log) > messages:
        found.append(f"{busiest_second(log)} messages in a second, at most {messages}")
    return found
