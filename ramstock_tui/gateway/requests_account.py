"""Requests about the session and the account. It has no orders, no positions, no executions."""

from ramstock_tui.gateway import codes
from ramstock_tui.gateway.session import Handler, Session
from ramstock_tui.gateway.wire import Request

FIRST_ORDER_ID = 1


def start_api(session: Session, request: Request) -> None:
    """The session starts: accounts, the next id, the state of the farms. 326 and the end when its
    client id is in use."""
    client_id = request.number("client_id")
    gateway = session.gateway
    if gateway.has_client(client_id) or len(gateway.sessions) > gateway.config.limits.clients:
        session.refuse(-1, 326, kind=request.name)
        session.pipe.close()
        return
    session.client_id = client_id
    session.note("started", text=f"client {client_id}")
    session.send("managed_accounts", gateway.config.account)
    session.send("next_valid_id", FIRST_ORDER_ID)
    for code in codes.CONNECTED:
        session.send("error", -1, code, codes.text_of(code), "")
    gateway.began()


def req_managed_accounts(session: Session, request: Request) -> None:
    """Account names."""
    session.answer("managed_accounts", session.gateway.config.account)


def req_ids(session: Session, request: Request) -> None:
    """The next order id."""
    session.answer("next_valid_id", FIRST_ORDER_ID)


def req_current_time(session: Session, request: Request) -> None:
    """The broker's clock in whole seconds."""
    session.answer("current_time", session.gateway.broker_time_s())


def req_positions(session: Session, request: Request) -> None:
    """None."""
    session.answer("positions_end")


def req_open_orders(session: Session, request: Request) -> None:
    """None."""
    session.answer("open_orders_end")


def req_completed_orders(session: Session, request: Request) -> None:
    """None."""
    session.answer("completed_orders_end")


def req_executions(session: Session, request: Request) -> None:
    """None."""
    session.answer("executions_end", request.number("req_id"))


def values(session: Session) -> list[tuple[str, str, str]]:
    """(key, value, currency) of the account."""
    config = session.gateway.config
    money = {
        "NetLiquidation": config.equity,
        "EquityWithLoanValue": config.equity,
        "TotalCashValue": config.equity,
        "AvailableFunds": config.equity,
        "BuyingPower": config.buying_power,
        "GrossPositionValue": 0.0,
    }
    found = [("AccountType", config.account_type, ""), ("AccountReady", "true", "")]
    found += [(key, f"{value:.2f}", "USD") for key, value in money.items()]
    return found


def req_account_updates(session: Session, request: Request) -> None:
    """Values of the account, then its end mark; off when not to subscribe."""
    account = session.gateway.config.account
    if not request.flag("subscribe"):
        return
    for key, value, currency in values(session):
        session.answer("account_value", key, value, currency, account)
    session.answer("account_time", session.gateway.now_text()[9:14])
    session.answer("account_download_end", account)


def req_account_multi(session: Session, request: Request) -> None:
    """The same for one of several accounts."""
    req_id, account = request.number("req_id"), session.gateway.config.account
    for key, value, currency in values(session):
        session.answer("account_multi", req_id, account, "", key, value, currency)
    session.answer("account_multi_end", req_id)


def req_account_summary(session: Session, request: Request) -> None:
    """The values that are asked for by name."""
    req_id, account = request.number("req_id"), session.gateway.config.account
    wanted = set(request.text("tags").split(","))
    for key, value, currency in values(session):
        if key in wanted:
            session.answer("account_summary", req_id, account, key, value, currency)
    session.answer("account_summary_end", req_id)


def req_pnl(session: Session, request: Request) -> None:
    """Daily P&L, told once and at every change; nothing when the account offers none."""
    req_id = request.number("req_id")
    session.following["pnl", req_id] = True
    tell_pnl(session)


def tell_pnl(session: Session) -> None:
    """To every request for it."""
    daily = session.gateway.daily_pnl
    if daily is None:
        return
    for kind, req_id in session.following:
        if kind == "pnl":
            session.answer("pnl", req_id, daily, 0.0, daily)


def cancel_pnl(session: Session, request: Request) -> None:
    """No more of it."""
    session.following.pop(("pnl", request.number("req_id")), None)


def nothing(session: Session, request: Request) -> None:
    """Taken without an answer."""


HANDLERS: dict[str, Handler] = {
    "start_api": start_api,
    "req_managed_accounts": req_managed_accounts,
    "req_ids": req_ids,
    "req_current_time": req_current_time,
    "req_positions": req_positions,
    "cancel_positions": nothing,
    "req_open_orders": req_open_orders,
    "req_all_open_orders": req_open_orders,
    "req_auto_open_orders": nothing,
    "req_completed_orders": req_completed_orders,
    "req_executions": req_executions,
    "req_account_updates": req_account_updates,
    "req_account_multi": req_account_multi,
    "cancel_account_multi": nothing,
    "req_account_summary": req_account_summary,
    "cancel_account_summary": nothing,
    "req_pnl": req_pnl,
    "cancel_pnl": cancel_pnl,
    "set_server_log_level": nothing,
    "req_news_bulletins": nothing,
    "cancel_news_bulletins": nothing,
}
