"""The store of those who run a Redis server: other programs read the universe there."""

from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Any

from ramstock_tui.addresses import Address
from ramstock_tui.store import DEADLINE_S, StoreError

if TYPE_CHECKING:
    from redis import Redis


class RedisStore:
    """A `UniverseStore` on a server. A connection lives for one call: between two of them lie
    minutes, and a server that was started anew is met like any other. Nothing is tried twice."""

    name = "redis"

    def __init__(self, where: Address) -> None:
        self._where = where

    def put(self, key: str, value: bytes, ttl_ms: int) -> None:
        """Replace what the key holds."""
        self._call(lambda server: server.set(key, value, px=ttl_ms))

    def get(self, key: str) -> bytes | None:
        """What the key holds, None when it is over."""
        found = self._call(lambda server: server.get(key))
        if found is None or isinstance(found, bytes):
            return found
        raise StoreError("type", "redis: holds something else than a text")

    def close(self) -> None:
        """Every call has closed its connection."""

    def _call(self, call: "Callable[[Redis], object]") -> object:
        from redis import exceptions

        began = monotonic()
        try:
            server = self._connect()
            try:
                found = call(server)
            finally:
                server.close()
        except exceptions.RedisError as problem:
            raise StoreError(*_words(problem)) from None
        except (OSError, ValueError) as problem:  # no such socket, no such certificate file
            said = problem.strerror if isinstance(problem, OSError) else ""
            raise StoreError("down", f"redis: {said or type(problem).__name__}") from None
        if monotonic() - began > DEADLINE_S:
            raise StoreError("timeout", _LATE)
        return found

    def _connect(self) -> "Redis":
        from redis import Redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        where = self._where
        tls: dict[str, Any] = {}
        if where.tls:
            tls = {"ssl": True, "ssl_cert_reqs": "required", "ssl_check_hostname": True}
            tls["ssl_ca_certs"] = where.ca or None
        return Redis(
            host=where.host or "localhost",
            port=where.port,
            unix_socket_path=where.path or None,
            db=where.db,
            username=where.user,
            password=where.password,
            socket_timeout=DEADLINE_S,
            socket_connect_timeout=DEADLINE_S,
            retry=Retry(NoBackoff(), 0),
            retry_on_error=[],
            driver_info=None,  # no CLIENT SETINFO: a user of the server needs GET and SET only
            protocol=2,
            **tls,
        )


_LATE = f"redis: no answer within {DEADLINE_S * 1000:.0f} ms"
# by the name of the library's exception, the nearest class first
_KINDS = {
    "OutOfMemoryError": ("memory", "redis: out of memory (maxmemory)"),
    "ReadOnlyError": ("readonly", "redis: is read-only"),
    "AuthenticationError": ("auth", "redis: user or password refused"),
    "AuthenticationWrongNumberOfArgsError": ("auth", "redis: user or password refused"),
    "AuthorizationError": ("auth", "redis: user or password refused"),
    "NoPermissionError": ("auth", "redis: this user may not use the key or command"),
    "BusyLoadingError": ("loading", "redis: is loading its data"),
    "TimeoutError": ("timeout", _LATE),
    "ConnectionError": ("down", "redis: no connection"),
}
_ANSWERS = {
    "WRONGTYPE": ("type", "redis: holds something else than a text"),
    "NOAUTH": ("auth", "redis: wants a password"),
    "WRONGPASS": ("auth", "redis: user or password refused"),
    "MISCONF": ("refused", "redis: cannot save its data and takes none"),
    "MASTERDOWN": ("down", "redis: replica without its master"),
}


def _words(problem: Exception) -> tuple[str, str]:
    """(kind, text). What the server says is told by its first word only: an error text can repeat
    what it was sent."""
    word = str(problem).partition(" ")[0]
    if word in _ANSWERS:
        return _ANSWERS[word]
    for kind in type(problem).__mro__:
        if kind.__name__ in _KINDS:
            return _KINDS[kind.__name__]
    return "refused", f"redis: refused ({type(problem).__name__})"
