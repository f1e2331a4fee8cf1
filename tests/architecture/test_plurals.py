"""A number before a noun is said in both numbers: "1 use", "2 uses"."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import polib
from django.conf import settings
from django.utils.translation import ngettext, override

COUNTED: Final = re.compile(
    r"%\((?:n|count|days|minutes|uses|members|times|pieces|stamps|points)\)s (?:more |other |past |new )?"
    r"(?:uses|stamps|members|days|minutes|people|times|coupons|cards|codes|receipts|friends|purchases|promotions|pieces)\b"
)
RIGHT_AT_ONE: Final = {
    "Every year from %(day)s for %(count)s days": "one day is said as “Every year on %(day)s”",
}
"""Texts with only the plural, and why each of them is never shown with 1."""


def test_no_text_counts_in_the_plural_only() -> None:
    found = []
    for part in sorted(Path(settings.BASE_DIR).glob("locale/id/parts/*.po")):
        found += [e.msgid for e in polib.pofile(str(part)) if not e.msgid_plural and COUNTED.search(e.msgid)]
    assert sorted(set(found)) == sorted(RIGHT_AT_ONE)


def test_one_is_said_as_one_and_indonesian_needs_no_other_form() -> None:
    forms = "%(count)s stamp on the card %(card)s per purchase.", "%(count)s stamps on the card %(card)s per purchase."
    with override("en"):
        assert [ngettext(*forms, count)[10:16].strip() for count in (1, 2)] == ["stamp", "stamps"]
    with override("id"):
        assert ngettext(*forms, 1) == ngettext(*forms, 2) != forms[1]
