"""What can go wrong, named for what the reader must do; each knows the program's exit code."""


class RamstockError(Exception):
    """The program cannot go on; the message is one plain line for the user."""

    exit_code = 1


class ConfigError(RamstockError):
    """Mend the configuration: which file, which key (empty: the whole file), what is wrong."""

    exit_code = 3

    def __init__(self, path: str, key: str, problem: str) -> None:
        super().__init__(f"{path}: {key}: {problem}" if key else f"{path}: {problem}")
        self.path = path
        self.key = key
        self.problem = problem


class FeedError(RamstockError):
    """The data does not come or cannot be read: try again or give other data."""

    exit_code = 5


class JournalError(RamstockError):
    """The session's files cannot be written or trusted: stop."""

    exit_code = 1


class ReplayMismatch(RamstockError):
    """A replay decided otherwise than the record; `seq` is the input where they part."""

    exit_code = 6

    def __init__(self, seq: int, expected: str, actual: str) -> None:
        super().__init__(f"first difference at input {seq}: expected {expected}, was {actual}")
        self.seq = seq
        self.expected = expected
        self.actual = actual
