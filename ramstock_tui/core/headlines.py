"""What a headline says of a halt (D-22), in the words of the exchanges and of news wires."""

import re

NOT_BEFORE = 24  # characters before the words in which a negation counts

# codes of the exchanges for halts and pauses; those that announce a resumption are none
_CODES = "T1|T2|T5|T6|T8|T12|H4|H9|H10|H11|O1|IPO1|M1|M2|LUDP|LUDS|MWC0|MWC1|MWC2|MWC3"
_CODE = re.compile(rf"(?<![\w.\-])(?:{_CODES})(?![\w\-])")
_WORDS = re.compile(
    r"\bhalted\b|\bhalt(?:s|ing)? (?:(?:in|of|on|all) )?trading\b"
    r"|\btrading[ -](?:is |was |in .{1,40}? )?(?:is |was )?"
    r"(?:halts?|paused?|pauses|suspended|suspension)\b"
    r"|\b(?:luld|volatility|regulatory|circuit[ -]breaker)(?: trading)? (?:halt|pause)\b"
    r"|\bhalt\W{1,3}news (?:pending|dissemination)\b",
    re.IGNORECASE,
)
_NOT = re.compile(r"\b(?:no|not|never|without|denies|denied)\b|n['\u2019]t\b", re.IGNORECASE)
_SHOUTED = re.compile(r"\bHALT\b")


def says_halt(text: str) -> str:
    """The code or the words of a headline that say a halt, "" when it says none.

    Codes and HALT count in capitals only. A negation shortly before the words in the same clause
    (`no trading halt`, `was not halted`) takes them back; anything else is taken as said: that a
    halt ended, or a company whose name is a code, holds a symbol back for nothing, not more.
    """
    for pattern in (_CODE, _WORDS, _SHOUTED):
        for found in pattern.finditer(text):
            before = text[max(0, found.start() - NOT_BEFORE) : found.start()]
            if not _NOT.search(re.split(r"[,;:.]", before)[-1]):
                return found.group()
    return ""
