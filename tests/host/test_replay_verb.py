"""`ramstock replay`: its JSON, broken recordings and settings, what a dead host left behind."""

import json
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ramstock_tui.core import records as r
from ramstock_tui.core.engine import Engine
from ramstock_tui.core.profile import Rules
from ramstock_tui.host.recorder import Recorder, begun
from ramstock_tui.host.session import Playback
from ramstock_tui.host.source import Recording
from ramstock_tui.host.summary import decision_hash
from ramstock_tui.journal.codec import FILE_HEADER
from ramstock_tui.journal.market_reader import MarketReader
from tests.core.sessions import rules
from tests.host.help import Clock, ramstock, ran, ran_from
from tests.host.scenes import alert, morning
from tests.session_writer import DATE, Script, at, opened

SCRIPT = morning()


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return SCRIPT.write(tmp_path_factory.mktemp("verb") / "session")


@pytest.fixture
def unsealed(tmp_path: Path) -> Path:
    return SCRIPT.write(tmp_path / "unsealed", sealed=False, block=100)


def recorded(
    source: Path, out: Path, policy: str = "all", *, stop: int = 0, wanted: Rules | None = None
) -> Engine:
    """A replay of source into out; stop: as if the host had died after so many rows (0: sealed);
    wanted: the settings of the restart."""
    engine, recording = Engine(rules()), Recording(source)
    inputs = recording.inputs(with_commands=policy == "ledger", as_it_was=False)
    playback = Playback(engine, inputs, policy, Clock(), 0, recording)
    if begun(out):
        recorder = Recorder.resume(engine, out, 0, wanted)
    else:
        recorder = Recorder.create(
            engine, out, session_id=b"scripted-session", date=DATE, mode=4, created_ns=1
        )
    playback.record_into(recorder)
    while not playback.done and not (stop and playback.rows_fed >= stop):
        playback.step()
    recorder.abandon() if stop else recorder.close({})
    return engine


# the report ---------------------------------------------------------------------------------------
def test_the_json_is_one_object_of_the_documented_shape(session: Path, tmp_path: Path) -> None:
    done = ramstock(tmp_path, "replay", session, "--headless", "--json", "--confirm", "all")
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (0, "", 1)
    report = json.loads(done.stdout)
    assert set(report) == {
        *("events", "symbols", "first_ts", "last_ts", "elapsed_s", "events_per_s"),
        *("decision_hash", "confirm", "profiles"),
    }
    inputs = SCRIPT.inputs()
    assert report["events"] == len(inputs)
    assert (report["first_ts"], report["last_ts"]) == (inputs[0][0][0], inputs[-1][0][0])
    assert report["symbols"] == sorted(report["symbols"])
    assert len(report["symbols"]) == 11
    assert len(report["decision_hash"]) == 64
    assert report["events_per_s"] == pytest.approx(report["events"] / report["elapsed_s"], rel=0.01)
    lane = report["profiles"]["small_account"]
    assert set(lane) == {"signals", "rejects"}
    assert lane["rejects"]["stall"] == 1
    assert [s["outcome"] and s["outcome"]["label"] for s in lane["signals"]][:2] == ["TP", "SL"]
    for signal in lane["signals"]:
        check_signal(signal)
    take = lane["signals"][0]
    assert take["outcome"]["exit_price"] == "12.22"
    assert take["outcome"]["net_usd"] == "91.50"


def check_signal(signal: dict[str, Any]) -> None:
    assert set(signal) == {"id", "ts", "symbol", "score", "parts", "blueprint", "outcome"}
    assert signal["id"] == f"{DATE}-{signal['symbol']}-{signal['id'].rpartition('-')[2]}"
    assert sum(part["points"] for part in signal["parts"].values()) == signal["score"]
    assert all(set(part) == {"value", "need", "points"} for part in signal["parts"].values())
    plan = signal["blueprint"]
    assert set(plan) == {"entry", "stop", "target", "shares", "risk_usd"}
    entry, stop, target = (Decimal(plan[key]) for key in ("entry", "stop", "target"))
    assert target - entry == 2 * (entry - stop)
    assert Decimal(plan["risk_usd"]) == (entry - stop) * plan["shares"]
    if signal["outcome"]:
        assert {"label", "exit_price", "net_usd"} <= set(signal["outcome"])
        assert type(signal["outcome"]["net_usd"]) is str


