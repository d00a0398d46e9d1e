"""Sealing: a closed recording becomes full blocks, differences of times, an index and a sum."""

import os
from dataclasses import replace
from pathlib import Path

import msgspec
import zstandard

from ramstock_tui.core.records import RECORD_SIZE
from ramstock_tui.errors import JournalError
from ramstock_tui.journal import codec
from ramstock_tui.journal.codec import BLOCK_HEADER, BLOCK_RECORDS, FILE_HEADER, MAX_RAW, IndexEntry
from ramstock_tui.journal.disk import DISK, Disk, create_file, open_file, write_all
from ramstock_tui.journal.market_reader import Block, ContentSum, MarketReader

LEVEL = 3  # of zstd


class SealReport(msgspec.Struct, frozen=True):
    """What sealing left behind. bytes: length of the file; sha256: 64 hex digits over the contents;
    already: it was sealed before, nothing was written."""

    path: Path
    records: int
    blocks: int
    bytes: int
    sha256: str
    already: bool

    @property
    def bytes_per_event(self) -> float | None:
        """Length of the file by records; None without records."""
        return self.bytes / self.records if self.records else None


def seal(path: Path, *, disk: Disk = DISK) -> SealReport:
    """Rewrite `path` sealed: a temporary file beside it, read back, then renamed over it.

    A crash leaves the old or the new file under the name. A file that is sealed already stays as
    it is. Raises JournalError when the recording is damaged or torn (resume it first), when the
    copy read back differs, or when the disk refuses; the recording is untouched then.
    """
    os.close(open_file(disk, path, write=True))  # a symlink would be replaced, not its target
    reader = MarketReader(path)
    try:
        if reader.sealed:
            return _report(path, already=True)
        _rewrite(reader, path, disk)
    finally:
        reader.close()
    return _report(path, already=False)


def _report(path: Path, *, already: bool) -> SealReport:
    reader = MarketReader(path)
    try:
        total = reader.scan()
        return SealReport(
            path=path,
            records=total.records,
            blocks=reader.block_count or 0,
            bytes=path.stat().st_size,
            sha256=total.digest().hex(),
            already=already,
        )
    finally:
        reader.close()


def _rewrite(reader: MarketReader, path: Path, disk: Disk) -> None:
    draft = path.with_name(path.name + ".sealing")
    try:
        draft.unlink(missing_ok=True)  # what a crash left
    except OSError as problem:
        raise JournalError(f"{draft}: is in the way: {problem.strerror}") from problem
    head = replace(reader.header, flags=reader.header.flags | codec.SEALED)
    fd = create_file(disk, draft, codec.pack_file_header(head))
    try:
        total = _Sealer(disk, fd).copy(reader)
        disk.fsync(fd)
        if _content(draft) != total.digest():
            raise JournalError(f"{draft}: read back differently; {path} stays as it was")
        disk.replace(draft, path)
        disk.sync_dir(path.parent)
    except OSError as problem:
        draft.unlink(missing_ok=True)
        raise JournalError(f"{path}: cannot be sealed: {problem.strerror}") from problem
    except JournalError:
        draft.unlink(missing_ok=True)
        raise
    finally:
        os.close(fd)


def _content(path: Path) -> bytes:
    reader = MarketReader(path)
    try:
        return reader.scan().digest()
    finally:
        reader.close()


class _Sealer:
    """Gathers records into full blocks; a block never crosses a gap of seq."""

    def __init__(self, disk: Disk, fd: int) -> None:
        self._disk = disk
        self._fd = fd
        self._zstd = zstandard.ZstdCompressor(level=LEVEL)
        self._offset = FILE_HEADER.size
        self._first_seq = 0
        self._data = bytearray()
        self._blob = bytearray()
        self._index: list[IndexEntry] = []

    def copy(self, reader: MarketReader) -> ContentSum:
        """Write all blocks and the trailer; what went in."""
        total = ContentSum()
        for block in reader.blocks():
            try:
                total.add(block.data, block.blob)
            except codec.Damaged as problem:
                raise JournalError(f"{reader.path}: byte {block.offset}: {problem}") from problem
            self._take(block)
        self._flush()
        self._write(
            codec.pack_trailer(
                codec.Trailer(
                    tuple(self._index),
                    total.symbols,
                    total.counts,
                    total.records,
                    total.first_ts,
                    total.last_ts,
                    total.digest(),
                )
            )
        )
        return total

    def _take(self, block: Block) -> None:
        if block.first_seq != self._first_seq + len(self._data) // RECORD_SIZE:
            self._flush()
        done = 0
        while done < block.count:
            room = BLOCK_RECORDS - len(self._data) // RECORD_SIZE
            data = block.data[done * RECORD_SIZE : (done + room) * RECORD_SIZE]
            blobs = [(offset, length) for _, offset, length in codec.blob_records(data)]
            size = sum(length for _, length in blobs)
            if self._data and len(self._data) + len(data) + len(self._blob) + size > MAX_RAW:
                self._flush()
                continue
            if not self._data:
                self._first_seq = block.first_seq + done
            self._data += codec.with_blob_offsets(data, len(self._blob))
            if blobs:
                self._blob += block.blob[blobs[0][0] : blobs[0][0] + size]
            done += len(data) // RECORD_SIZE
            if len(self._data) == BLOCK_RECORDS * RECORD_SIZE:
                self._flush()

    def _flush(self) -> None:
        if not self._data:
            return
        packed = codec.pack_block(
            self._first_seq, bytes(self._data), bytes(self._blob), codec.DIFFERENCES, self._zstd
        )
        head = codec.unpack_block_header(packed[: BLOCK_HEADER.size])
        self._index.append(IndexEntry(self._offset, self._first_seq, head.base_ts, head.count))
        self._write(packed)
        self._offset += len(packed)
        self._data.clear()
        self._blob.clear()

    def _write(self, data: bytes) -> None:
        _, failed = write_all(self._disk, self._fd, data)
        if failed is not None:
            raise failed
