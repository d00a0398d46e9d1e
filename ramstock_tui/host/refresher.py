"""Keeps the universe of a session: when it is made anew, what is written of it, where it is kept.

Whatever it decides enters the session as recorded UNIVERSE and REFDATA rows, so a replay needs
neither the market's answers nor the store.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

import msgspec

from ramstock_tui.core import records as r
from ramstock_tui.core.engine import Engine
from ramstock_tui.core.listing import LIVE_MOST, SIMULATED_MOST, Limits, Listing, Universe
from ramstock_tui.core.records import RefData, Row, SessionOpened
from ramstock_tui.core.universe import Picked, pick
from ramstock_tui.feeds import Portion
from ramstock_tui.host.facts import Facts, Gathered, Wanted
from ramstock_tui.store import StoreError
from ramstock_tui.store.document import Document, listing, packed, unpacked
from ramstock_tui.store.worker import Call, Worker

S = 1_000_000_000
BUILD_S = 33_900  # 09:25, the first universe of the day
INLINE_ROWS = 1_000  # more of them are looked at in a thread: 10,000 take 0.1 s
GIVE_UP_NS = 280 * S  # a refresh that takes longer has failed
AGAIN_NS = 30 * S  # after a failure
NOTHING: Portion = ([], b"")


class Plan(msgspec.Struct, frozen=True):
    """What a session is told of its universe. key: of the store. lines: market-data lines for
    members. run: id of the session, hex."""

    limits: Limits
    refresh_s: int
    ttl_s: int
    lines: int
    key: str = ""
    run: str = ""


class Refresher:
    """mono: monotonic ns. shelf: the store; None = it is kept nowhere else. Session times, ns."""

    def __init__(
        self, plan: Plan, facts: Facts, shelf: Worker | None, mono: Callable[[], int]
    ) -> None:
        self.plan = plan
        self._facts = facts
        self._shelf = shelf
        self._mono = mono
        self._opened: SessionOpened | None = None
        self._due = 0
        self._next_look = 0
        self._began: int | None = None  # when the refresh on its way began
        self._judging: Future[Picked] | None = None
        self._gathered = Gathered()
        self._made: Universe | None = None  # waits for the store
        self._call: Call | None = None
        self._reading: Call | None = None  # what the store holds from before
        self._n = 0
        self._said = ""  # what the store said last
        self._declared = 0  # symbols when their papers were written last
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="universe")

    # life ----------------------------------------------------------------------------------------
    def open(self, ts: int, engine: Engine, *, restore: bool) -> Portion:
        """The session begins or goes on at ts. restore: the store may hold a universe of today that
        is still good."""
        self._opened = engine.session
        self._due = ts if engine.universe is None else self._after(engine.universe.built_ts)
        if self._shelf is not None and restore and engine.universe is None:
            self._reading = self._shelf.get(self.plan.key)
        return self.step(ts, engine)

    def leave(self) -> None:
        """The loop that the facts come from ends."""
        self._facts.close()

    def close(self) -> None:
        """The session ends."""
        self._facts.close()
        self._thread.shutdown(wait=False, cancel_futures=True)
        if self._shelf is not None:
            self._shelf.close()

    def stop_ts(self, now: int) -> int:
        """The session is to come to a stand here: exactly then the market is looked at."""
        return min(self._next_look, self._due if self._due > now else self._next_look)

    def step(self, now: int, engine: Engine) -> Portion:
        """What is due at now; the rows to record."""
        if now >= self._next_look:
            self._facts.look(now, engine)
            self._next_look = (now // S + 1) * S
        universe = engine.universe
        if self._reading is not None and (stored := self._stored(now, universe)) is not None:
            return self._rows(now, engine, stored)
        if self._began is None and now >= self._due and self._made is None:
            self._begin(now, universe)
        if self._began is not None:
            self._look(now, universe)
        made = self._settled(now, universe)
        if made is None and universe is not None and not universe.expired:
            made = self._expired(now, universe)
        if made is not None:
            return self._rows(now, engine, made)
        return self._papers(now, engine, universe)

    def words(self, universe: Universe | None) -> str:
        """What the operator must know: troubles of the store, and that there is nothing yet."""
        if universe is None:
            return "the first universe is on its way" if self._began is not None else ""
        return universe.store

    # a refresh -----------------------------------------------------------------------------------
    def _begin(self, now: int, universe: Universe | None) -> None:
        self._began = now
        self._due = self._after(now)
        before = {} if universe is None else _by_name(universe)
        self._facts.begin(Wanted(now, self.plan.limits, before))

    def _look(self, now: int, universe: Universe | None) -> None:
        """Has the refresh come to anything?"""
        if self._judging is not None:
            if self._judging.done():
                picked, self._judging = self._judging.result(), None
                self._finish(now, picked)
            return
        found = self._facts.found()
        if found is None and self._began is not None and now - self._began > GIVE_UP_NS:
            found = Gathered(problem="not over after 280 s")
        if found is None:
            return
        if found.problem:
            self._fail(now, universe, found.problem)
            return
        self._gathered = found
        before = {} if universe is None else _by_name(universe)
        if len(found.rows) <= INLINE_ROWS:
            self._finish(now, self._pick(found, before, now))
        else:
            self._judging = self._thread.submit(self._pick, found, before, now)

    def _pick(self, found: Gathered, before: Mapping[str, Listing], now: int) -> Picked:
        return pick(found.rows, self.plan.limits, before, now, self._room)

    @property
    def _room(self) -> int:
        most = SIMULATED_MOST if self._facts.source == "demo" else LIVE_MOST
        return min(self.plan.lines, most)

    def _finish(self, now: int, picked: Picked) -> None:
        self._began = None
        opened = self._opened
        made = Universe(
            profile="" if opened is None else opened.acting,
            built_ts=now,
            expires_ts=now + self.plan.ttl_s * S,
            next_ts=self._due,
            limits=self.plan.limits,
            members=picked.members,
            excluded=picked.excluded,
            funnel=picked.funnel,
            unknown_float=picked.unknown_float,
            lines=self._room,
            source=self._facts.source,
            store="" if self._facts.waits else self._said,
            notes=self._gathered.notes,
        )
        self._made = made
        self._keep(made)

    def _fail(self, now: int, universe: Universe | None, problem: str) -> None:
        """The refresh brought nothing: what there is stays, the screen says why, and it is tried
        again soon."""
        self._began = None
        self._due = min(self._due, now + AGAIN_NS)
        note = f"refresh failed: {problem}"
        if universe is not None and universe.notes == (note,):
            return
        if universe is not None:
            self._made = msgspec.structs.replace(universe, next_ts=self._due, notes=(note,))
        else:
            self._made = Universe(
                "" if self._opened is None else self._opened.acting,
                0, 0, self._due, self.plan.limits, source=self._facts.source, notes=(note,),
            )  # fmt: skip

    def _after(self, ts: int) -> int:
        """The next refresh after ts: on whole multiples of the interval of the New York day, and at
        09:25."""
        midnight = 0 if self._opened is None else self._opened.midnight_ns
        every = self.plan.refresh_s * S
        following = midnight + ((ts - midnight) // every + 1) * every
        build = midnight + BUILD_S * S
        return min(following, build) if ts < build else following

    def _expired(self, now: int, universe: Universe) -> Universe | None:
        """After its time nothing is promoted; said once."""
        if not universe.built_ts or now < universe.expires_ts:
            return None
        return msgspec.structs.replace(universe, expired=True)

    # the store -----------------------------------------------------------------------------------
    def _keep(self, made: Universe) -> None:
        if self._shelf is None or self._opened is None:
            return
        self._n += 1
        value = packed(made, run=self.plan.run, n=self._n, date=self._opened.date)
        self._call = self._shelf.put(self.plan.key, value, self.plan.ttl_s * 1_000)

    def _settled(self, now: int, universe: Universe | None) -> Universe | None:
        """The universe that can be written now: what was made, once the store has answered or its
        time was over; a session that does not wait writes at once, and again when the store has
        something to say."""
        made = self._made
        if made is not None and (self._call is None or not self._facts.waits):
            self._made = None
            return made
        if self._call is None or not self._call.over(self._mono()):
            return None
        error, self._call = self._call.error, None
        said, self._said = self._said, "" if error is None else str(error)
        if made is not None:
            self._made = None
            return msgspec.structs.replace(made, store=self._said)
        if self._said != said and universe is not None:
            return msgspec.structs.replace(universe, store=self._said)
        return None

    def _stored(self, now: int, universe: Universe | None) -> Universe | None:
        """What the store held when the session began, if it is of any use."""
        call = self._reading
        if call is None or not call.over(self._mono()):
            return None
        self._reading = None
        if universe is not None:
            return None
        try:
            if call.error is not None:
                raise call.error
            found = None if call.value is None else unpacked(call.value)
        except StoreError as problem:
            self._said = str(problem)
            return None
        return self._restored(found, now) if found is not None else None

    def _restored(self, found: Document, now: int) -> Universe | None:
        opened, limits = self._opened, self.plan.limits
        if opened is None or (found.date, found.profile) != (opened.date, opened.acting):
            return None
        end = min(found.expires_ts, now + self.plan.ttl_s * S)
        if not found.built_ts <= now < end:
            return None
        members = sorted((listing(each) for each in found.members), key=lambda one: one.rank)
        return Universe(
            found.profile, found.built_ts, end, self._due, limits, tuple(members[: self._room]),
            funnel=found.funnel, lines=self._room, source="store",
        )  # fmt: skip

    # rows ----------------------------------------------------------------------------------------
    def _rows(self, now: int, engine: Engine, universe: Universe) -> Portion:
        """The universe, and what is new of its members, as rows at now."""
        out: list[Row] = []
        area = bytearray()
        self._declared = len(engine.by_ticker)
        for sym, data in self._refdata(engine, universe):
            _put(out, area, now, sym, r.REFDATA, msgspec.msgpack.encode(data))
        _put(out, area, now, 0, r.UNIVERSE, msgspec.msgpack.encode(universe))
        return out, bytes(area)

    def _papers(self, now: int, engine: Engine, universe: Universe | None) -> Portion:
        """What is known of members that were declared since."""
        if universe is None or len(engine.by_ticker) == self._declared:
            return NOTHING
        self._declared = len(engine.by_ticker)
        out: list[Row] = []
        area = bytearray()
        for sym, data in self._refdata(engine, universe):
            _put(out, area, now, sym, r.REFDATA, msgspec.msgpack.encode(data))
        return out, bytes(area)

    def _refdata(self, engine: Engine, universe: Universe) -> list[tuple[int, RefData]]:
        found = []
        for one in universe.members:
            symbol = engine.by_ticker.get(one.ticker)
            if symbol is None or one.rvol_e4 is None:
                continue
            old = engine.refdata.get(symbol.sym, RefData())
            new = msgspec.structs.replace(
                old, float_shares=one.float_shares, rvol_e4=min(one.rvol_e4, MOST_E4)
            )
            if new != old:
                found.append((symbol.sym, new))
        return found


MOST_E4 = 1 << 53


def _by_name(universe: Universe) -> dict[str, Listing]:
    return {one.ticker: one for one in universe.members}


def _put(out: list[Row], area: bytearray, ts: int, sym: int, kind: int, blob: bytes) -> None:
    out.append((ts, sym, kind, r.LAST, 0, len(area), len(blob)))
    area += blob
