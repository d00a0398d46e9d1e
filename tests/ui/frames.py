"""Realistic slices for screen tests: the $12 example of the specification (ABCD 12.00 × 12.03).

Every builder takes changes as keywords: `status(net_e4=-400_0000)`.
"""

from typing import Any

import msgspec

from ramstock_tui.link import schema

S = 1_000_000_000
OFFSET_S = -5 * 3600
NOW = 1_795_445_232 * S  # Mon 23 Nov 2026 09:47:12 in New York


def _made(cls: type[Any], fields: dict[str, Any], changes: dict[str, Any]) -> Any:
    return cls(**{**fields, **changes})


def status(**changes: Any) -> schema.Status:
    return _made(  # type: ignore[no-any-return]
        schema.Status,
        {
            "engine_ts": NOW,
            "utc_offset_s": OFFSET_S,
            "mode": "shadow",
            "clock_label": "",
            "profile": "small_account",
            "phase": 3,
            "data_state": "ok",
            "data_age_ns": 38_000_000,
            "net_e4": -97_0000,
            "open_net_e4": 0,
            "peak_e4": 0,
            "soft_e4": 400_0000,
            "hard_e4": 600_0000,
            "entries": 2,
            "entries_max": 6,
            "wins": 0,
            "losses": 2,
            "alerts_hour": 3,
            "alerts_hour_max": 3,
            "next_alert_ts": NOW + 25 * 60 * S,
            "window": "PRIMARY",
            "window_allows": True,
            "window_entries": 2,
            "window_entries_max": 3,
            "window_ends_ts": NOW + 42 * 60 * S + 48 * S,
            "losses_recent": 2,
            "losses_recent_max": 3,
            "losses_min": 30,
            "locks": (),
            "recording": True,
            "speed": "",
            "position": None,
            "confirm_policy": "keys",
            "note": "",
        },
        changes,
    )


def replay_status(**changes: Any) -> schema.Status:
    fields = {
        "mode": "replay",
        "clock_label": "REPLAY x10 CLOCK",
        "speed": "x10",
        "position": (34_000, 100_000),
        "confirm_policy": "ledger",
        "recording": False,
    }
    return status(**{**fields, **changes})


def demo_status(**changes: Any) -> schema.Status:
    fields = {
        "mode": "demo",
        "clock_label": "DEMO CLOCK",
        "note": "demo edge: none",
        "phase": 3,
        "alerts_hour": 1,
        "next_alert_ts": None,
    }
    return status(**{**fields, **changes})


def starting_status() -> schema.Status:
    """What a host says before its first record."""
    return demo_status(
        engine_ts=0, utc_offset_s=0, profile="", phase=0, data_state="waiting", data_age_ns=None,
        net_e4=0, soft_e4=None, hard_e4=None, entries=0, entries_max=0, wins=0, losses=0,
        alerts_hour=0, alerts_hour_max=0, window="", window_allows=False, window_entries=0,
        window_entries_max=None, window_ends_ts=None, losses_recent=0, losses_recent_max=0,
        losses_min=0,
    )  # fmt: skip


def timeline(**changes: Any) -> schema.TimelineView:
    """A replay from 09:30 to 11:30 at 09:47:12, with a gap of the data and every kind of mark."""
    start = NOW - 17 * 60 * S - 12 * S
    marks = ((4, "alert"), (5, "fill"), (9, "loss"), (17, "alert"), (31, "other"), (40, "halt"),
             (52, "alert"), (53, "win"), (75, "lock"), (90, "other"))  # fmt: skip
    return _made(  # type: ignore[no-any-return]
        schema.TimelineView,
        {
            "start_ts": start,
            "end_ts": start + 7200 * S,
            "known_ts": 1 << 62,
            "marks": tuple((start + minute * 60 * S, kind) for minute, kind in marks),
            "gaps": ((start + 60 * 60 * S, start + 70 * 60 * S),),
            "place": (4, 10),
            "next_ts": start + 31 * 60 * S,
            "next_text": "EFGH reject 9.0: ask refills",
            "seek": None,
        },
        changes,
    )


def universe(*tickers: str) -> schema.UniverseView:
    rows = (
        schema.UniverseRow("ABCD", 12_0300, 9_0000, 14, "PENDING", None),
        schema.UniverseRow("EFGH", 7_4100, 8_0000, 15, "rejected", None),
        schema.UniverseRow("IJKL", 3_8800, 5_0000, 7, "near", None),
        schema.UniverseRow("MNOP", 15_2000, None, None, "warming", None),
        schema.UniverseRow("QRST", 4_0200, None, 3, "cool", NOW + 507 * S),
        schema.UniverseRow("UVWX", 9_9000, None, 2, "cool", NOW + 58 * S),
        schema.UniverseRow("YZAB", 6_1500, None, None, "HALT", None),
    )
    return schema.UniverseView(tuple(r for r in rows if not tickers or r.ticker in tickers))


