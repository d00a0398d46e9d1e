"""Nothing that a host, a feed or a journal says reaches the terminal as a command."""

import re
import signal
import sys
from pathlib import Path

from tests.terminal.pty_help import terminal

# cursor, colours, modes and the shape of the mouse as Textual writes them; \a is our own bell
OURS = re.compile(
    r"\x1b\[(?:[0-9;]*[ABCDHJKm]|[?][0-9]+(?:[hl]|\$p)|[<>][0-9]*u)|\x1b\]22;[a-z]+\x07"
)
NOTIFIED = re.compile(r"\x1b\]9;ramstock: [^\x00-\x1f\x7f-\x9f]*\x1b\\")
LIVE = re.compile(r"[\x00-\x06\x08\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def test_given_hostile_text_in_every_slice_then_only_our_own_sequences_are_written(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-P", "-m", "tests.terminal.hostile"]
    with terminal(command, tmp_path, size=(120, 40)) as screen:
        screen.shows("1 Universe", "8 Log")
        for keys, words in (("?", "Help"), ("q", "8 Log"), ("w", ""), ("j", "8 Log")):
            screen.keys(keys)
            screen.shows(words)
        screen.process.send_signal(signal.SIGTERM)
        assert screen.code() == 143
        written = screen.out.decode()
        assert "�]52;c;aGFjaw==" in written  # it was shown, as plain letters
        assert "[666m" not in written.replace("�[666m", "")
        shown = NOTIFIED.findall(written)
        assert len(shown) == 1
        assert "52;c;aGFjaw" in shown[0]  # as plain letters too
        rest = OURS.sub("", NOTIFIED.sub("", written))
        assert [rest[hit.start() : hit.start() + 20] for hit in LIVE.finditer(rest)] == []
