"""A burst on the tape: far more trades a second than a market makes, built from ready pieces.

All pieces of a frame behind the time have one length, so a slice of the burst is one join.
"""

import asyncio
import struct
import time
from itertools import islice

from ramstock_tui.gateway.gateway import Gateway
from ramstock_tui.gateway.session import Session
from ramstock_tui.gateway.streams import Tape

SLICE_S = 0.005
PIECES = 7_000  # different trades; then they come again
LEAST_SIZE = 100  # of three digits, so that all are as long


def start(gateway: Gateway, rate: int, seconds: float) -> None:
    """`rate` trades a second over all tapes for so long, in real seconds. The log gets one entry
    `burst` for each tape when it is over: how many trades and shares it was sent."""
    tapes = [pair for held in gateway.streams.tapes.values() for pair in held]
    if tapes and rate > 0:
        share = rate // len(tapes)
        for session, tape in tapes:
            gateway.spawn(_run(gateway, session, tape, share, seconds))


def sizes() -> list[int]:
    """Shares of the trades of a burst in order, again and again."""
    return [LEAST_SIZE + i * 7 % 900 for i in range(PIECES)]


def _tails(tape: Tape) -> list[bytes]:
    """What follows the time: price, size, mask, exchange, conditions."""
    stock = tape.stock
    px = stock.last or stock.best(True)[0] or 100_000
    prices = [f"{px / 10_000 + step / 100:.2f}" for step in (-1, 0, 1, 0)]
    prices = [text for text in prices if len(text) == len(prices[1])]
    return [
        f"{prices[i % len(prices)]}\0{size}\x000\0NSDQ\0\0".encode()
        for i, size in enumerate(sizes())
    ]


def _head(tape: Tape, second: int, tail: bytes) -> bytes:
    body = f"99\0{tape.req_id}\0{tape.kind}\0{second}\0".encode()
    return struct.pack(">I", len(body) + len(tail)) + body


async def _run(gateway: Gateway, session: Session, tape: Tape, rate: int, seconds: float) -> None:
    tails = _tails(tape)
    doubled = tails + tails
    begin = time.monotonic()
    sent = 0
    total = int(rate * seconds)
    while sent < total and not session.pipe.transport.is_closing():
        due = min(total, int((time.monotonic() - begin) * rate))
        head = _head(tape, gateway.clock.now() // 1_000_000_000, tails[0])
        while sent < due:
            at = sent % PIECES
            some = doubled[at : at + min(due - sent, PIECES)]
            session.pipe.write(head + head.join(some))
            sent += len(some)
        session.pipe.flush()
        await asyncio.sleep(SLICE_S)
    whole, rest = divmod(sent, PIECES)
    shares = whole * sum(sizes()) + sum(islice(sizes(), rest))
    lasted = time.monotonic() - begin
    gateway.note(
        "burst",
        connection=session.number,
        kind="tape",
        req_id=tape.req_id,
        symbol=tape.stock.symbol,
        fields={"trades": str(sent), "shares": str(shares), "seconds": f"{lasted:.3f}"},
    )
