"""Entry of the program: `ramstock VERB …`, also `python -m ramstock_tui VERB …`.

Only the standard library is imported here, so that `--version` answers at once.
"""

import os
import sys

from ramstock_tui import __version__, launcher
from ramstock_tui.errors import RamstockError

EXIT_ERROR = 1
EXIT_INTERRUPTED = 130
SCREENS = frozenset({"attach", "demo", "replay", "run"})  # and the program without a verb
NO_SCREEN = frozenset({"--headless", "--help", "--json", "--verify", "--version"})


def main() -> None:
    """Run the command line and end the process with its exit code; known errors take one line."""
    if sys.stderr is None:  # closed by the caller: what would be said there goes nowhere
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - lives as long as the process
    if sys.stdout is None:
        sys.exit(_told("standard output is closed", EXIT_ERROR))
    code = _outcome(sys.argv[1:])
    sys.exit(_flushed(code))


def _outcome(arguments: list[str]) -> int:
    try:
        if arguments[:1] == ["--version"]:
            print(f"ramstock {__version__}")  # noqa: T201 - the answer itself
            return 0
        if shows_screen(arguments):
            launcher.guard(_reports)  # before heavy imports: the process that waits stays small
        if not arguments:
            from ramstock_tui.verbs import demo  # without the parser: this start should be short

            return demo.unasked()
        from ramstock_tui.verbs.cli import command_line

        return command_line(arguments)
    except RamstockError as error:
        return _told(str(error), error.exit_code)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        return EXIT_ERROR
    except OSError as error:  # disk full, no permission: the text names the file
        return _told(str(error), EXIT_ERROR)


def shows_screen(arguments: list[str]) -> bool:
    """These words may come to a screen. What they get wrong is found out later."""
    return (not arguments or arguments[0] in SCREENS) and NO_SCREEN.isdisjoint(arguments)


def _reports() -> str:
    from ramstock_tui import settings

    return str(settings.state_dir())


def _told(message: str, code: int) -> int:
    """Say why on one line of stderr; what a terminal could obey is taken out."""
    plain = "".join(letter if letter.isprintable() else " " for letter in message)
    print(f"ramstock: {' '.join(plain.split())}", file=sys.stderr)  # noqa: T201
    return code


def _flushed(code: int) -> int:
    """The code when all output reached its reader, else at least 1: cut output is no success."""
    try:
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # the reader left; without this the interpreter would complain while it ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return code or EXIT_ERROR
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return _told(str(error), code or EXIT_ERROR)


if __name__ == "__main__":
    main()
