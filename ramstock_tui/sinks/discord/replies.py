"""What an answer of the server, or its absence, means for a message."""

import math
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

import msgspec

STOPPING = frozenset({401, 403, 404})
UNKNOWN_MESSAGE = 10008  # somebody deleted the message; the webhook still stands
LEAST_S, MOST_S, UNSAID_S = 0.1, 60.0, 5.0
_MS = 1000


class Reply(NamedTuple):
    """status: 0 = no answer; failed says why: `connect` (nothing was sent), `timeout` or `lost`
    (it may have arrived). headers: names in small letters. body: at most what is read of one."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    failed: str = ""


class Meaning(NamedTuple):
    """kind: `ok`; `limited` (wait so long); `again` (refused, or nothing was sent: try later);
    `unknown` (it may have arrived); `stop` (this webhook is no more); `reject` (this message will
    never do); `gone` (the message was deleted). message: id, "" where none was told. wait_s: of
    `limited`, as the server asks. words: for people."""

    kind: str
    words: str = ""
    message: str = ""
    wait_s: float = 0.0


def meaning(reply: Reply) -> Meaning:
    """Judges one answer."""
    status = reply.status
    if reply.failed:
        return _unanswered(reply.failed)
    if 200 <= status < 300:
        return Meaning("ok", message=_message_id(reply.body))
    if status == 429:
        return Meaning("limited", "429", wait_s=wait_s(reply))
    if status in STOPPING:
        if status == 404 and _json(reply.body).get("code") == UNKNOWN_MESSAGE:
            return Meaning("gone", "the message was deleted")
        return Meaning("stop", str(status))
    if status >= 500:
        return Meaning("again", str(status))
    return Meaning("reject", f"{status} redirect" if 300 <= status < 400 else str(status))


def _unanswered(failed: str) -> Meaning:
    if failed == "connect":
        return Meaning("again", "no connection")
    return Meaning("unknown", "no answer in time" if failed == "timeout" else "connection lost")


def wait_s(reply: Reply) -> float:
    """How long a 429 asks to wait, s, not clamped. Body and headers are read; the unit of either
    has been ms at times, which shows where the other says a thousandth of it."""
    said = _number(_json(reply.body).get("retry_after"))
    header = _header_s(reply.headers)
    if said is None or header is None:
        one = said if said is not None else header
        if one is None:
            one = _number(reply.headers.get("x-ratelimit-reset-after"))
        return UNSAID_S if one is None else one
    for large, small in ((said, header), (header, said)):
        if large > MOST_S and abs(large / _MS - small) <= 1:
            return small
    return max(said, header)


def clamped(seconds: float) -> float:
    """A wait that we keep to: neither a storm nor a day."""
    return min(MOST_S, max(LEAST_S, seconds))


def number(headers: Mapping[str, str], name: str) -> float | None:
    """A header as a finite number that is not negative; None for anything else."""
    return _number(headers.get(name))


def _header_s(headers: Mapping[str, str]) -> float | None:
    raw = headers.get("retry-after")
    found = _number(raw)
    if found is not None or not raw:
        return found
    try:
        until = parsedate_to_datetime(raw)
        now = parsedate_to_datetime(headers.get("date", ""))
        return max(0.0, (until - now).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) and found >= 0 else None


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _message_id(body: bytes) -> str:
    """Digits only: it becomes part of a path."""
    found = _json(body).get("id")
    text = found if isinstance(found, str) else ""
    return text if text.isascii() and text.isdigit() and len(text) <= 24 else ""
