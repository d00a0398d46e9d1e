"""Where alerts go besides the screen. The address of the webhook is a secret.

It is looked up in this order: `RAMSTOCK_DISCORD__URL` (or a configuration file that only its owner
can read), the file that `discord.url_file` names, the keyring where that package is installed.
"""

import contextlib
import importlib
import importlib.util
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from ramstock_tui.errors import ConfigError
from ramstock_tui.plain import clean
from ramstock_tui.secret import Secret

HOSTS = frozenset({"discord.com", "discordapp.com"})  # and what is below them
KEYRING = ("ramstock", "discord.url")
LONGEST = 512
_OTHERS = 0o077
_SIGNS = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/?#[]@!$&'()*+,;=%"
)


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """url: of the webhook, None = Discord is off. source: where it was found. attach_screenshot: a
    picture comes with a new card. command: argv of a program that gets every alert, () = none."""

    url: Secret | None = None
    source: str = ""
    attach_screenshot: bool = False
    command: tuple[str, ...] = ()
    command_timeout_s: int = 5


def find_url(
    given: str, origin: str, url_file: str, env: Mapping[str, str]
) -> tuple[Secret | None, str, tuple[str, ...]]:
    """(address or None, where it was found, warnings). given: as a layer of the settings has it, ""
    = none. Raises ConfigError, which never shows it."""
    if given:
        return _checked(given, "discord.url", origin), origin, ()
    if url_file:
        text, warnings = _read(Path(url_file).expanduser())
        return _checked(text, "discord.url_file", url_file), url_file, warnings
    found = _from_keyring(env)
    return (_checked(found, "discord.url", "keyring"), "keyring", ()) if found else (None, "", ())


def url_problem(url: str) -> str:
    """What is wrong with an address, "" when nothing is. Its text is not in the answer."""
    if not url or len(url) > LONGEST or not _SIGNS.issuperset(url):
        return f"expected a web address of at most {LONGEST} characters"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "expected a web address"
    if parts.username is not None or parts.fragment or not parts.path.strip("/"):
        return "expected the address of a webhook, with its path and without a user"
    if parts.scheme == "http" and not _loopback(host):
        return "expected https: plain http would send it readable by everybody on the way"
    if parts.scheme not in ("http", "https"):
        return "expected an address that begins with https://"
    if _loopback(host):
        return ""
    if host not in HOSTS and not host.endswith(tuple(f".{name}" for name in HOSTS)):
        return f"expected a host of {' or '.join(sorted(HOSTS))}"
    return "" if port in (None, 443) else "expected no port"


def _loopback(host: str) -> bool:
    with contextlib.suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"


def _checked(url: str, key: str, where: str) -> Secret:
    url = url.strip()
    if problem := url_problem(url):
        raise ConfigError(clean(where), key, problem)
    return Secret(url)


def _read(path: Path) -> tuple[str, tuple[str, ...]]:
    """The first line of a private file, and a warning when it is not private."""
    name = clean(str(path))
    try:
        with open(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise ConfigError(name, "discord.url_file", "is not a regular file")
            if found.st_uid not in (os.geteuid(), 0):
                raise ConfigError(name, "discord.url_file", "belongs to another user")
            text = file.read(LONGEST + 2).decode("ascii", "replace")
    except (OSError, ValueError) as problem:
        said = problem.strerror if isinstance(problem, OSError) else "not a path"
        raise ConfigError(name, "discord.url_file", f"cannot be read: {said}") from None
    if found.st_mode & _OTHERS:
        mode = stat.S_IMODE(found.st_mode)
        return text.strip(), (f"{name}: others can read it (mode {mode:04o}); chmod 600 it",)
    return text.strip(), ()


def _from_keyring(env: Mapping[str, str]) -> str:
    """From the user's keyring. Nothing where the package is missing, or fails, as it does on a
    machine without a desktop."""
    if env is not os.environ or importlib.util.find_spec("keyring") is None:
        return ""
    try:
        keyring = importlib.import_module("keyring")
        return str(keyring.get_password(*KEYRING) or "")
    except Exception:  # its backends raise whatever they like
        return ""
