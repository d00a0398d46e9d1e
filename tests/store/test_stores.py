"""What both stores promise, on a real file and a real server."""

import os
import sqlite3
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ramstock_tui.addresses import address
from ramstock_tui.secret import Secret
from ramstock_tui.store import DEADLINE_S, StoreError, UniverseStore
from ramstock_tui.store.redis import RedisStore
from ramstock_tui.store.sqlite import SqliteStore
from tests.store.servers import RedisServer, redis_server, until

KEY = "rs:universe:shadow"


def wall_ms() -> int:
    return time.time_ns() // 1_000_000


def redis_store(url: str) -> RedisStore:
    return RedisStore(address(Secret(url)))


@pytest.fixture(params=["sqlite", "redis"])
def store(
    request: pytest.FixtureRequest, tmp_path: Path, require_program: Callable[[str], str]
) -> Iterator[UniverseStore]:
    if request.param == "sqlite":
        yield SqliteStore(tmp_path / "universe.sqlite3", wall_ms)
        return
    with redis_server(require_program("redis-server"), tmp_path) as server:
        yield redis_store(server.url)


@pytest.fixture
def server(tmp_path: Path, require_program: Callable[[str], str]) -> Iterator[RedisServer]:
    with redis_server(require_program("redis-server"), tmp_path) as running:
        yield running


def kind_of(call: Callable[[], object]) -> str:
    """The kind of the StoreError of a call, which came within the deadline and a little."""
    began = time.monotonic()
    with pytest.raises(StoreError) as caught:
        call()
    assert time.monotonic() - began < DEADLINE_S + 2
    assert "secret" not in str(caught.value)
    return caught.value.kind


def test_a_value_stays_until_its_time_is_over(store: UniverseStore) -> None:
    assert store.get(KEY) is None
    store.put(KEY, b'{"a": 1}', 60_000)
    assert store.get(KEY) == b'{"a": 1}'
    store.put(KEY, b"\x00\xff later", 150)
    assert store.get(KEY) == b"\x00\xff later"
    until(lambda: store.get(KEY) is None, "its time is never over")


def test_keys_do_not_touch_each_other(store: UniverseStore) -> None:
    store.put(KEY, b"live", 60_000)
    store.put("rs:universe:demo", b"demo", 60_000)
    assert store.get(KEY) == b"live"


# SQLite -----------------------------------------------------------------------------------------
def test_the_file_is_for_this_user_only(tmp_path: Path) -> None:
    path = tmp_path / "universe.sqlite3"
    SqliteStore(path, wall_ms).put(KEY, b"x", 1_000)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_damaged_file_is_moved_aside_and_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "universe.sqlite3"
    path.write_bytes(b"no database at all" * 1_000)
    store = SqliteStore(path, wall_ms)
    assert store.get(KEY) is None
    store.put(KEY, b"x", 1_000)
    assert store.get(KEY) == b"x"
    assert path.with_name("universe.sqlite3.damaged").exists()


def test_a_file_that_another_program_holds_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "universe.sqlite3"
    store = SqliteStore(path, wall_ms)
    store.put(KEY, b"x", 60_000)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    assert kind_of(lambda: store.put(KEY, b"y", 60_000)) == "timeout"
    other.close()
    assert store.get(KEY) == b"x"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    store = SqliteStore(tmp_path / "universe.sqlite3", wall_ms)
    assert kind_of(lambda: store.put(KEY, b"x", 1)) == "refused"


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "none" / "universe.sqlite3", wall_ms)
    assert kind_of(lambda: store.put(KEY, b"x", 1)) == "refused"


# Redis ------------------------------------------------------------------------------------------
def test_no_server_and_a_killed_one_are_down_and_a_new_one_is_met(server: RedisServer) -> None:
    store = redis_store(server.url)
    store.put(KEY, b"before", 60_000)
    server.kill()
    assert kind_of(lambda: store.put(KEY, b"x", 60_000)) == "down"
    assert kind_of(lambda: store.get(KEY)) == "down"
    server.start()
    assert store.get(KEY) is None, "started empty"
    store.put(KEY, b"after", 60_000)
    assert store.get(KEY) == b"after"


def test_a_stopped_server_costs_one_deadline(server: RedisServer) -> None:
    store = redis_store(server.url)
    store.put(KEY, b"before", 60_000)
    server.freeze()
    assert kind_of(lambda: store.put(KEY, b"x", 60_000)) == "timeout"
    server.thaw()
    assert store.get(KEY) in (b"before", b"x")


