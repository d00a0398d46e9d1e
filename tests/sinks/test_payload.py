"""The message that Discord gets: only known keys, within its limits, for any text."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from ramstock_tui.sinks.alert import COLOURS, Alert
from ramstock_tui.sinks.discord.payload import message
from tests.sinks.alerts import alert

TEXT = st.text(max_size=5000)


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def check(body: dict[str, Any]) -> None:
    assert set(body) <= {"content", "embeds", "allowed_mentions", "flags"}
    assert body["allowed_mentions"] == {"parse": []}
    assert 1 <= units(body["content"]) <= 2000
    (embed,) = body["embeds"]
    assert set(embed) <= {"title", "color", "fields", "footer", "image"}
    assert units(embed["title"]) <= 256
    assert units(embed["footer"]["text"]) <= 2048
    fields = embed.get("fields", [])
    assert len(fields) <= 12
    total = units(embed["title"]) + units(embed["footer"]["text"])
    for field in fields:
        assert set(field) == {"name", "value", "inline"}
        assert 1 <= units(field["name"].strip()) <= 256
        assert 1 <= units(field["value"].strip()) <= 1024
        total += units(field["name"]) + units(field["value"])
    assert total <= 6000
    msgspec.json.encode(body)


@given(
    texts=st.tuples(TEXT, TEXT, TEXT),
    fields=st.lists(st.tuples(TEXT, TEXT, st.booleans()), max_size=30),
    colour=st.sampled_from(COLOURS),
    edit=st.booleans(),
    retry=st.booleans(),
)
def test_any_text_fits_the_limits(
    texts: tuple[str, str, str],
    fields: list[tuple[str, str, bool]],
    colour: str,
    edit: bool,
    retry: bool,
) -> None:
    prefix, title, footer = texts
    made = Alert("k", "blueprint", "ABCD", prefix, title, colour, tuple(fields), footer)
    body = message(made, edit=edit, retry=retry)
    check(body)
    assert body["content"].endswith("(retry)") == retry or not retry
    shown = body["content"] + body["embeds"][0]["title"]
    assert all(c.isprintable() or c == "\n" for c in shown)


def test_a_message_without_sound_says_so_when_it_is_made_only() -> None:
    quiet = msgspec.structs.replace(alert(), silent=True)
    assert message(quiet)["flags"] == 4096
    assert "flags" not in message(quiet, edit=True)
    assert "flags" not in message(alert())


def test_a_picture_is_named_in_the_embed() -> None:
    embed = message(alert(), picture=True)["embeds"][0]
    assert embed["image"] == {"url": "attachment://trigger.png"}


def test_a_second_create_says_so_whatever_the_alert_says() -> None:
    fields = (("\x1b \n", "  ", True),)
    long = msgspec.structs.replace(alert(), title="t" * 3000, footer="f" * 3000, fields=fields)
    body = message(long, retry=True)
    check(body)
    assert body["content"].endswith("(retry)")
    assert body["embeds"][0]["footer"]["text"].endswith("(retry)")
