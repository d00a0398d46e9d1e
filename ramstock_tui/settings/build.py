"""From the checked tables to the rules that the engine takes and the ledger keeps."""

from fractions import Fraction
from typing import Literal

from ramstock_tui.core.listing import Limits
from ramstock_tui.core.profile import (
    RULES_VERSION,
    AccountLimits,
    Bracket,
    Day,
    Execution,
    FeeModel,
    Gates,
    Guards,
    Losses,
    Profile,
    Reclaim,
    Rules,
    Size,
    Step,
    Throttle,
    Window,
)
from ramstock_tui.settings import EndpointSettings, IbkrSettings, model

_PRICES = frozenset({"spread"})  # metrics in 1/10,000 USD; their limits are written in dollars


def rules(config: model.Config) -> Rules:
    """All profiles and fee models, sorted by name so that equal settings give equal rules."""
    return Rules(
        version=RULES_VERSION,
        profiles=tuple(
            _profile(name, _strict(table) if config.strict_seed else table)
            for name, table in sorted(config.profiles.items())
        ),
        fees=tuple(
            _fee(name, row) for name, table in sorted(config.fees.items()) for row in _rows(table)
        ),
        execution=Execution(
            latency_ms=config.execution.latency_ms,
            fill_within_ms=config.execution.fill_within_ms,
            timeout_s=config.execution.timeout_s,
        ),
        guards=Guards(
            link_age_ms=config.guards.link_age_ms,
            quote_age_ms=config.guards.quote_age_ms,
            drift_ticks=config.guards.drift_ticks,
            score_slack_e4=config.guards.score_slack,
            command_age_ms=config.guards.command_age_ms,
        ),
        account=AccountLimits(
            warn_cents=config.account.warn_below,
            block_cents=config.account.block_below,
            withdraw_cents=config.account.withdraw_above,
            capped_cents=config.account.capped_above,
        ),
    )


def limits(table: model.ProfileTable) -> Limits:
    """What a profile admits to its universe."""
    admits = table.universe
    spread = admits.spread_at_most if admits.spread_below is None else admits.spread_below
    return Limits(
        price_min_e4=admits.price[0],
        price_max_e4=admits.price[1],
        float_min=admits.float_from,
        float_max=admits.float_to or admits.float_below or 0,
        float_inclusive=admits.float_below is None,
        unknown_float=admits.unknown_float,
        rvol_above_e4=admits.rvol_above,
        spread_min_e4=admits.spread_from,
        spread_max_e4=spread or 0,
        spread_inclusive=admits.spread_below is None,
        exchanges=admits.exchanges,
        exclude=admits.exclude,
        most=admits.most,
    )


def _rows(table: model.FeesTable) -> list[model.FeeRow]:
    """The rows of a fee model, the oldest first."""
    if table.dated is None:
        return [table]
    return sorted(table.dated, key=_since)


def _since(row: model.FeeRow) -> int:
    return row.since if isinstance(row, model.DatedFees) else 0


def _fee(name: str, row: model.FeeRow) -> FeeModel:
    return FeeModel(
        name=name,
        per_share_e4=row.per_share or 0,
        min_order_e4=row.min_order or 0,
        since=_since(row),
        max_bp=row.max_pct,
        take_e4=row.take,
        clearing_e4=row.clearing,
        taf_e8=row.taf,
        taf_max_e4=row.taf_max,
        sec_cents=row.sec,
    )


def _strict(table: model.ProfileTable) -> model.ProfileTable:
    """The table with the literal readings of the softened rules."""
    strict = table.strict
    changed: dict[str, object] = {}
    if strict.halt_scope is not None:
        changed["halt_scope"] = strict.halt_scope
    if strict.vwap_within is not None:
        changed["gates"] = table.gates.model_copy(update={"vwap_within": strict.vwap_within})
    if strict.per_day is not None:
        changed["throttle"] = table.throttle.model_copy(update={"per_day": strict.per_day})
    return table.model_copy(update=changed)


