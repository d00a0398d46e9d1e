"""Files of the product and of the user: where they are, and their text."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from ramstock_tui.errors import ConfigError
from ramstock_tui.plain import clean

SIZE_LIMIT = 1 << 17  # bytes of a configuration file; the shipped one has 3,000


def data_file(name: str) -> Path:
    """Path of a file that comes with the product, such as `config.toml` or `themes/dark.toml`.

    name: relative, with `/`, without `..`. Found in the installed package, else in the checkout.
    Raises ConfigError when the name is of another kind or the file is not there.
    """
    package = Path(__file__).resolve().parents[1]
    parts = PurePosixPath(name)
    if not name or "\0" in name or parts.is_absolute() or ".." in parts.parts:
        raise ConfigError(clean(name), "", "not a name of a file of this program")
    for folder in (package / "_data", package.parent):
        if (path := folder / parts).is_file():
            return path
    raise ConfigError(clean(name), "", "missing from the installation")


def data_dir() -> Path:
    """Where sessions are kept: `RAMSTOCK_DATA`, else the platform's folder for user data."""
    if named := os.environ.get("RAMSTOCK_DATA"):
        return Path(named)
    import platformdirs

    return platformdirs.user_data_path("ramstock")


def state_dir() -> Path:
    """Where accounts and crash reports are kept: the platform's folder for state, wherever the
    sessions are, so that another `RAMSTOCK_DATA` does not leave the locks of an account behind."""
    import platformdirs

    return platformdirs.user_state_path("ramstock")


def user_file(env: Mapping[str, str]) -> Path:
    """`$XDG_CONFIG_HOME/ramstock/config.toml`, else where the platform keeps configuration."""
    home = env.get("XDG_CONFIG_HOME", "")
    if os.path.isabs(home):
        return Path(home) / "ramstock" / "config.toml"
    import platformdirs

    return platformdirs.user_config_path("ramstock") / "config.toml"


def exists(path: Path) -> bool:
    """Is there something of this name, readable or not? A link to nowhere counts."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from None
    return True


def read_text(path: Path) -> tuple[str, int]:
    """The UTF-8 text of a regular file up to SIZE_LIMIT and its mode bits; else ConfigError."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise ConfigError(clean(str(path)), "", "is not a regular file")
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(SIZE_LIMIT + 1)
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from None
    if len(content) > SIZE_LIMIT:
        raise ConfigError(clean(str(path)), "", f"is larger than {SIZE_LIMIT} bytes")
    try:
        return content.decode("utf-8-sig"), mode
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ConfigError(clean(str(path)), "", f"is not UTF-8 text (line {line})") from None


def unreadable(path: Path, error: OSError | ValueError) -> ConfigError:
    """The error that says why the system does not give us this file."""
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return ConfigError(clean(str(path)), "", f"cannot be read: {reason or type(error).__name__}")
