"""Kinds of values in the configuration: what they accept, and the words that say so."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from pydantic_core import CoreSchema, core_schema

from ramstock_tui.addresses import WANTED, address
from ramstock_tui.secret import Secret

_EXPONENT_LIMIT = 20  # guards `as_integer_ratio` against 1e-999999999
_TICKER = re.compile(r"[A-Z0-9][A-Z0-9 .\-]{0,14}")
_PLAIN = re.compile(r"[ -:<-~]{1,64}")  # printable ASCII without ;
_HOST = re.compile(r"[A-Za-z0-9:](?:[A-Za-z0-9.:\-]{0,252})")
_PROVIDER = re.compile(r"[A-Z0-9_\-]{1,20}")
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?", re.ASCII)


class Field:
    """A value that is accepted or refused by itself; used inside `Annotated`."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        """The hook by which pydantic lets a type check itself."""
        return core_schema.no_info_plain_validator_function(self.read)

    def read(self, value: Any) -> Any:
        """The value in the units of the engine; ValueError(what was expected) when refused."""
        raise NotImplementedError


@dataclass(frozen=True)
class Number(Field):
    """A number from low to high (above low, if `above`) with at most `places` decimals.

    Read as the exact integer value × 10**places: dollars with 4 places are 1/10,000 USD, seconds
    with 3 are ms, percent with 2 are basis points.
    """

    low: str
    high: str
    places: int = 0
    above: bool = False

    def read(self, value: Any) -> int:
        """The scaled integer."""
        exact = self.exact(value) * 10**self.places
        return int(exact)

    def exact(self, value: Any) -> Fraction:
        """The number itself; ValueError when it is none, not finite, out of range or too fine."""
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise ValueError(self.expected)
        if isinstance(value, Decimal) and not _ordinary(value):
            raise ValueError(self.expected)
        low, high = Decimal(self.low), Decimal(self.high)
        if not low <= value <= high or (self.above and value == low):
            raise ValueError(self.expected)
        exact = Fraction(value)
        if (exact * 10**self.places).denominator != 1:
            raise ValueError(self.expected)
        return exact

    @property
    def expected(self) -> str:
        """What is accepted, in words."""
        kind = "a number" if self.places else "a whole number"
        bounds = f"above {self.low} and at most" if self.above else f"from {self.low} to"
        fine = f", at most {self.places} decimals" if self.places else ""
        return f"{kind} {bounds} {self.high}{fine}"


@dataclass(frozen=True)
class Raw(Field):
    """A number whose range another key decides; kept as it was written."""

    def read(self, value: Any) -> int | Decimal:
        """The value itself."""
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise ValueError("a number")
        return value


@dataclass(frozen=True)
class Clock(Field):
    """A time of day in New York; read as seconds of the day, 0 to 86,399."""

    def read(self, value: Any) -> int:
        """Seconds since midnight."""
        match = _CLOCK.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            raise ValueError('a time of day as "HH:MM" or "HH:MM:SS"')
        return int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3] or 0)


@dataclass(frozen=True)
class Date(Field):
    """A day of the calendar; read as yyyymmdd."""

    def read(self, value: Any) -> int:
        """The number."""
        try:
            if not isinstance(value, str) or not _DATE.fullmatch(value):
                raise ValueError
            day = date.fromisoformat(value)
        except ValueError:
            raise ValueError('a date as "YYYY-MM-DD"') from None
        return day.year * 10_000 + day.month * 100 + day.day


@dataclass(frozen=True)
class Word(Field):
    """A short text of letters, digits and the given signs; `lower` allows no capitals."""

    signs: str
    lower: bool = True
    longest: int = 32

    def read(self, value: Any) -> str:
        """The text."""
        letters = "a-z" if self.lower else "A-Za-z"
        rule = rf"[{letters}][{letters}0-9{re.escape(self.signs)}]*"
        if isinstance(value, str) and len(value) <= self.longest and re.fullmatch(rule, value):
            return value
        case = "lower-case letters" if self.lower else "letters"
        raise ValueError(f'a text of {case}, digits and "{self.signs}" (at most {self.longest})')


@dataclass(frozen=True)
class Shaped(Field):
    """A text of one shape."""

    pattern = _TICKER
    expected = ""

    def read(self, value: Any) -> str:
        """The text."""
        if isinstance(value, str) and self.pattern.fullmatch(value):
            return value
        raise ValueError(self.expected)


class Ticker(Shaped):
    """A stock symbol as the broker writes it."""

    expected = "a symbol: capitals and digits, then also blank, dot and hyphen (at most 15)"


class HostName(Shaped):
    """A host: name or address."""

    pattern = _HOST
    expected = "a host name or an address"


class Provider(Shaped):
    """A provider of headlines by its code."""

    pattern = _PROVIDER
    expected = "a provider code such as BRFG"


@dataclass(frozen=True)
class OneOf(Field):
    """One of some names."""

    names: tuple[str, ...]

    def read(self, value: Any) -> str:
        """The name."""
        if not isinstance(value, str) or value not in self.names:
            raise ValueError(f"one of {', '.join(self.names)}")
        return value


@dataclass(frozen=True)
class Plain(Field):
    """A number or a short printable text, handed on as text."""

    def read(self, value: Any) -> str:
        """The text."""
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            return format(value, "f") if isinstance(value, Decimal) else str(value)
        if isinstance(value, str) and _PLAIN.fullmatch(value):
            return value
        raise ValueError("a number or a text of at most 64 printable characters without ;")


@dataclass(frozen=True)
class PathText(Field):
    """The path of a file, "" = none."""

    def read(self, value: Any) -> str:
        """The path."""
        if isinstance(value, str) and len(value) <= 1_024 and value.isprintable():
            return value
        raise ValueError("the path of a file, at most 1024 printable characters")


@dataclass(frozen=True)
class ServerAddress(Field):
    """The address of a Redis server, "" = none. It is a secret: no message repeats it."""

    def read(self, value: Any) -> Secret | None:
        """The address, wrapped."""
        if value == "":
            return None
        if not isinstance(value, str) or len(value) > 1_024:
            raise ValueError(f"an address such as {WANTED}")
        secret = Secret(value)
        address(secret)
        return secret


@dataclass(frozen=True)
class YesNo(Field):
    """true or false, nothing that only looks like it."""

    def read(self, value: Any) -> bool:
        """The truth value."""
        if not isinstance(value, bool):
            raise ValueError("true or false")
        return value


@dataclass(frozen=True)
class Text(Field):
    """Printable text of at most so many characters; "" is one."""

    longest: int

    def read(self, value: Any) -> str:
        """The text."""
        if isinstance(value, str) and len(value) <= self.longest and value.isprintable():
            return value
        raise ValueError(f"a text of at most {self.longest} characters")


@dataclass(frozen=True)
class Hidden(Field):
    """A secret text: no message repeats it, nor does anything that shows settings."""

    def read(self, value: Any) -> Secret:
        """The text, wrapped."""
        if not isinstance(value, str):
            raise ValueError("a text")
        return Secret(value)


def _ordinary(value: Decimal) -> bool:
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and abs(exponent) <= _EXPONENT_LIMIT