def _profile(name: str, table: model.ProfileTable) -> Profile:
    return Profile(
        name=name,
        min_score_e4=table.min_score,
        rules=tuple(_step(rule) for rule in table.rules),
        gates=_gates(table.gates),
        rejects=table.rejects,
        reclaim=Reclaim(surge=table.reclaim.surge, max_above_e4=table.reclaim.max_above),
        throttle=Throttle(
            per_hour=table.throttle.per_hour,
            over=table.throttle.over,
            then_every_s=table.throttle.then_every_s,
            cooloff_s=table.throttle.cooloff_s,
            per_day=table.throttle.per_day,
        ),
        day=_day(table),
        bracket=Bracket(
            entry_above_e4=table.bracket.entry_above,
            entry_above_ticks=table.bracket.entry_above_ticks,
            stop_spreads=table.bracket.stop_spreads,
            min_stop_ticks=table.bracket.min_stop_ticks,
            ttl_ms=table.bracket.ttl_s,
        ),
        size=_size(table.size),
        losses=_losses(table.losses),
        halt_scope=table.halt_scope,
        heatmap=table.heatmap,
        calibrated=table.calibrated,
    )


def _step(rule: model.RuleTable) -> Step:
    scale = 10_000 if rule.metric in _PRICES else 1
    op: Literal["at_least", "at_most", "ramp"]
    if rule.zero_at is not None:
        op, limit = "ramp", Fraction(rule.zero_at)
    elif rule.at_most is not None:
        op, limit = "at_most", Fraction(rule.at_most)
    else:
        op, limit = "at_least", Fraction(rule.at_least)
    full = Fraction(rule.full_at or 0)
    return Step(
        metric=rule.metric,
        points_e4=rule.points,
        op=op,
        limit_num=(limit * scale).numerator,
        limit_den=(limit * scale).denominator,
        held_ms=rule.held_s,
        full_num=(full * scale).numerator,
        full_den=(full * scale).denominator,
        least=rule.least,
    )


def _gates(gates: model.GatesTable) -> Gates:
    inclusive = gates.spread_at_most is not None
    spread = gates.spread_at_most if inclusive else gates.spread_below
    return Gates(
        spread_max_e4=spread or 0,
        spread_inclusive=inclusive,
        ask_depth_min=gates.min_ask_depth,
        vwap_within_e4=gates.vwap_within,
    )


def _day(table: model.ProfileTable) -> Day:
    return Day(
        windows=tuple(
            Window(
                name=window.name,
                start_s=window.start,
                end_s=window.end,
                allow=window.allow,
                entries=window.entries,
            )
            for window in table.windows
        ),
        off_s=table.off,
        early_close_off_s=table.early_close_off_min * 60,
    )


def _size(size: model.SizeTable) -> Size:
    return Size(
        risk_bp=size.risk_pct,
        risk_max_cents=size.risk_max,
        plan_min_cents=size.plan_min,
        phase_caps=size.phase_caps or (),
        share_cap=size.share_cap,
        ceiling=size.ceiling,
        round_to=size.round_to,
        notional_bp=size.notional_pct,
    )


def _losses(losses: model.LossesTable) -> Losses:
    return Losses(
        soft_e4=losses.soft,
        hard_e4=losses.hard,
        hard_bp=losses.hard_pct,
        count=losses.count,
        window_s=losses.window_min * 60,
        pause_s=losses.pause_min * 60,
    )


def ibkr(config: model.Config) -> IbkrSettings:
    """The broker's endpoints and what is asked of them."""
    table = config.ibkr
    return IbkrSettings(
        endpoints=tuple(
            EndpointSettings(
                host=each.host,
                port=each.port,
                client_id=each.client_id,
                max_lines=each.max_lines,
                max_depth=each.max_depth,
                max_tick_by_tick=each.max_tick_by_tick,
            )
            for each in table.endpoints
        ),
        smart_depth=table.smart_depth,
        depth_rows=table.depth_rows,
        sizes_in_lots=table.sizes == "lots",
        news=table.news,
        restart_s=table.restart,
        restart_for_s=table.restart_min * 60,
        symbols=config.universe.symbols,
    )
