"""What a refusal of the broker does to the request that it names."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from ramstock_tui.core import records as r
from ramstock_tui.feeds.ibkr import codes
from ramstock_tui.feeds.ibkr.instrument import DEPTH, TAPE, TAPE_AGAIN_S, Request

if TYPE_CHECKING:
    from ramstock_tui.feeds.ibkr.subscriptions import Subscriptions

TOO_SOON = "15 seconds"  # what the broker says of a second request for one instrument
EARLY_S, EARLY_AGAIN_S = 1.0, 0.5  # a request that came so soon after it was allowed, once
AGAIN_S = 60.0  # rights come back: then it is asked for again


def take(subs: "Subscriptions", request: Request, code: int, text: str) -> bool:
    """Act on a number about a request; False when it changes nothing."""
    act = _ACTS.get(codes.meaning(code).does)
    if request.kind is TAPE and TOO_SOON in text:
        act = _too_soon
    if act is not None:
        act(subs, request, code, text)
    return act is not None


def _cleared(subs: "Subscriptions", request: Request, code: int, text: str) -> None:
    if request.kind is DEPTH:
        subs.cleared(request.stock)


def _interrupted(subs: "Subscriptions", request: Request, code: int, text: str) -> None:
    if request.kind is DEPTH:
        subs.book_again(request.stock, codes.meaning(code).words)


def _full(subs: "Subscriptions", request: Request, code: int, text: str) -> None:
    """The broker gives fewer than was thought: what it serves now is the limit. Where it serves
    what it should have forgotten, that goes, and this is asked for again."""
    subs.requests.release(request)
    if subs.requests.bury(request.kind):
        request.stock.lose(request)
        return
    served = subs.count(request.kind)
    limit = subs.limits[request.kind]
    limit.refused(served, _now())
    said = f"limit is {limit.now} now" if limit.now else "another program has them all"
    subs.tell(request.stock, f"{codes.meaning(code).words}: {said}, {limit.words(_now())}")
    subs.gone(request)


def _too_soon(subs: "Subscriptions", request: Request, code: int, text: str) -> None:
    """Somebody asked for this tape a moment ago: this program before its last start, or `doctor`.
    The slot stays; its tape comes as soon as the broker allows it."""
    stock, wait_s = request.stock, TAPE_AGAIN_S
    subs.requests.release(request)
    stock.lose(request)
    if 0 <= stock.asked_s - stock.before_s - TAPE_AGAIN_S < EARLY_S:
        wait_s = EARLY_AGAIN_S  # in time, and yet faster on its way than the one before
    stock.before_s, stock.asked_s = -1e9, _now() - TAPE_AGAIN_S + wait_s
    subs.requests.say(stock, r.FEED_TAPE_END)
    subs.tell(stock, f"its tape was asked for a moment ago: again in {wait_s:g} s")


def _refused(subs: "Subscriptions", request: Request, code: int, text: str) -> None:
    """No data for this stock; it is asked for again after a while."""
    subs.requests.release(request)
    meant = codes.meaning(code)
    request.stock.refused = f"{meant.words or text} ({code})"
    request.stock.refused_s = _now()
    request.stock.refusals[request.kind] = code
    remedy = codes.remedy(code, request.kind)
    subs.tell(request.stock, f"{request.stock.refused}. {remedy}".strip())
    subs.gone(request)


_ACTS: dict[int, Callable[["Subscriptions", Request, int, str], None]] = {
    codes.CLEARED: _cleared,
    codes.AGAIN: _interrupted,
    codes.DEPTH_FULL: _full,
    codes.TAPE_FULL: _full,
    codes.LINES_FULL: _full,
    codes.REFUSED: _refused,
}


def _now() -> float:
    return asyncio.get_running_loop().time()