def test_a_full_server_is_out_of_memory(server: RedisServer) -> None:
    store = redis_store(server.url)
    assert server.say(b"CONFIG", b"SET", b"maxmemory", b"1").startswith(b"+OK")
    assert kind_of(lambda: store.put(KEY, b"x", 60_000)) == "memory"


def test_a_replica_is_read_only(server: RedisServer) -> None:
    store = redis_store(server.url)
    server.say(b"REPLICAOF", b"127.0.0.1", b"1")
    assert kind_of(lambda: store.put(KEY, b"x", 60_000)) == "readonly"


def test_a_key_of_another_type_is_told_and_replaced_by_the_next_write(server: RedisServer) -> None:
    store = redis_store(server.url)
    server.say(b"LPUSH", KEY.encode(), b"x")
    assert kind_of(lambda: store.get(KEY)) == "type"
    store.put(KEY, b"x", 60_000)
    assert store.get(KEY) == b"x"


def test_a_server_that_loads_says_so(tmp_path: Path, require_program: Callable[[str], str]) -> None:
    options = ("enable-debug-command local", "loading-process-events-interval-bytes 1024")
    with redis_server(require_program("redis-server"), tmp_path, *options) as server:
        assert server.say(b"DEBUG", b"POPULATE", b"1000", b"filler", b"2000").startswith(b"+OK")
        assert server.say(b"SAVE").startswith(b"+OK")
        server.kill()
        server.start("key-load-delay 5000", ready=False)
        store = redis_store(server.url)
        assert kind_of(lambda: store.put(KEY, b"x", 60_000)) == "loading"


@pytest.mark.parametrize(
    ("who", "kind"),
    [
        ("", "auth"),
        (":secret-wrong@", "auth"),
        ("cockpit:secret-wrong@", "auth"),
        ("nobody:secret-acl@", "auth"),
        (":secret-default@", ""),
        ("cockpit:secret-acl@", ""),
    ],
)
def test_users_and_passwords(
    tmp_path: Path, require_program: Callable[[str], str], who: str, kind: str
) -> None:
    acl = "user cockpit on >secret-acl ~rs:* +get +set"
    program = require_program("redis-server")
    with redis_server(program, tmp_path, "requirepass secret-default", acl) as server:
        store = redis_store(f"redis://{who}127.0.0.1:{server.port}")
        if kind:
            assert kind_of(lambda: store.put(KEY, b"x", 60_000)) == kind
        else:
            store.put(KEY, b"x", 60_000)
            assert store.get(KEY) == b"x"
        if who.startswith("cockpit:secret-acl"):
            assert kind_of(lambda: store.get("foreign")) == "auth"


def test_over_tls_the_certificate_is_checked(
    tmp_path: Path, require_program: Callable[[str], str]
) -> None:
    import subprocess

    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        [
            require_program("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", cert, "-days", "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    from tests.store.servers import free_port

    port = free_port()
    options = (
        "port 0", f"tls-port {port}", f"tls-cert-file {cert}", f"tls-key-file {key}",
        "tls-auth-clients no",
    )  # fmt: skip
    running = RedisServer(require_program("redis-server"), tmp_path, options)
    running.port = port
    try:
        running.start(ready=False)
        store = redis_store(f"rediss://127.0.0.1:{port}?ca={cert}")
        store.put(KEY, b"x", 60_000)
        assert store.get(KEY) == b"x"
        assert kind_of(lambda: redis_store(f"rediss://127.0.0.1:{port}").get(KEY)) == "down"
        assert kind_of(lambda: redis_store(f"redis://127.0.0.1:{port}").get(KEY)) in (
            "down",
            "timeout",
        )
    finally:
        running.kill()


@pytest.mark.parametrize(
    "url",
    [
        "", "redis", "secret", "redis://", "http://secret@h", "redis://:secret@h:port",
        "redis://:secret@h:99999", "redis://:secret@h/one", "redis://:secret@h?socket_timeout=60",
        "redis://:secret@h#x", "unix://secret/path", "redis://:secret@[::1", "rediss://h/12345",
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ValueError, match="an address") as caught:
        address(Secret(url))
    assert "secret" not in str(caught.value)
