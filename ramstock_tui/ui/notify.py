"""What makes a terminal show a notification or rename its window. Pure text.

Three ways are in use: OSC 9 (iTerm2, WezTerm, Ghostty), OSC 777 (rxvt, foot, VTE), OSC 99 (kitty).
A terminal that knows none of them shows nothing, and gets nothing.
"""

import re
from collections.abc import Mapping

from ramstock_tui.ui.text import clean

ST = "\x1b\\"  # ends a sequence; a BEL would ring where it is not understood
LONGEST = 200
PUSH_TITLE, POP_TITLE = "\x1b[22;2t", "\x1b[23;2t"
_PROGRESS = re.compile(
    r"\d+;"
)  # after OSC 9 that is no text but a command (progress, among others)
# variable -> values (or the beginnings of them; "" = any) -> way. tmux hides the terminal behind
# its own name, but leaves most of these.
_KNOWN: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("KITTY_WINDOW_ID", ("",), "osc99"),
    ("TERM", ("xterm-kitty",), "osc99"),
    ("TERM_PROGRAM", ("iTerm.app", "WezTerm", "ghostty"), "osc9"),
    ("LC_TERMINAL", ("iTerm2",), "osc9"),
    ("WEZTERM_EXECUTABLE", ("",), "osc9"),
    ("GHOSTTY_RESOURCES_DIR", ("",), "osc9"),
    ("TERM", ("foot", "rxvt"), "osc777"),
    ("VTE_VERSION", ("",), "osc777"),
)


def way(asked: str, env: Mapping[str, str]) -> str:
    """`osc9`, `osc777`, `osc99` or "" = none. asked: `auto` looks at the environment, `off`."""
    if asked != "auto":
        return "" if asked == "off" else asked
    for name, values, found in _KNOWN:
        if (value := env.get(name)) and value.startswith(values):
            return found
    return ""


def notification(how: str, title: str, body: str, env: Mapping[str, str]) -> str:
    """The bytes for the terminal; "" for no way."""
    title, body = _plain(title), _plain(body)
    if how == "osc9":
        text = f"{title}: {body}" if title else body
        text = f" {text}" if _PROGRESS.match(text) else text
        return wrapped(f"\x1b]9;{text}{ST}", env)
    if how == "osc777":
        return wrapped(f"\x1b]777;notify;{title.replace(';', ',')};{body}{ST}", env)
    if how == "osc99":
        head = wrapped(f"\x1b]99;i=ramstock:d=0;{title}{ST}", env)
        return head + wrapped(f"\x1b]99;i=ramstock:d=1:p=body;{body}{ST}", env)
    return ""


def window_title(words: str) -> str:
    """Names the window; in tmux the pane, so that it is not handed through."""
    return f"\x1b]2;{_plain(words)}{ST}"


def wrapped(sequence: str, env: Mapping[str, str]) -> str:
    """Handed through by tmux to the terminal around it (`set -g allow-passthrough on`)."""
    if not env.get("TMUX"):
        return sequence
    doubled = sequence.replace("\x1b", "\x1b\x1b")
    return f"\x1bPtmux;{doubled}{ST}"


def _plain(text: str) -> str:
    return clean(text, LONGEST)
