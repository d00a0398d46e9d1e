"""An alert as the JSON of a webhook message, within Discord's limits.

The library builds embed and message; only the keys named here leave it, since it also puts its own
settings (`timeout`, `wait` ...) into the body. It is never used to send.
"""

from typing import Any

from ramstock_tui.sinks.alert import Alert

CONTENT, TITLE, NAME, VALUE, FOOTER, TOTAL = 2000, 256, 256, 1024, 2048, 6000  # characters
FIELDS = 12  # Discord takes 25; a phone shows about so many
NO_MENTIONS: dict[str, list[str]] = {"parse": []}  # also with edits, which parse anew
SILENT = 1 << 12  # the phone makes no sound
PICTURE = "trigger.png"
_COLOURS = {"good": 0x2ECC71, "info": 0x3498DB, "warn": 0xF1C40F, "bad": 0xE74C3C, "dim": 0x95A5A6}
_MESSAGE = ("content", "embeds", "allowed_mentions", "flags")
_EMBED = ("title", "color", "fields", "footer", "image")
_BLANK = "\u200b"  # Discord refuses a field without a value, also one of spaces
RETRY = "(retry)"


def message(alert: Alert, *, edit: bool = False, retry: bool = False, picture: bool = False) -> Any:
    """The body of a create or an edit. retry: an earlier create was never answered, so this may be
    the second; it says so. picture: one was attached to this message as `PICTURE`."""
    from discord_webhook import DiscordEmbed, DiscordWebhook

    mark = f" {RETRY}" if retry else ""
    embed = DiscordEmbed(title=cut(alert.line, TITLE), color=_COLOURS[alert.colour])
    for name, value, short in alert.fields[:FIELDS]:
        embed.add_embed_field(_said(name, NAME), _said(value, VALUE), short)
    embed.set_footer(cut(alert.footer, FOOTER - len(mark)) + mark)
    if picture:
        embed.set_image(f"attachment://{PICTURE}")
    built = DiscordWebhook(
        url="",
        content=cut(alert.line, CONTENT - len(mark)) + mark,
        allowed_mentions=NO_MENTIONS,
        flags=SILENT if alert.silent and not edit else None,
    )
    built.add_embed(_fitted(_kept(embed.__dict__, _EMBED)))
    return _kept(built.json, _MESSAGE)


def cut(text: str, most: int) -> str:
    """At most so many characters, counted as Discord does (UTF-16), without control characters."""
    text = "".join(c if c.isprintable() or c == "\n" else " " for c in text)
    while _units(text) > most:
        text = text[: max(0, len(text) - max(1, (_units(text) - most) // 2) - 1)] + "…"
    return text


def _said(text: str, most: int) -> str:
    return cut(text, most).strip() or _BLANK


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _kept(values: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    found = {name: values[name] for name in names if values.get(name)}
    if "footer" in found:
        found["footer"] = {"text": found["footer"]["text"]}
    if "image" in found:
        found["image"] = {"url": found["image"]["url"]}
    return found


def _fitted(embed: dict[str, Any]) -> dict[str, Any]:
    """Whole fields go, from the last, until the sum of all texts is small enough."""
    fields = embed.get("fields", [])
    while fields and _size(embed) > TOTAL:
        fields.pop()
    return embed


def _size(embed: dict[str, Any]) -> int:
    fields = embed.get("fields", [])
    texts = [embed.get("title", ""), embed.get("footer", {}).get("text", "")]
    texts += [part for field in fields for part in (field["name"], field["value"])]
    return sum(map(_units, texts))
