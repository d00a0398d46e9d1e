"""The three rows that are always on screen: may I trade, is the data alive, what is left today."""

from ramstock_tui.link.schema import Status
from ramstock_tui.ui import text
from ramstock_tui.ui.panes import disc
from ramstock_tui.ui.panes.locks import locked
from ramstock_tui.ui.scene import Scene
from ramstock_tui.ui.text import NS, Line, clean, money
from ramstock_tui.ui.verdict import READER, is_day_lock, short_span, verdict

BAR_MIN, BAR_MAX = 10, 40
TODAY = " today"
CLOSES = " closes "  # `Fri 27 Nov closes 13:00`
NOT_YET = "no figures of the day yet"
Part = text.Part


def rows(scene: Scene, cells: int) -> list[Line]:
    """Exactly three lines of `cells`."""
    status = scene.live.status
    if status is None or not status.profile:
        return [text.fit(line, cells) for line in _starting(scene, status)]
    wide = cells >= 110
    return [
        text.fit(first(status, scene, cells), cells),
        drawdown(status, cells, wide, scene.live.open_items()[1]),
        text.fit(third(status, scene, cells, wide), cells),
    ]


def _starting(scene: Scene, status: Status | None) -> list[Line]:
    """Before the first figures: that the engine starts, for which market, or that it has ended."""
    parts: list[Line] = [(("RAMSTOCK", "title"),)]
    if scene.stale:
        parts.append(_dead(scene) or ((scene.stale, "bad"),))
    else:
        parts.append((("starting engine …", "warn"),))
    for words in (status.clock_label, status.note) if status else ():
        parts += [((clean(words), "accent"),)] if words else []
    hint: Line = ((NOT_YET, "dim"),)
    return [text.join(parts), hint, (("NOT YET: no data · nothing pending", "dim"),)]


# row 1 -------------------------------------------------------------------------------------------
def first(status: Status, scene: Scene, cells: int) -> Line:
    now = scene.now
    clock = f"{text.clock(now.now_ts, status.utc_offset_s)} ET"
    days = [text.day(now.now_ts, status.utc_offset_s, year=year) for year in (True, False)]
    dates: list[Line] = [((f"{day} {clock}", ""),) for day in days]
    mode, label = clean(status.mode), clean(status.clock_label)
    said = label.lower().startswith(mode.lower())  # the clock's label names the mode already
    phase = f"P{status.phase} " if status.phase else ""
    who = (phase if said else f"{phase}{mode}").strip()
    doubt = "" if status.calibrated else " uncalibrated"  # nobody has fitted its weights
    named: Line = ((f"{clean(status.profile)}{doubt} {who}".strip(), ""),)
    parts = [
        text.part((6, 2, 0), (("RAMSTOCK ", "title"), *named), named, ((who, ""),)),
        text.part((5 if status.mode == "replay" else 8, 3, 0), *dates, ((clock, ""),)),
        _data(status, scene),
    ]
    if status.clock_label:
        parts.insert(2, text.part((4, 0), *_clock_label(status)))
    if status.slots:
        parts.append(text.part((10, 4, 2), *broker(status)))
    if now.frozen:
        parts.append(text.part(0, ((" FROZEN ", "locked"),)))
    if scene.reader:
        parts.append(text.part(0, ((READER, "warn"),)))
    if status.recording:
        parts.append(text.part(7, (("rec ●", "good"),)))
    if status.discord is not None:
        parts.append(disc.part(status.discord))
    hint: Line = (("?=help", "dim"),)
    room = cells - text.width(hint) - 1
    return text.two_sides(text.fit_parts(parts, room), hint, cells)


def _clock_label(status: Status) -> list[Line]:
    """Whose clock this is; in a narrow row without the word CLOCK."""
    label = clean(status.clock_label)
    return [((label, "accent"),), ((label.removesuffix(" CLOCK"), "accent"),)]


def _data(status: Status, scene: Scene) -> Part:
    """Never left out; of a part of the gateways it is said as long as there is room."""
    said = data(status, scene)
    return text.part((1, 1, 0)[-len(said) :], *said)


def data(status: Status, scene: Scene) -> list[Line]:
    """Is the data alive: word and age; in reverse video when nothing can be trusted. From long to
    short where it may be said shorter."""
    if dead := _dead(scene):
        return [dead]
    if status.data_state == "ok" and status.away:
        return _part(status, scene)
    return [_alive(status, scene)]


def _part(status: Status, scene: Scene) -> list[Line]:
    """Data come, but not of every endpoint: `DATA PART 1 of 2 gateways lost 7s`."""
    count, of, since_ts = status.away
    span = text.span(max(0, scene.now.now_ts - since_ts))
    return [
        ((f"DATA PART {count} of {of} gateways lost {span}", "warn"),),
        ((f"DATA PART {count} of {of} lost {span}", "warn"),),
        ((f"DATA PART {count}/{of} lost {span}", "warn"),),
    ]