def symbols(view: schema.UniverseView) -> schema.SymbolsView:
    return schema.SymbolsView(tuple(row.ticker for row in view.rows))


def heatmap(**changes: Any) -> schema.HeatmapView:
    """The book above for 40 s, 3 ticks lower before; a flash wall, an ask that refills."""
    book = ladder()
    columns: list[schema.HeatColumn | None] = [None] * 12
    for second in range(12, 60):
        low = 300 if second < 30 else 0
        bids = tuple((px - low, size) for px, size in book.bids)
        asks = tuple((px - low, size + second * 20) for px, size in book.asks)
        if second == 41:
            bids = ((bids[0][0], 6000), *bids[1:])
        bought = ((asks[0][0], 700 if second % 6 == 0 else 200, 0),) if second % 2 else ()
        sold = ((bids[0][0], 0, 100),) if second % 7 == 3 else ()
        columns.append(schema.HeatColumn(bids, asks, (*sold, *bought), 47 <= second < 53))
    return _made(  # type: ignore[no-any-return]
        schema.HeatmapView,
        {
            "ticker": "ABCD",
            "tick_e4": 100,
            "end_ts": NOW - NOW % S,
            "columns": tuple(columns),
            "events": (
                schema.HeatEvent(NOW - 9 * S, 12_0300, "R", "ask refills 1.25× fills"),
                schema.HeatEvent(NOW - 18 * S, 12_0000, "F", "flash wall 6,000"),
            ),
            "eaten": False,
            "steady": True,
            "rule": "info",
            "reason": "",
            "vwap_e4": 11_9800,
        },
        changes,
    )


def ladder(**changes: Any) -> schema.LadderView:
    return _made(  # type: ignore[no-any-return]
        schema.LadderView,
        {
            "ticker": "ABCD",
            "tick_e4": 100,
            "bids": (
                (12_0000, 4600), (11_9900, 2100), (11_9800, 1900), (11_9700, 3000), (11_9600, 800),
            ),
            "asks": (
                (12_0300, 1400), (12_0400, 900), (12_0500, 1000), (12_0600, 800), (12_0700, 600),
            ),
            "reason": "",
            "age_ns": 100_000_000,
            "last_e4": 12_0300,
            "vwap_e4": 11_9800,
            "vwap_reason": "",
            "bid_sum_3": 8600,
            "ask_sum_3": 3300,
            "imbalance_5": 0.45,
            "weighted_mid": 12_0230.0,
            "wall_price_e4": 12_0000,
            "wall_size": 4600,
            "wall_age_ns": 1_900_000_000,
            "ask_depth": 1400,
            "ask_depth_need": 1200,
            "entry_e4": 12_0400,
            "stop_e4": 11_9500,
            "target_e4": 12_2200,
        },
        changes,
    )  # fmt: skip


def tape(**changes: Any) -> schema.TapeView:
    prints = (
        (0.1, 12_0300, 300, "B"), (0.2, 12_0300, 100, "B"), (0.4, 12_0200, 200, "S"),
        (0.6, 12_0300, 2000, "B"), (0.9, 12_0300, 100, "B"), (1.2, 12_0000, 150, "S"),
        (1.3, 12_0300, 400, "B"), (1.8, 12_0300, 100, "B"), (2.1, 12_0150, 100, "M"),
        (2.9, 12_0000, 700, "S"), (3.3, 12_0200, 100, "B"), (4.0, 12_0200, 300, "B"),
    )  # fmt: skip
    rows = tuple(
        schema.TapeRow(NOW - int(ago * S), px, size, side, side == "M", side == "M")
        for ago, px, size, side in prints
    )
    return _made(  # type: ignore[no-any-return]
        schema.TapeView,
        {
            "ticker": "ABCD",
            "rows": rows,
            "count_3s": 14,
            "acceleration": 2.2,
            "buy_shares": 7100,
            "sell_shares": 2200,
            "mid_shares": 700,
            "last_minus_vwap_e4": 500,
            "reclaim": False,
            "reclaim_reason": "not within .02",
            "spark": (1, 2, 3, 4, 5, 6, 9, 8),
        },
        changes,
    )


