"""The decision hash depends on decisions, rules and policy, and on nothing else."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from ramstock_tui.core.decisions import Decision
from ramstock_tui.core.profile import Execution, Guards, Rules
from ramstock_tui.journal.hashing import DecisionHash

RULES = Rules(3, (), (), Execution(100, 500, 60), Guards(1, 2, 3, 4, 5))


def decision(i: int = 0, profile: str = "a", kind: str = "signal", score: int = 85_000) -> Decision:
    body = {"shares": 300, "entry_e4": 120_400, "levels": [1, 2, None]}
    return Decision(kind, 7, 1000, i, profile, "ABCD", score, ("late",), body, {"spread": 0.02})


def digest(*decisions: Decision, rules: Rules = RULES, policy: str = "none") -> str:
    total = DecisionHash(rules, policy)
    for one in decisions:
        total.add(one)
    return total.hexdigest()


def test_the_hash_is_the_documented_one() -> None:
    one, two, market = decision(0), decision(1), decision(2, "", "halt")
    chain = bytes(32)
    for step in (one, two):
        chain = hashlib.sha256(chain + msgspec.msgpack.encode(step.hashed())).digest()
    other = hashlib.sha256(bytes(32) + msgspec.msgpack.encode(market.hashed())).digest()
    tables = msgspec.msgpack.decode(
        msgspec.msgpack.encode(msgspec.to_builtins(RULES), order="deterministic")
    )
    whole = [[["", other.hex()], ["a", chain.hex()]], 3, tables, "none"]
    assert digest(one, market, two) == hashlib.sha256(msgspec.msgpack.encode(whole)).hexdigest()


@pytest.mark.parametrize("kind", ["near", "idle", "counters"])
def test_kinds_outside_the_hash_change_nothing(kind: str) -> None:
    assert digest(decision(), decision(1, kind=kind)) == digest(decision())


def test_readings_and_key_order_change_nothing() -> None:
    other = decision()
    other.info = {"spread": 0.03}
    other.body = dict(reversed(other.body.items()))
    assert digest(other) == digest(decision())


def test_lanes_do_not_depend_on_how_they_interleave() -> None:
    a, b = decision(0, "a"), decision(0, "b")
    assert digest(a, b) == digest(b, a)


def test_order_figures_rules_and_policy_change_it() -> None:
    same = digest(decision(0), decision(1))
    assert len(same) == 64
    newer = msgspec.structs.replace(RULES, version=4)
    slower = msgspec.structs.replace(RULES, execution=Execution(101, 500, 60))
    others = {
        digest(decision(1), decision(0)),
        digest(decision(0)),
        digest(decision(0), decision(1, score=85_001)),
        digest(decision(0), decision(1, profile="b")),
        digest(decision(0), decision(1), rules=newer),
        digest(decision(0), decision(1), rules=slower),
        digest(decision(0), decision(1), policy="all"),
    }
    assert len(others | {same}) == 8


def test_asking_does_not_disturb_the_chain() -> None:
    total = DecisionHash(RULES, "none")
    total.add(decision(0))
    assert total.hexdigest() == total.hexdigest() == digest(decision(0))
    total.add(decision(1))
    assert total.hexdigest() == digest(decision(0), decision(1))
    assert list(total.chains()) == ["a"]


def test_an_unknown_kind_is_a_bug() -> None:
    with pytest.raises(KeyError):
        digest(decision(kind="nonsense"))


def test_the_hash_seed_of_python_plays_no_part() -> None:
    code = "import sys; sys.path[:0] = sys.argv[1:]; import test_hashing as t; " + (
        "print(t.digest(t.decision(), t.decision(1, 'b'), t.decision(2, '')))"
    )
    here = Path(__file__).parent
    root = here.parent.parent
    found = {
        subprocess.run(
            [sys.executable, "-c", code, str(here), str(root)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert found == {digest(decision(), decision(1, "b"), decision(2, "")) + "\n"}