def _alive(status: Status, scene: Scene) -> Line:
    ns = scene.live.age_ns("status", status.data_age_ns, scene.now)
    age = text.age(ns)
    if status.data_state == "ok" and status.rtt_ms is not None:
        age = f"{age} rtt {status.rtt_ms}ms"
    return {
        "ok": ((f"DATA ok {age}", "good"),),
        "waiting": (("DATA waiting", "warn"),),
        "stale": ((f"DATA STALE {age}", "warn"),),
        "lost": ((f" DATA LOST {text.span(ns or 0)} — no alerts ", "locked"),),
        "done": (("DATA done", "dim"),),
    }.get(status.data_state, ((f"DATA {clean(status.data_state)} {age}", "warn"),))


def broker(status: Status) -> list[Line]:
    """Figures of a broker's feed: `p95 38ms · lines 96/100 deep 3/3 tbt 3/3 · deep 12% of time`."""
    lines, of_lines, books, of_books, tapes, of_tapes = status.slots
    used = f"deep {books}/{of_books}"
    counts = f"lines {lines}/{of_lines} {used} tbt {tapes}/{of_tapes}"
    token = "" if books and tapes else "warn"
    share = "" if status.deep_bp is None else f" · deep {status.deep_bp // 100}% of time"
    p95 = "" if status.lag_p95_ms is None else f"p95 {status.lag_p95_ms}ms · "
    return [
        ((f"{p95}{counts}{share}", token),),
        ((f"{counts}{share}", token),),
        ((counts, token),),
        ((used, token),),
    ]


def _dead(scene: Scene) -> Line:
    """The host has ended or is silent; () while it speaks."""
    if scene.live.ended:
        return ((f" {clean(scene.live.ended)} ", "locked"),)
    if scene.now.silent_ns is not None:
        return ((f" HOST SILENT {text.age(scene.now.silent_ns)} ", "locked"),)
    return ()


# row 2 -------------------------------------------------------------------------------------------
def drawdown(status: Status, cells: int, wide: bool, opened: int = 0) -> Line:
    """Net of the day against the rungs; the whole row inverts when new entries are locked. opened:
    open trades, which the hard rung reminds to flatten."""
    locks = [lock for lock in status.locks if is_day_lock(lock)]
    word, token = step(status.net_e4, status.soft_e4)
    if locks or word == "LOCKED":
        return text.fit(((locked(status, locks, opened, cells), "locked"),), cells, "locked")
    head: Line = ((f"DAY {money(status.net_e4, plus=True)} ", token or "title"),)
    tail = text.fit_parts(_day_parts(status, word, token, wide), cells - 14 - text.width(head))
    room = min(BAR_MAX, cells - text.width(head) - text.width(tail) - 3)
    if room < BAR_MIN:
        return text.fit((*head, *tail), cells)
    shape = meter(status.net_e4, status.open_net_e4, status.soft_e4, status.hard_e4, room)
    return text.fit((*head, (f"[{shape}] ", token), *tail), cells)


def step(net_e4: int, soft_e4: int | None) -> tuple[str, str]:
    """(word, token) for how near the soft rung is: 50 % `HALF`, 75 % `NEAR`, beyond it `LOCKED`.
    At exactly the rung nothing is locked."""
    loss = max(0, -net_e4)
    if not soft_e4 or loss * 2 < soft_e4:
        return "", ""
    if loss > soft_e4:
        return "LOCKED", "locked"
    return ("NEAR", "bad") if loss * 4 >= soft_e4 * 3 else ("HALF", "warn")


