"""The colours of static/css/tokens.css, measured: contrast of every pair of text and ground, light and dark."""

import re
from pathlib import Path

import pytest
from django.conf import settings

CSS = (Path(settings.BASE_DIR) / "static/css/tokens.css").read_text()
PUBLIC = (Path(settings.BASE_DIR) / "static/css/public.css").read_text()


def tokens(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", block))


LIGHT = tokens(CSS[CSS.index(":root {") : CSS.index("@media screen and (prefers-color-scheme: dark)")])
DARK_BY_SYSTEM = tokens(
    CSS[CSS.index("@media screen and (prefers-color-scheme: dark)") : CSS.index(':root[data-theme="dark"]')]
)
DARK_BY_CHOICE = tokens(CSS[CSS.index(':root[data-theme="dark"]') : CSS.index("/* Elements */")])

GROUNDS = ("card", "page", "raised", "sunken", "hover")
TEXT_PAIRS = [
    *((text, ground) for text in ("text", "text-2", "brand", "critical") for ground in GROUNDS),
    *((f"{segment}-text", f"{segment}-tint") for segment in ("new", "active", "loyal", "lapsed", "neutral")),
    *((f"tier-{rank}-text", f"tier-{rank}-tint") for rank in (1, 2, 3, 4)),
    *((tone, f"{tone}-tint") for tone in ("brand", "critical", "warning", "success")),
    *(("text", f"{tone}-tint") for tone in ("brand", "critical", "warning", "success", "neutral")),
    *(("text-2", ground) for ground in ("brand-tint", "warning-tint", "neutral-tint")),
    ("on-brand", "brand"),
    ("on-brand", "brand-hover"),
    ("on-critical", "critical-fill"),
    ("hint", "card"),
    ("up", "card"),
    ("down", "card"),
    ("card", "text"),
]
MARK_PAIRS = [
    *((f"{segment}-mark", "card") for segment in ("new", "active", "loyal", "lapsed")),
    *((f"series-{number}", "card") for number in range(1, 7)),
    ("control-border", "card"),
    ("control-border", "page"),
    ("brand", "card"),
]


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_two_dark_sets_are_one() -> None:
    assert DARK_BY_SYSTEM == DARK_BY_CHOICE
    assert set(DARK_BY_SYSTEM) == set(LIGHT)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT_PAIRS)
def test_text_can_be_read(theme: str, text: str, ground: str) -> None:
    colours = LIGHT if theme == "light" else DARK_BY_CHOICE
    assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("mark", "ground"), MARK_PAIRS)
def test_marks_and_borders_can_be_seen(theme: str, mark: str, ground: str) -> None:
    colours = LIGHT if theme == "light" else DARK_BY_CHOICE
    assert contrast(colours[mark], colours[ground]) >= 3


def test_public_pages_use_the_same_colours() -> None:
    light, dark = PUBLIC.split("@media screen and (prefers-color-scheme: dark)")[:2]
    for name, colour in tokens(light.split("}")[0]).items():
        assert name == "track" or LIGHT[name] == colour, name
    for name, colour in tokens(dark.split("}")[0]).items():
        assert name == "track" or DARK_BY_CHOICE[name] == colour, name
