"""The few errors an operator can meet; each class names what the reader has to do."""


class RamstockError(Exception):
    """Base of all of them. exit_code: what the process ends with."""

    exit_code = 1


class ConfigError(RamstockError):
    """A configuration file says something that cannot be used."""

    exit_code = 3

    def __init__(self, path: str, key: str, problem: str) -> None:
        super().__init__(f"{path}: {key}: {problem}" if key else f"{path}: {problem}")
        self.path = path
        self.key = key
        self.problem = problem


class FeedError(RamstockError):
    """A data source failed; trying again may help."""

    exit_code = 5


class JournalError(RamstockError):
    """A session file cannot be read or written; stop."""

    exit_code = 1


class ReplayMismatch(RamstockError):
    """A replay decided something else than the ledger says, first at input `seq`."""

    exit_code = 6

    def __init__(self, seq: int, expected: str, actual: str) -> None:
        super().__init__(f"seq {seq}: expected {expected}, was {actual}")
        self.seq = seq
        self.expected = expected
        self.actual = actual
