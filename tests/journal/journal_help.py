"""What the tests of session files share: rows, faulty disks, and how to fill a file."""

import errno
import os
from pathlib import Path

import msgspec
from hypothesis import strategies as st

from ramstock_tui.core.records import (
    BLOB_KINDS,
    HEADLINE,
    LEVEL_SET,
    PRINT,
    RECORD,
    SYMBOL,
    Row,
    SymbolInfo,
)
from ramstock_tui.journal.disk import Disk
from ramstock_tui.journal.ledger import Ledger
from ramstock_tui.journal.market import MarketReader, MarketWriter

TS = 1_795_444_260_000_000_000  # 2026-11-23T14:31:00Z
Event = tuple[Row, bytes]


class FaultyDisk(Disk):
    """A disk that fails when told to.

    room: bytes it still takes before ENOSPC, after a short write of what fits. chunk: bytes that
    one write takes at most. fail_at: number of the call, from 1, at which `error` is raised.
    """

    def __init__(self) -> None:
        self.room: int | None = None
        self.chunk: int | None = None
        self.fail_at = 0
        self.error = errno.EIO
        self.sync_error = 0
        self.calls = 0

    def _call(self) -> None:
        self.calls += 1
        if self.calls == self.fail_at:
            raise OSError(self.error, os.strerror(self.error))

    def open(self, path: Path, flags: int, mode: int = 0o600) -> int:
        self._call()
        return super().open(path, flags, mode)

    def write(self, fd: int, data: bytes | memoryview) -> int:
        self._call()
        limit = len(data)
        if self.chunk is not None:
            limit = min(limit, self.chunk)
        if self.room is not None:
            limit = min(limit, self.room)
            if not limit:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            self.room -= limit
        return super().write(fd, data[:limit])

    def fsync(self, fd: int) -> None:
        self._call()
        if self.sync_error:
            raise OSError(self.sync_error, os.strerror(self.sync_error))
        super().fsync(fd)

    def truncate(self, fd: int, length: int) -> None:
        self._call()
        super().truncate(fd, length)

    def replace(self, source: Path, target: Path) -> None:
        self._call()
        super().replace(source, target)


class UnsyncedDisk(Disk):
    """For tests that open thousands of files and that no power cut will interrupt."""

    def fsync(self, fd: int) -> None:
        pass


UNSYNCED = UnsyncedDisk()


def writer(path: Path, *, disk: Disk = UNSYNCED, imported: bool = False) -> MarketWriter:
    return MarketWriter(
        path,
        session_id=b"0123456789abcdef",
        session_date=20261123,
        mode=3,
        created_ns=TS,
        imported=imported,
        disk=disk,
    )


def ledger(path: Path, *, disk: Disk = UNSYNCED) -> Ledger:
    return Ledger.create(path, wall_ns=lambda: TS + 5, disk=disk)


def resumed(path: Path, *, disk: Disk = UNSYNCED) -> Ledger:
    return Ledger.resume(path, wall_ns=lambda: TS + 9, disk=disk)


def row(i: int, kind: int = LEVEL_SET) -> Row:
    return (TS + i * 1000, 1 + i % 5, kind, 0x80 if i % 3 else 1, 120_000 - i, 100 * i, -i)


def events(count: int, blob_every: int = 97) -> list[Event]:
    """Ordinary records with a headline now and then."""
    made: list[Event] = [((TS, 1, SYMBOL, 0, 0, 0, 0), symbol("ABCD"))]
    made += (
        (row(i), b"") if i % blob_every else (row(i, HEADLINE), b"news %d" % i)
        for i in range(1, count)
    )
    return made


def symbol(ticker: str) -> bytes:
    return msgspec.msgpack.encode(SymbolInfo(ticker))


def fill(to: MarketWriter, what: list[Event]) -> None:
    for one, blob in what:
        to.append(one, blob)


def content(path: Path, *, strict: bool = True) -> list[tuple[int, Row, bytes]]:
    """(seq, row without blob offset, blob) of every record."""
    reader = MarketReader(path)
    found = []
    for block in reader.blocks(strict):
        for i, one in enumerate(block.rows()):
            blob = block.blob_of(one) if one[2] in BLOB_KINDS else b""
            plain = (*one[:5], 0, one[6]) if one[2] in BLOB_KINDS else one
            found.append((block.first_seq + i, plain, blob))
    return found


def expected(what: list[Event], first_seq: int = 1) -> list[tuple[int, Row, bytes]]:
    """The same of what was appended."""
    return [
        (seq, (*one[:5], 0, len(blob)) if one[2] in BLOB_KINDS else one, blob)
        for seq, (one, blob) in enumerate(what, first_seq)
    ]


def torn_files(path: Path) -> list[Path]:
    return sorted(path.parent.glob(f"{path.stem}.torn-*"))


def signal(seq: int, **more: object) -> dict[str, object]:
    return {
        "kind": "signal",
        "at": [seq, TS + seq],
        "i": 0,
        "ts": TS + seq,
        "ticker": "ABCD",
        "profile": "small_account",
        "score": 8.5,
        "body": {"entry_e4": 120_400},
        **more,
    }


_times = st.lists(st.integers(0, 10**12), max_size=80).map(sorted)
_figures = st.tuples(
    st.integers(0, 2**16 - 1),
    st.sampled_from([LEVEL_SET, PRINT, 8, SYMBOL, HEADLINE, 13, 200]),
    st.integers(0, 255),
    st.integers(-(2**31), 2**31 - 1),
    st.integers(0, 2**32 - 1),
    st.integers(-(2**31), 2**31 - 1),
)


@st.composite
def event_lists(draw: st.DrawFn) -> list[Event]:
    """Any records that a writer takes, with any blobs."""
    made: list[Event] = []
    for delta in draw(_times):
        figures = draw(_figures)
        blob = draw(st.binary(max_size=40)) if figures[1] in BLOB_KINDS else b""
        blob = symbol("S") if figures[1] == SYMBOL else blob
        made.append(((TS + delta, *figures), blob))
    return made


def raw_records(rows: list[Row]) -> bytes:
    return b"".join(RECORD.pack(*one) for one in rows)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc"), inner, max_size=3),
    max_leaves=8,
)
