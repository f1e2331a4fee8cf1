"""Pages as a reader meets them: headings, titles, links, ids, and the texts that are shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from typing import Final

import polib
from django.conf import settings

VOID: Final = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
NOT_READ: Final = frozenset({"script", "style", "code", "pre", "kbd", "svg"})
SHOWN_ATTRIBUTES: Final = ("aria-label", "placeholder", "title", "alt", "data-label")
ENGLISH_WORDS: Final = {
    "the",
    "and",
    "your",
    "with",
    "have",
    "has",
    "was",
    "were",
    "this",
    "that",
    "from",
    "are",
    "not",
    "yet",
    "when",
    "which",
    "who",
    "of",
    "for",
    "by",
    "it",
    "its",
    "they",
    "them",
}
"""Words that no Indonesian sentence has."""


@dataclass
class Read(HTMLParser):
    """One page, read once."""

    language: str = ""
    markup: str = ""
    title: str = ""
    headings: int = 0
    ids: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    current: list[str] = field(default_factory=list)
    """Addresses that are marked as the current page."""
    texts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[tuple[str, bool]] = []

    @classmethod
    def of(cls, markup: str) -> Read:
        page = cls()
        page.markup = markup
        page.feed(markup)
        return page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.language = given.get("lang", "") if tag == "html" else self.language
        self.headings += tag == "h1"
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
            if given.get("aria-current") == "page":
                self.current.append(given["href"])
        hidden = tag in NOT_READ or (tag != "html" and "lang" in given) or any(hidden for _, hidden in self._open)
        if not hidden:
            self.texts += [given[name] for name in SHOWN_ATTRIBUTES if given.get(name)]
        if tag not in VOID:
            self._open.append((tag, hidden))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if self._open and self._open[-1][0] == "title" and not self.title:
            self.title = text
        elif text and not (self._open and self._open[-1][1]):
            self.texts.append(text)


@cache
def _originals() -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    """Return English texts that differ in Indonesian: whole ones, and patterns of those with figures in them."""
    entries = [
        entry
        for part in settings.BASE_DIR.glob("locale/id/parts/*.po")
        for entry in polib.pofile(str(part)).translated_entries()
    ]
    said = {words for entry in entries for words in (entry.msgstr, *entry.msgstr_plural.values())}
    texts = {text for entry in entries for text in (entry.msgid, entry.msgid_plural) if text} - said
    whole = frozenset(" ".join(text.split()) for text in texts if "%(" not in text)
    patterns = []
    for text in texts:
        pieces = re.split(r"%\(\w+\)[sd]", text)
        if len(pieces) > 1 and any(re.search(r"[A-Za-z]{4}", piece) for piece in pieces):
            patterns.append(re.compile(".+".join(re.escape(" ".join(piece.split())) for piece in pieces)))
    return whole, tuple(patterns)


def english_in(page: Read) -> Iterator[str]:
    """Yield texts of an Indonesian page that seem to be English."""
    whole, patterns = _originals()
    for text in dict.fromkeys([page.title.partition(" · ")[0], *page.texts]):
        words = set(re.findall(r"[a-z]+", text.lower()))
        if text in whole or words & ENGLISH_WORDS or any(pattern.fullmatch(text) for pattern in patterns):
            yield text
