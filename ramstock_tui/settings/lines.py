"""On which line of a TOML text does a key stand? The parser of the library does not say."""

import re

from ramstock_tui.settings.text import Loc

_TOKEN = re.compile(
    r"""
    (?P<newline>\n)
  | (?P<comment>\#[^\n]*)
  | (?P<text>
        \"\"\"(?:[^\\]|\\.)*?\"\"\"\"{0,2} | '''.*?''''{0,2}
      | "(?:[^"\\\n]|\\.)*" | '[^'\n]*'
    )
  | (?P<mark>[\[\]{},=.])
  | (?P<bare>[^\s\[\]{},=.\#"']+)
    """,
    re.VERBOSE | re.DOTALL,
)

Token = tuple[str, str, int]  # kind, text, line
_END: Token = ("end", "", 0)


def key_lines(text: str) -> dict[Loc, int]:
    """Line (from 1) of every key, table and list entry of a text that is valid TOML.

    Entries of lists and of `[[tables]]` have their index in the path. A table that is only named by
    a longer header or a dotted key has the line of its first mention.
    """
    return _Scan(text.replace("\r\n", "\n")).run()


def _tokens(text: str) -> list[Token]:
    line = 1
    found: list[Token] = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        if kind != "comment":
            found.append((kind, match.group(), line))
        line += match.group().count("\n")
    return found


class _Scan:
    def __init__(self, text: str) -> None:
        self.tokens = _tokens(text)
        self.at = 0
        self.lines: dict[Loc, int] = {}
        self.entries: dict[Loc, int] = {}  # `[[table]]` -> how many so far

    def run(self) -> dict[Loc, int]:
        table: Loc = ()
        while self.at < len(self.tokens):
            if self.next_is("\n"):
                self.at += 1
            elif self.next_is("["):
                table = self.header()
            else:
                self.pair(table)
        return self.lines

    def peek(self) -> Token:
        return self.tokens[self.at] if self.at < len(self.tokens) else _END

    def next_is(self, *marks: str) -> bool:
        kind, text, _ = self.peek()
        return kind in ("mark", "newline", "end") and text in marks

    def header(self) -> Loc:
        """A `[table]` or `[[table]]` line; the path of what follows it."""
        line = self.peek()[2]
        self.at += 1
        many = self.next_is("[")
        self.at += many
        names = self.names("]")
        self.at += 1 + many
        path: Loc = ()
        for depth, name in enumerate(names):
            path += (name,)
            self.lines.setdefault(path, line)
            if many and depth == len(names) - 1:
                self.entries[path] = self.entries.get(path, 0) + 1
            if path in self.entries:
                path += (self.entries[path] - 1,)
                self.lines.setdefault(path, line)
        return path

    def pair(self, table: Loc) -> None:
        line = self.peek()[2]
        path = table
        for name in self.names("="):
            path += (name,)
            self.lines.setdefault(path, line)
        self.at += 1
        self.value(path)

    def names(self, end: str) -> list[str]:
        """The parts of a key up to, not including, the mark `end`."""
        found = []
        while not self.next_is(end, "\n", ""):
            kind, text, _ = self.peek()
            if kind == "bare":
                found.append(text)
            elif kind == "text":
                found.append(_unquoted(text))
            self.at += 1
        return found

    def value(self, path: Loc) -> None:
        if self.next_is("["):
            self.at += 1
            self.items(path)
        elif self.next_is("{"):
            self.at += 1
            self.inline(path)
        else:
            while not self.next_is(",", "]", "}", "\n", ""):
                self.at += 1

    def items(self, path: Loc) -> None:
        index = 0
        while not self.next_is("]", ""):
            if self.next_is(",", "\n"):
                self.at += 1
                continue
            self.lines[(*path, index)] = self.peek()[2]
            before = self.at
            self.value((*path, index))
            self.at += self.at == before  # a stray mark: go on in any case
            index += 1
        self.at += 1

    def inline(self, path: Loc) -> None:
        while not self.next_is("}", ""):
            if self.next_is(",", "\n"):
                self.at += 1
            else:
                self.pair(path)
        self.at += 1


def _unquoted(text: str) -> str:
    if text.startswith("'") or "\\" not in text:
        return text[1:-1]
    import tomllib

    name: str = tomllib.loads(f"x = {text}")["x"]
    return name