def test_json_without_headless_needs_no_terminal(session: Path, tmp_path: Path) -> None:
    done = ramstock(tmp_path, "replay", session, "--headless", "--speed", "max")
    assert done.returncode == 0
    assert done.stdout.startswith(f"{len(SCRIPT.inputs()):,} records of FEWS, FILL")


# broken recordings --------------------------------------------------------------------------------
def broken(path: Path, home: Path, *words: str) -> tuple[str, str]:
    """stdout and the one line on stderr of a replay that must end with exit code 1."""
    done = ramstock(home, "replay", path, "--headless", "--json", *words)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1
    return done.stdout, done.stderr


def test_a_torn_tail_is_named_and_the_whole_blocks_before_it_are_used(
    unsealed: Path, tmp_path: Path
) -> None:
    market = unsealed / "market.rsm"
    last = list(MarketReader(market).blocks())[-1]
    market.write_bytes(market.read_bytes()[: last.offset + 55])
    out, err = broken(unsealed, tmp_path)
    assert f"market.rsm: byte {last.offset}: expected" in err
    assert json.loads(out)["events"] == last.first_seq - 1
    assert f"the {last.first_seq - 1:,} records before it were used" in err


@pytest.mark.parametrize("torn", ["market", "ledger", "both"])
def test_what_a_kill_tore_is_no_difference_and_is_told(
    torn: str, session: Path, tmp_path: Path
) -> None:
    path = tmp_path / "out"
    recorded(session, path, stop=900)
    market, ledger = path / "market.rsm", path / "ledger.jsonl"
    if torn != "ledger":
        market.write_bytes(market.read_bytes()[:-5])
    if torn != "market":
        ledger.write_bytes(ledger.read_bytes()[:-5])
    done = ramstock(tmp_path, "replay", path, "--verify")
    assert done.returncode == 0
    assert done.stdout.startswith("match: ")
    assert done.stderr.startswith("ramstock: torn by a kill: ")
    assert done.stderr.count("\n") == 1


def test_damage_before_whole_blocks_is_no_torn_end(session: Path, tmp_path: Path) -> None:
    path = tmp_path / "out"
    recorded(session, path, stop=900)
    market = path / "market.rsm"
    data = bytearray(market.read_bytes())
    data[list(MarketReader(market).blocks())[-2].offset + 50] ^= 1
    market.write_bytes(data)
    assert ramstock(tmp_path, "replay", path, "--verify").returncode == 1


@pytest.mark.parametrize("sealed", [False, True])
def test_a_flipped_byte_is_named_and_the_whole_blocks_before_it_are_used(
    sealed: bool, tmp_path: Path
) -> None:
    script = Script()
    stock = script.stock("LONG")
    script.at("09:31:00")
    for n in range(6_000):
        script.wait(10)
        stock.level(True, 1200, 100 + n % 7 * 100)
    path = script.write(tmp_path / "long", sealed=sealed)
    market = path / "market.rsm"
    second = list(MarketReader(market).blocks())[1]
    data = bytearray(market.read_bytes())
    data[second.offset + 100] ^= 1
    market.write_bytes(data)
    out, err = broken(path, tmp_path)
    assert f"market.rsm: byte {second.offset}: expected a block whose checksum holds" in err
    assert json.loads(out)["events"] == 4_096


def test_a_recording_cut_between_blocks_is_whole(unsealed: Path, tmp_path: Path) -> None:
    market = unsealed / "market.rsm"
    last = list(MarketReader(market).blocks())[-1]
    market.write_bytes(market.read_bytes()[: last.offset])
    done = ramstock(tmp_path, "replay", unsealed, "--headless", "--json")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("content", [None, b"", b"hello\n", b"RSM1" + bytes(60), bytes(5_000)])
