"""One ledger line: its bytes, its checks, and decisions and commands as lines and back.

A line is a JSON object that ends with `,"h":"16 hex","c":"8 hex"}`. h chains the lines: the first
16 hex digits of sha256(h of the line before + the object without h and c); before the first line h
is 16 zeros. c is the CRC-32 of the bytes before `,"c":`.
"""

import hashlib
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from ramstock_tui.core.decisions import KINDS, Decision
from ramstock_tui.core.records import Command
from ramstock_tui.errors import JournalError

VERSION = 1
MAX_LINE = 1 << 20  # bytes, newline included
FIRST_HASH = b"0" * 16
TORN = "torn"  # kind of the line that seals a torn one; `bytes` is the length of what it seals
_TAIL = len(',"h":"0123456789abcdef","c":"01234567"}')
_C_TAIL = len(',"c":"01234567"}')
_OWN = frozenset({"v", "n", "timestamp", "w", "h", "c"})
_FIRST_KEYS = ("seq", "at", "i", "timestamp", "ts", "kind", "ticker", "profile", "score")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Unreadable(ValueError):
    """A line that does not hold; the text says why."""


def iso(ts: int) -> str:
    """ns since the epoch -> `2026-11-23T14:31:00.000000Z`, whole microseconds, rounded down."""
    moment = _EPOCH + timedelta(microseconds=ts // 1000)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def pack_line(line: dict[str, Any], n: int, wall_ns: int, chain: bytes) -> tuple[bytes, bytes]:
    """(bytes with the newline, new chain hash). Raises ValueError for a line that cannot stand."""
    if taken := _OWN.intersection(line):
        raise ValueError(f"the ledger sets {', '.join(sorted(taken))} itself")
    if not isinstance(line.get("kind"), str) or not isinstance(line.get("ts"), int):
        raise ValueError("a line needs a kind and a ts")
    whole = {
        "ticker": "",
        "profile": "",
        "score": None,
        "rejection_reason": None,
        **line,
        "timestamp": iso(line["ts"]),
    }
    ordered: dict[str, Any] = {"v": VERSION, "n": n}
    for key in _FIRST_KEYS:
        if key in whole:
            ordered[key] = whole.pop(key)
    ordered |= whole
    ordered["w"] = wall_ns
    body = msgspec.json.encode(ordered)
    hashed = _next_hash(chain, body)
    head = body[:-1] + b',"h":"' + hashed + b'"'
    packed = head + b',"c":"' + _crc(head) + b'"}\n'
    if len(packed) > MAX_LINE:
        raise ValueError(f"a line has at most {MAX_LINE} bytes, was {len(packed)}")
    return packed, hashed


def unpack_line(raw: bytes) -> tuple[dict[str, Any], bytes, bytes]:
    """(object, h, bytes that h covers) of a line without its newline; its chain is not checked
    here (`chained`). Raises Unreadable."""
    head, tail = raw[:-_C_TAIL], raw[-_TAIL:]
    if not (
        tail.startswith(b',"h":"')
        and tail[22:29] == b'","c":"'
        and raw.endswith(b'"}')
        and _crc(head) == raw[-10:-2]
    ):
        raise Unreadable(_what_is_wrong(raw))
    try:
        line = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise Unreadable(f"no JSON object: {problem}") from problem
    if not isinstance(line, dict):
        raise Unreadable("no JSON object")
    _check_own_keys(line)
    return line, tail[6:22], raw[:-_TAIL] + b"}"


def chained(chain: bytes, hashed: bytes, body: bytes) -> bool:
    """Does the line with h = hashed follow the one with h = chain?"""
    return _next_hash(chain, body) == hashed


def _next_hash(chain: bytes, body: bytes) -> bytes:
    return hashlib.sha256(chain + body).hexdigest()[:16].encode()


def _crc(data: bytes) -> bytes:
    return b"%08x" % zlib.crc32(data)


def _check_own_keys(line: dict[str, Any]) -> None:
    for key in ("v", "n", "ts"):
        if type(line.get(key)) is not int:
            raise Unreadable(f"no whole number `{key}`")
    if line["v"] < 1 or line["n"] < 1:
        raise Unreadable("v and n start at 1")
    if not isinstance(line.get("kind"), str):
        raise Unreadable("no `kind`")


def _what_is_wrong(raw: bytes) -> str:
    if not raw:
        return "empty line"
    if b"\0" in raw:
        return "holds NUL bytes"
    if raw.startswith(b"\xef\xbb\xbf"):
        return "starts with a byte order mark"
    if raw.endswith(b"\r"):
        return "ends with CR LF"
    try:
        raw.decode()
    except UnicodeDecodeError:
        return "is not UTF-8"
    if not (raw.startswith(b'{"v":') and raw.endswith(b'"}')):
        return "is no ledger line"
    return "its checksum does not hold"


# decisions and commands ---------------------------------------------------------------------------
def decision_line(decision: Decision) -> dict[str, Any]:
    """The payload for `Ledger.write`; score: a number (the decision's / 10,000) or None.

    Raises ValueError for a reason code that is empty or holds a comma.
    """
    if any(not code or "," in code for code in decision.reasons):
        raise ValueError(f"reason codes are words without commas, was {decision.reasons!r}")
    return {
        "kind": decision.kind,
        "at": [decision.seq, decision.ts],
        "i": decision.i,
        "ts": decision.ts,
        "ticker": decision.ticker,
        "profile": decision.profile,
        "score": None if decision.score is None else decision.score / 10_000,
        "rejection_reason": ",".join(decision.reasons) or None,
        "body": decision.body,
        "info": decision.info,
    }


class _DecisionLine(msgspec.Struct):
    kind: str
    at: tuple[int, int]
    i: int
    ticker: str
    profile: str
    score: float | None
    rejection_reason: str | None
    body: dict[str, Any]
    info: dict[str, Any]


def is_decision(raw: dict[str, Any]) -> bool:
    """Is this line one that `decision_from` reads?"""
    return raw.get("kind") in KINDS and "at" in raw


def decision_from(raw: dict[str, Any]) -> Decision:
    """The inverse of `decision_line`; sequences in body and info come back as lists.

    Raises JournalError for a line that is no decision.
    """
    try:
        line = msgspec.convert(raw, _DecisionLine)
        if line.kind not in KINDS:
            raise ValueError(f"kind {line.kind!r} is no decision")
    except ValueError as problem:
        raise JournalError(f"ledger line {raw.get('n')}: {problem}") from problem
    return Decision(
        line.kind,
        line.at[0],
        line.at[1],
        line.i,
        line.profile,
        line.ticker,
        None if line.score is None else round(line.score * 10_000),
        tuple(line.rejection_reason.split(",")) if line.rejection_reason else (),
        line.body,
        line.info,
    )


def command_line(
    seq: int, ts: int, command: Command, extra: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The payload for `Ledger.write(..., sync=True)`; extra: further keys, such as who pressed.

    Raises ValueError when extra names a key of the line itself.
    """
    line: dict[str, Any] = {
        "kind": "command",
        "seq": seq,
        "ts": ts,
        "command": msgspec.to_builtins(command),
    }
    if extra and not line.keys().isdisjoint(extra):
        raise ValueError("extra names a key of the command line itself")
    return {**line, **(extra or {})}


class _CommandLine(msgspec.Struct):
    seq: int
    ts: int
    command: Command


def command_from(raw: dict[str, Any]) -> tuple[int, int, Command]:
    """(seq, ts, command) of a line of kind `command`. Raises JournalError for any other."""
    try:
        if raw.get("kind") != "command":
            raise ValueError(f"kind {raw.get('kind')!r} is no command")
        line = msgspec.convert(raw, _CommandLine)
    except ValueError as problem:
        raise JournalError(f"ledger line {raw.get('n')}: {problem}") from problem
    return line.seq, line.ts, line.command
