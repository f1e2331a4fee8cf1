"""A number before a noun has a singular and a plural: "1 use", "2 uses"."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import polib
import pytest
from django.conf import settings
from django.utils.translation import ngettext, override

pytestmark = pytest.mark.static

COUNTED: Final = re.compile(
    r"%\(\w+\)s (?:active |chosen |free |more |new |other |past |uncertain )?"
    r"(?:buyers|cards|codes|coupons|days|events|friends|items|lines|mails|members|minutes|people|pieces|points|promotions"
    r"|products|purchases|receipts|rows|rules|stamps|steps|times|units|uses|visits|weeks)\b"
)
RIGHT_AT_ONE: Final = {
    "%(factor)s times the %(name)s": "a factor",
    "All %(wanted)s free items are wanted at once, but at most %(most)s are given. Raise the maximum or give fewer.": (
        "more than the maximum, which is 1 or more"
    ),
    "Every year from %(day)s for %(count)s days": "one day is said as “Every year on %(day)s”",
    "This table needs %(needed)s buyers; you have %(have)s.": "a fixed number far above 1",
    "The file has more than %(most)s rows. Split it, or use the command import_products.": "always 20.000",
    "Your role may move %(limit)s points at once and %(day_limit)s a day.": "fixed limits of 500 or more",
    "Your role may move %(limit)s points at once and %(day_limit)s a day. Move fewer points.": "the same limits",
}
"""Texts with only the plural, and why each of them is never shown with 1."""


def test_no_text_counts_in_the_plural_only() -> None:
    found = []
    for part in sorted(Path(settings.BASE_DIR).glob("locale/id/parts/*.po")):
        found += [e.msgid for e in polib.pofile(str(part)) if COUNTED.search(e.msgid)]
    assert sorted(set(found)) == sorted(RIGHT_AT_ONE)


def test_one_is_said_as_one_and_indonesian_needs_no_other_form() -> None:
    forms = "%(count)s stamp on the card %(card)s per purchase.", "%(count)s stamps on the card %(card)s per purchase."
    with override("en"):
        assert [ngettext(*forms, count)[10:16].strip() for count in (1, 2)] == ["stamp", "stamps"]
    with override("id"):
        assert ngettext(*forms, 1) == ngettext(*forms, 2) != forms[1]