def test_what_is_no_session_is_refused_in_one_line(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "none"
    path.mkdir()
    if content is not None:
        (path / "market.rsm").write_bytes(content)
    out, err = broken(path, tmp_path)
    assert out == ""
    assert str(path) in err


def test_a_damaged_ledger_is_named_by_line_and_a_torn_one_is_used(
    session: Path, tmp_path: Path
) -> None:
    path = tmp_path / "out"
    recorded(session, path)
    ledger = path / "ledger.jsonl"
    whole = ledger.read_bytes()
    lines = whole.splitlines(keepends=True)
    ledger.write_bytes(b"".join([*lines[:3], lines[3].replace(b"0", b"1", 1), *lines[4:]]))
    out, err = broken(path, tmp_path)
    assert (out, "ledger.jsonl: line 4 (byte " in err) == ("", True)
    ledger.write_bytes(b"\0garbage\n" * 9)
    assert "ledger.jsonl: line 1" in broken(path, tmp_path)[1]
    ledger.write_bytes(whole[:-30])
    out, err = broken(path, tmp_path)
    assert f"line {len(lines)} (byte {len(whole) - len(lines[-1])}): torn" in err
    assert json.loads(out)["events"] == len(SCRIPT.inputs())


def test_records_that_cannot_be_are_named(tmp_path: Path) -> None:
    unknown = Script()
    unknown.row((unknown.ts, 7, r.PRINT, r.LAST, 120_000, 100, 0))
    other = Script(opened(acting="nobody"))
    early = Script()
    early._inputs.reverse()
    early.row((at("09:26:00"), 0, r.RESUMED, r.LAST, 0, 0, 1))
    early._inputs = early._inputs[1:]
    for n, (script, text) in enumerate(
        (
            (unknown, "record 2: symbol id 7 was not declared"),
            (other, "record 1: the acting profile 'nobody' has no table"),
            (early, "record 1: a session was resumed before it was opened"),
        )
    ):
        path = script.write(tmp_path / f"s{n}")
        assert text in broken(path, tmp_path)[1]


def test_broken_settings_are_refused_before_anything_runs(session: Path, tmp_path: Path) -> None:
    config = tmp_path / "my.toml"
    config.write_text("[guards]\nlink_age_ms = 'soon'\n")
    done = ramstock(tmp_path, "replay", session, "--headless", "--json", "--config", config)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.count("\n") == 1
    assert "my.toml" in done.stderr
    assert "guards.link_age_ms" in done.stderr


def test_other_rules_decide_otherwise_and_verify_says_where(session: Path, tmp_path: Path) -> None:
    path = tmp_path / "out"
    recorded(session, path)
    config = tmp_path / "my.toml"
    config.write_text("[profiles.small_account]\nmin_score = 9.5\n")
    done = ramstock(tmp_path, "replay", path, "--verify", "--config", config)
    assert done.returncode == 6
    assert done.stderr.count("\n") == 1
    assert "signal" in done.stderr
    assert ramstock(tmp_path, "replay", path, "--verify").returncode == 0


# recorded replays ---------------------------------------------------------------------------------
def test_a_recorded_replay_replays_to_the_same_decisions(session: Path, tmp_path: Path) -> None:
    engine = recorded(session, tmp_path / "out")
    again = ran_from(tmp_path / "out", "ledger")
    assert decision_hash(again, "ledger") == decision_hash(engine, "ledger")
    bare = ran(SCRIPT, "all").history
    assert [(d.kind, d.ts, d.reasons) for d in bare] == [
        (d.kind, d.ts, d.reasons) for d in engine.history
    ]


@pytest.mark.parametrize("policy", ["all", "none", "ledger"])
def test_a_session_with_restarts_can_be_recorded_again_and_verifies(
    policy: str, session: Path, tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for stop in (300, 640, 0):
        recorded(session, first, stop=stop)
    for stop in (200, 500, 0):
        recorded(first, second, policy, stop=stop)
    for path in (first, second):
        done = ramstock(tmp_path, "replay", path, "--verify")
        assert (done.returncode, done.stderr) == (0, "")


def test_every_stop_of_a_recording_loses_and_repeats_no_row(tmp_path: Path) -> None:
    script = Script()
    stock, other = script.stock("AAA"), script.stock("BBB")
    alert(script, stock, "09:31:00")
    alert(script, other, "09:31:03")
    source = script.write(tmp_path / "source")
    rows = [row for row, _ in script.inputs() if row[2] not in r.BLOB_KINDS]
    for stop in range(1, 80, 7):
        out = tmp_path / f"out-{stop}"
        recorded(source, out, stop=stop)
        recorded(source, out)
        kept = [row for block in Recording(out).market.blocks() for row in block.rows()]
        market = [row for row in kept if row[2] not in r.BLOB_KINDS | {r.RESUMED}]
        assert market == rows
        assert sum(row[2] == r.SYMBOL for row in kept) == 2


@pytest.mark.parametrize("left", ["nothing", "market", "ledger", "torn header", "rules"])
def test_a_host_that_died_before_its_first_record_begins_again(
    left: str, session: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    recorded(session, out, stop=1)
    whole = (out / "ledger.jsonl").read_bytes().splitlines(keepends=True)[0]
    market = (out / "market.rsm").read_bytes()[: FILE_HEADER.size]
    shutil.rmtree(out)
    out.mkdir()
    (out / "session.lock").touch()
    if left != "nothing":
        (out / "market.rsm").write_bytes(market[:9] if left == "torn header" else market)
    if left in ("ledger", "rules"):
        (out / "ledger.jsonl").write_bytes(whole if left == "rules" else b"")
    words = ("--headless", "--into", out, "--confirm", "all", "--speed", "max")
    done = ramstock(tmp_path, "replay", session, *words)
    assert done.returncode == 0, done.stderr
    assert ramstock(tmp_path, "replay", out, "--verify").returncode == 0
    assert [row[2] for block in Recording(out).market.blocks() for row in block.rows()].count(
        r.RESUMED
    ) == 0


def test_a_finished_or_foreign_recording_is_not_continued(session: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    recorded(session, out)
    before = (out / "ledger.jsonl").read_bytes()
    done = ramstock(tmp_path, "replay", session, "--headless", "--into", out)
    assert (done.returncode, done.stdout) == (2, "")
    assert "is finished" in done.stderr
    assert (out / "ledger.jsonl").read_bytes() == before


# what if ------------------------------------------------------------------------------------------
def test_a_what_if_that_decides_otherwise_blames_no_record(session: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    recorded(session, out, "none")
    words = ("--verify", "--set", "profiles.small_account.gates.min_ask_depth=99000")
    done = ramstock(tmp_path, "replay", out, *words)
    assert done.returncode == 6
    assert done.stdout.startswith("first difference: sequence ")
    what_if = "ramstock: what if profiles.small_account.gates.min_ask_depth=99000: "
    assert done.stderr.splitlines()[-1].startswith(what_if + "first decision that differs, seq ")
    assert ": the session decided " in done.stderr
    assert ", with these rules it is " in done.stderr
    assert "expected" not in done.stderr
    assert ramstock(tmp_path, "replay", out, "--verify").returncode == 0


def test_a_what_if_that_changes_no_decision_says_so(session: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    recorded(session, out, "none")
    words = ("--verify", "--set", "profiles.small_account.throttle.per_day=60")
    done = ramstock(tmp_path, "replay", out, *words)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(
        "what if profiles.small_account.throttle.per_day=60: no decision changes\nmatch: "
    )


def test_a_what_if_counts_what_other_rules_find(session: Path, tmp_path: Path) -> None:
    found = []
    for words in ((), ("--set", "profiles.small_account.min_score=10")):
        done = ramstock(tmp_path, "replay", session, "--headless", "--json", *words)
        assert done.returncode == 0, done.stderr
        found.append(len(json.loads(done.stdout)["profiles"]["small_account"]["signals"]))
    assert found[1] < found[0]


def test_a_key_that_does_not_exist_is_named(session: Path, tmp_path: Path) -> None:
    done = ramstock(tmp_path, "replay", session, "--headless", "--set", "nonsense=1")
    assert done.returncode in (2, 3)
    assert "nonsense" in done.stderr


def test_a_recording_without_a_ledger_is_compared_with_itself_fed_in_parts(
    session: Path, tmp_path: Path
) -> None:
    done = ramstock(tmp_path, "replay", session, "--verify")
    assert done.returncode == 0, done.stderr
    first, digest = done.stdout.splitlines()
    assert first.startswith("match: no ledger; fed whole and in parts it makes the same ")
    assert int(first.split()[-2]) > 0
    assert digest.endswith(decision_hash(ran_from(session, "none"), "none"))
