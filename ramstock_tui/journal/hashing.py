"""The decision hash: what a session decided, in 64 hex digits."""

import hashlib
from typing import Any

import msgspec

from ramstock_tui.core.decisions import KINDS, Decision
from ramstock_tui.core.profile import Rules

_encode = msgspec.msgpack.Encoder(order="deterministic").encode
_START = bytes(32)


def rules_hash(rules: Rules) -> str:
    """16 hex digits of the resolved rules, for people to compare."""
    return hashlib.sha256(_encode(msgspec.to_builtins(rules))).hexdigest()[:16]


class DecisionHash:
    """One SHA-256 chain per profile over msgpack of `Decision.hashed()`.

    A chain starts with 32 zero bytes; each decision makes it sha256(chain + msgpack). Decisions of
    the market or the account form the chain named "". Kinds that KINDS leaves out are passed over.
    """

    def __init__(self, rules: Rules, policy: str) -> None:
        """rules: as resolved for the session; policy: the confirm policy, such as `ledger`."""
        self._rules = rules
        self._policy = policy
        self._chains: dict[str, bytes] = {}

    def add(self, decision: Decision) -> None:
        """The next decision. Raises KeyError for an unknown kind."""
        if KINDS[decision.kind]:
            chain = self._chains.get(decision.profile, _START)
            packed = _encode(decision.hashed())
            self._chains[decision.profile] = hashlib.sha256(chain + packed).digest()

    def chains(self) -> dict[str, str]:
        """Profile -> its chain in hex, in profile-name order; profiles that decided only."""
        return {name: self._chains[name].hex() for name in sorted(self._chains)}

    def hexdigest(self) -> str:
        """sha256 of msgpack [[[profile, chain], ...], rule version, rules, policy]; the maps of the
        rules have sorted keys. May be asked at any time."""
        whole: list[Any] = [
            [list(pair) for pair in self.chains().items()],
            self._rules.version,
            msgspec.to_builtins(self._rules),
            self._policy,
        ]
        return hashlib.sha256(_encode(whole)).hexdigest()