def meter(
    net_e4: int, open_net_e4: int, soft_e4: int | None, hard_e4: int | None, cells: int
) -> str:
    """The loss of the day from 0 to the hard rung in `cells` characters: `█` realised, `▒` open,
    `|` soft rung, `!` hard rung. Empty on a positive day or without a rung."""
    end = hard_e4 or soft_e4
    loss = max(0, -net_e4)
    if not end or cells < 2:
        return "░" * cells
    realised = min(loss, max(0, open_net_e4 - net_e4))
    full = _cells(loss, end, cells)
    solid = min(full, _cells(realised, end, cells))
    shape = list("█" * solid + "▒" * (full - solid) + "░" * (cells - full))
    if soft_e4 and soft_e4 < end:
        shape[soft_e4 * (cells - 1) // end] = "|"
    shape[-1] = "!"
    return "".join(shape)


def _cells(value: int, end: int, cells: int) -> int:
    return min(cells, max(1, value * cells // end)) if value > 0 else 0


def _day_parts(status: Status, word: str, token: str, wide: bool) -> list[Part]:
    parts = [text.part(0, ((word, token),))] if word else []
    for rank, name, rung in ((1, "soft", status.soft_e4), (2, "hard", status.hard_e4)):
        if rung is not None:
            left = max(0, rung + status.net_e4)
            shown = f"{name} {money(-rung, cents=False)}"
            long: Line = ((f"{shown} ({money(left, cents=False)} left)", ""),)
            short: Line = ((shown, ""),)
            parts.append(text.part(rank, *((long, short) if wide else (short,))))
    trades = f"trades {status.entries}/{status.entries_max}"
    spent = "warn" if status.entries >= status.entries_max else ""
    parts.append(text.part(3, ((trades, spent),)))
    parts.append(text.part(4, ((f"W{status.wins} L{status.losses}", ""),)))
    if wide:
        parts.append(text.part(5, ((f"peak {money(status.peak_e4)}", "dim"),)))
    return parts


# row 3 -------------------------------------------------------------------------------------------
def third(status: Status, scene: Scene, cells: int, wide: bool) -> Line:
    waiting, opened = scene.live.open_items()
    window = _window(status, scene.now.now_ts)
    parts = [
        text.part((2, 0), *verdict(status, scene)),
        text.part(0, *_items(waiting, opened)),
        text.part((9, 6, 1), *_signals(status, scene.now.now_ts)),
        text.part((11, 10, 5, 4)[-len(window) :], *window),
        text.part((9, 3 if status.losses_recent else 6), *_losses(status)),
        text.part(7, *_pauses(status, wide)),
        text.part(3, *_transport(status)),
        *_note(status),
    ]
    return text.fit_parts([one for one in parts if one[1]], cells, " · ")


def _note(status: Status) -> list[Part]:
    """What must be known of the recording or the rules of a replay stands before limits."""
    if not status.note:
        return []
    note = clean(status.note)
    if status.mode == "replay":
        return [text.part(2, ((note, "accent"),))]
    return [_piece(piece) for piece in note.split(" · ")]


def _piece(piece: str) -> Part:
    """A word that today is short stays longer than limits that are free, one of a later day longer
    than counts that are 0."""
    if piece.endswith(TODAY):
        return text.part((7, 2), ((piece, "warn"),), ((piece.removesuffix(TODAY), "warn"),))
    if CLOSES in piece:
        weekday = f"{piece[:3]}{CLOSES}{piece.partition(CLOSES)[2]}"
        return text.part((8, 5), ((piece, "dim"),), ((weekday, "dim"),))
    return text.part(8, ((piece, "dim"),))


def _signals(status: Status, now_ts: int) -> list[Line]:
    full = status.alerts_hour >= status.alerts_hour_max
    token = "warn" if full else ""
    count = f"SIG {status.alerts_hour}/{status.alerts_hour_max}"
    if status.next_alert_ts is not None and status.next_alert_ts > now_ts:
        at = text.clock(status.next_alert_ts, status.utc_offset_s)[:5]
        return [((f"{count} per h, next {at}", token),), ((f"{count} next {at}", token),)]
    return [((f"{count} per h", token),), ((count, token),)]


def _window(status: Status, now_ts: int) -> list[Line]:
    name = clean(status.window)
    if not name:
        return []  # between windows; the verdict says until when
    token = "" if status.window_allows else "warn"
    if status.window_entries_max is not None:
        name += f" {status.window_entries}/{status.window_entries_max}"
    if not status.window_allows and status.window_ends_ts is not None:
        name += " no signals"
    if status.window_ends_ts is None:
        return [((name, token),)]
    ends = text.clock(status.window_ends_ts, status.utc_offset_s)[:5]
    left = text.span(status.window_ends_ts - now_ts)
    short = short_span(status.window_ends_ts - now_ts)
    return [
        ((f"{name} ends {ends} ({left})", token),),
        ((f"{name} ends {ends} ({short})", token),),
        ((f"{name} ends {ends}", token),),
        ((name, token),),
    ]


def _losses(status: Status) -> list[Line]:
    most = status.losses_recent_max
    token = "warn" if most and status.losses_recent >= most - 1 else ""
    count = f"loss {status.losses_recent}/{status.losses_min}m"
    return [((f"{count} (pause at {most})", token),), ((count, token),)]


def _pauses(status: Status, wide: bool) -> list[Line]:
    """How many locks and pauses there are beyond the one that the verdict names."""
    if len(status.locks) > 1:
        return [((f"{len(status.locks)} locks (7)", "bad"),)]
    return [(("locks none", "dim"),)] if wide and not status.locks else []


def _items(waiting: int, opened: int) -> list[Line]:
    if not waiting and not opened:
        return [(("nothing pending", "dim"),)]
    said = ([f"PENDING {waiting}"] if waiting else []) + ([f"OPEN {opened}"] if opened else [])
    return [((" ".join(said), "accent"),)]


def _transport(status: Status) -> list[Line]:
    if status.mode != "replay":
        return []
    speed = clean(status.speed)
    if not status.position or status.position[1] <= 0:
        return [((speed, "accent"),)] if speed else []
    done = min(100, status.position[0] * 100 // max(1, status.position[1]))
    return [((f"{speed} {done}%".strip(), "accent"),)]


__all__ = ["NS", "data", "drawdown", "meter", "rows", "step"]
