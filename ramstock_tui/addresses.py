"""The Redis server of the settings, from its URL."""

from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from ramstock_tui.secret import Secret

WANTED = "redis://, rediss:// or unix:// with [USER][:PASSWORD@]HOST[:PORT][/DB]"


class Address(NamedTuple):
    """Where a server is. path: of a Unix socket, "" = none. ca: file of the authority that signed
    its certificate, "" = those of the system."""

    host: str
    port: int
    path: str
    db: int
    user: str | None
    password: str | None
    tls: bool
    ca: str


def address(url: Secret) -> Address:
    """The parts of a URL. Only these: what a URL of the library could set besides (time-outs,
    retries) is not the user's to set. Raises ValueError(what was expected), never the text."""
    try:
        parts = urlsplit(url.reveal())
        port = parts.port or 6379
        asked = parts.query
        more = dict(parse_qsl(asked, keep_blank_values=True, strict_parsing=bool(asked)))
    except ValueError:
        raise ValueError(f"an address such as {WANTED}") from None
    unix = parts.scheme == "unix"
    if parts.scheme not in ("redis", "rediss", "unix") or bool(parts.hostname) == unix:
        raise ValueError(f"an address such as {WANTED}")
    if parts.fragment or not set(more) <= ({"db"} if unix else {"ca"}):
        raise ValueError("an address whose only option is ?ca=FILE (of a socket: ?db=N)")
    number = more.get("db", "0") if unix else parts.path.strip("/") or "0"
    if not (number.isascii() and number.isdecimal() and len(number) <= 4):
        raise ValueError("an address whose database is a number from 0 to 9999")
    return Address(
        host=parts.hostname or "",
        port=port,
        path=unquote(parts.path) if unix else "",
        db=int(number),
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        tls=parts.scheme == "rediss",
        ca=more.get("ca", ""),
    )
