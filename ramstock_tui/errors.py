"""Errors, named for what the reader must do; each with the exit code of the program."""


class RamstockError(Exception):
    exit_code = 1


class ConfigError(RamstockError):
    exit_code = 3

    def __init__(self, path: str, key: str, problem: str) -> None:
        super().__init__(f"{path}: {key}: {problem}" if key else f"{path}: {problem}")


class FeedError(RamstockError):
    exit_code = 5


class JournalError(RamstockError):
    exit_code = 1


class ReplayMismatch(RamstockError):
    exit_code = 6

    def __init__(self, seq: int, expected: str, actual: str) -> None:
        super().__init__(f"seq {seq}: expected {expected}, was {actual}")
        self.seq, self.expected, self.actual = seq, expected, actual
