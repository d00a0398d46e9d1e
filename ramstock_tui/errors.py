"""Errors by what their reader must do; each carries the exit code of the program."""


class RamstockError(Exception):
    """Anything this program refuses or stops for; the message is one line for people."""

    exit_code = 1


class ConfigError(RamstockError):
    """A setting is wrong: mend the named key of the named file."""

    exit_code = 3

    def __init__(self, path: str, key: str, problem: str) -> None:
        super().__init__(f"{path}: {key}: {problem}" if key else f"{path}: {problem}")
        self.path = path
        self.key = key
        self.problem = problem


class FeedError(RamstockError):
    """A market data source failed: try again."""

    exit_code = 5


class JournalError(RamstockError):
    """A session file cannot be written or read: stop."""

    exit_code = 1


class ReplayMismatch(RamstockError):
    """A replay decided otherwise than the recording: the first difference. ts: its instant, ns, 0 =
    not told; ticker: "" = it is about no symbol."""

    exit_code = 6

    def __init__(self, seq: int, expected: str, actual: str, ts: int = 0, ticker: str = "") -> None:
        super().__init__(f"seq {seq}: expected {expected}, was {actual}")
        self.seq = seq
        self.expected = expected
        self.actual = actual
        self.ts = ts
        self.ticker = ticker


class ImportRefused(RamstockError):
    """An input that cannot be imported; the message names file, line and what was expected."""

    exit_code = 1