RULES = (
    schema.ScoreRow("ratio_3", "2.61", "≥2.50", 3_0000, 3_0000, True, "", NOW - 14 * S // 10),
    schema.ScoreRow("spread", ".03", "≤.04", 2_0000, 2_0000, True, "", NOW - 372 * S),
    schema.ScoreRow(
        "tape_velocity", "4.7", "≥4.0", 2_0000, 2_0000, True, "", NOW - 9 * S // 10, "~"
    ),
    schema.ScoreRow("ask_depth", "1,400", "≥1,200", 2_0000, 2_0000, True, "", NOW - 10 * S, "≥"),
    schema.ScoreRow("reclaim", "+.05", "cross", 0, 1_0000, False, "too far", None),
)
GATES = (
    schema.GateRow("valid", True, ""),
    schema.GateRow("halt", True, ""),
    schema.GateRow("flash wall", True, ""),
    schema.GateRow("replenish", True, ""),
    schema.GateRow("collapse", True, ""),
    schema.GateRow("cool-off", True, ""),
    schema.GateRow("throttle", True, ""),
    schema.GateRow("window", True, ""),
)
GUARDS = (
    schema.GuardRow("link", True, "0.0s"),
    schema.GuardRow("quote", True, "0.1s"),
    schema.GuardRow("drift", True, "0t"),
    schema.GuardRow("spread", True, ".03"),
    schema.GuardRow("depth", True, "1,400"),
    schema.GuardRow("score", True, "9.0"),
    schema.GuardRow("window", True, ""),
    schema.GuardRow("lock", True, ""),
)


def score(**changes: Any) -> schema.ScoreView:
    return _made(  # type: ignore[no-any-return]
        schema.ScoreView,
        {
            "ticker": "ABCD",
            "rows": RULES,
            "gates": GATES,
            "score_e4": 9_0000,
            "need_e4": 8_0000,
            "verdict": "ACCEPT",
            "flip": ("ask depth -201 sh", "ratio -0.12"),
        },
        changes,
    )


def lane(profile: str, score_e4: int, **changes: Any) -> schema.LaneRow:
    return _made(  # type: ignore[no-any-return]
        schema.LaneRow,
        {
            "profile": profile,
            "acting": False,
            "calibrated": True,
            "score_e4": score_e4,
            "need_e4": 7_5000,
            "state": "near",
            "verdict": "below",
            "rejects": (),
            "blockers": (),
            "flip": "",
            "signals": 0,
            "entries": 0,
            "wins": 0,
            "losses": 0,
            "net_e4": 0,
        },
        changes,
    )


def lanes() -> schema.LanesView:
    rows = (
        lane("small_account", 9_0000, acting=True, need_e4=8_0000, verdict="ACCEPT", signals=3),
        lane("platform", 5_0000, flip="ratio top5 +0.39", signals=1, losses=1, net_e4=-103_4600),
        lane("quant", 6_8000, calibrated=False),
    )
    return schema.LanesView("ABCD", rows)


def why() -> schema.WhyView:
    """The closest symbols of the wide picture, and the counts of the morning."""
    rows = (
        ("EFGH", 8_0000, "ask refills 1.40× fills", "ask refill -151 sh", 14, None),
        ("IJKL", 5_0000, "tape 2.2, reclaim no", "tape +6 prints/3s", 41, None),
        ("MNOP", 4_0000, "ratio 1.70, tape 1.3, reclaim no", "", 3, None),
        ("UVWX", None, "same ticker cools off", "", 842, 58),
        ("YZAB", None, "halted", "until resume", 170, None),
    )
    return schema.WhyView(
        tuple(
            schema.WhyRow(t, p, b, s, NOW - ago * S, None if left is None else NOW + left * S)
            for t, p, b, s, ago, left in rows
        ),
        8_0000,
        412,
        3,
        11,
        6,
        (("depth<1,200", 312), ("ratio<2.5", 238), ("tape<4", 139), ("ask refills", 6)),
        821,
    )


def _limit(*cells: Any) -> schema.LimitRow:
    """The last cell: seconds until it frees, or None."""
    fields = dict(zip(schema.LimitRow.__struct_fields__, cells, strict=True))
    left = fields["ends_ts"]
    return _made(  # type: ignore[no-any-return]
        schema.LimitRow, fields, {"ends_ts": None if left is None else NOW + left * S}
    )


def limits(**changes: Any) -> schema.LimitsView:
    """Three alerts in the hour, two losses, two symbols that cool off."""
    runs = "open trades"
    card = "confirms of open cards"
    rows: tuple[Any, ...] = (
        ("signals/h", 3, 3, True, "", "alerts but one every 20 min", card, 1500),
        ("trades", 2, 6, False, "4 left", "alerts and confirms today", runs, None),
        ("window", 2, 3, False, "PRIMARY", "alerts and confirms", runs, 2568),
        ("losses/30m", 2, 3, False, "then pause",
         "alerts, confirms to the end of the window", runs, None),
        ("cool-off", 2, None, True, "", "a second alert within 15 min",
         "other symbols", None),
        ("day lock", None, None, False, "armed at -$400 / -$600 or 1.5 % of equity",
         "new entries (soft), cards too and for good (hard)", runs, None),
        ("halt scope", None, None, False, "escalating 0/3 trips",
         "the symbol; all on a card or trade, 3 trips", runs, None),
        ("feed gate", None, None, False, "ok", "alerts and confirms", runs, None),
    )  # fmt: skip
    fields: dict[str, Any] = {
        "rows": tuple(_limit(*row) for row in rows),
        "cools": (("UVWX", NOW + 58 * S), ("QRST", NOW + 507 * S)),
        "others": (("platform", "hourly limit"), ("quant", "free")),
    }
    return _made(schema.LimitsView, fields, changes)  # type: ignore[no-any-return]


def thin_score() -> schema.ScoreView:
    """Acceptance 3: one share is missing."""
    thin = schema.ScoreRow("ask_depth", "1,199", "≥1,200", 0, 2_0000, False, "", None)
    gates = (schema.GateRow("depth", False, "ask depth 1,199 < 1,200, short 1 share"), *GATES)
    rows = (*RULES[:3], thin, RULES[4])
    return score(
        rows=rows, gates=gates, score_e4=7_0000, verdict="no signal", flip=("ask depth +1 sh",)
    )


def card(**changes: Any) -> schema.Card:
    return _made(  # type: ignore[no-any-return]
        schema.Card,
        {
            "id": "20261123-ABCD-3",
            "version": 1,
            "ticker": "ABCD",
            "score_e4": 9_0000,
            "created_ts": NOW - 6 * S,
            "expires_ts": NOW + 14 * S,
            "shares": 500,
            "size_note": "$100/.09=1,111 → cap 500",
            "entry_e4": 12_0400,
            "stop_e4": 11_9500,
            "target_e4": 12_2200,
            "risk_e4": 45_0000,
            "reward_e4": 90_0000,
            "net_target_e4": 86_5000,
            "net_stop_e4": -48_5000,
            "break_even_bp": 3593,
            "null_bp": 2410,
            "rows": RULES,
            "guards": GUARDS,
            "ask_now_e4": 12_0300,
            "spread_now_e4": 300,
            "depth_now": 1400,
            "quote_age_ns": 100_000_000,
            "low_confidence": False,
            "two_step": False,
            "state": "pending",
            "fee_model": "seed_flat",
            "fees_e4": 3_5000,
        },
        changes,
    )


OUTCOMES = (
    schema.OutcomeRow("20261123-QRST-2", "QRST", "SL", 500, -48_5000, NOW - 352 * S),
    schema.OutcomeRow("20261123-UVWX-1", "UVWX", "SL", 500, -48_5000, NOW - 830 * S),
)


def pending(*cards: schema.Card, last: tuple[schema.OutcomeRow, ...] = OUTCOMES) -> Any:
    return schema.PendingView(cards, last)


def log() -> schema.LogView:
    rows = (
        (412, 6, "good", "ABCD", "pending 9.0: BUY 500 entry 12.04 stop 11.95 target 12.22"),
        (411, 14, "warn", "EFGH", "reject 8.0: asks refilled 1.4x of what was bought"),
        (410, 41, "info", "", "universe 7 symbols (+2 -1)"),
        (405, 352, "bad", "QRST", "SL -$48.50 after 41s"),
        (398, 560, "warn", "YZAB", "halted LUDP: quarantine until resume + 60 s"),
        (391, 830, "bad", "UVWX", "SL -$48.50 after 12s"),
    )
    return schema.LogView(tuple(schema.LogRow(n, NOW - a * S, lv, t, x) for n, a, lv, t, x in rows))


def slices(**changes: Any) -> dict[str, Any]:
    """All slices of the $12 example, one pending card; a change of None leaves a slice out."""
    every: dict[str, Any] = {
        "status": status(),
        "universe": universe(),
        "ladder": ladder(),
        "heatmap": heatmap(),
        "tape": tape(),
        "score": score(),
        "lanes": lanes(),
        "why": why(),
        "limits": limits(),
        "pending": pending(card()),
        "log": log(),
    }
    every.update(changes)
    if every["universe"] is not None:
        every.setdefault("symbols", symbols(every["universe"]))
    return {key: value for key, value in every.items() if value is not None}


def frame(n: int = 1, values: dict[str, Any] | None = None, ts: int = NOW) -> schema.Frame:
    """A frame; the slices' version is the frame's number."""
    shown = slices() if values is None else values
    return schema.Frame(n, ts, 0, {key: (n, value) for key, value in shown.items()})


def over_the_wire(sent: schema.Frame) -> schema.Frame:
    """The frame as a socket delivers it."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(sent), type=schema.Frame)
