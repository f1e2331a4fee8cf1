"""Wordings people agreed to never change, and every problem of a field can be said in both languages."""

from pathlib import Path

import polib
import pytest
from django.utils import translation

from members.facts import CONSENT_TEXT_VERSION
from members.wording import CONSENT_TEXTS, FIELD_PROBLEMS, consent_text

PART = Path(__file__).resolve().parents[2] / "locale" / "id" / "parts" / "members.po"

# Add a line for a new version; an existing line stays as long as one consent refers to it.
AGREED = {
    "promo-1": (
        "I want to receive offers and coupons from Kopi Pagi by e-mail. I can stop at any time.",
        "Saya mau menerima penawaran dan kupon dari Kopi Pagi lewat e-mail. Saya bisa berhenti kapan saja.",
    ),
}


def indonesian(text: str) -> str:
    entry = polib.pofile(str(PART)).find(text)
    assert entry is not None, text
    return str(entry.msgstr)


@pytest.mark.parametrize("version", sorted(CONSENT_TEXTS))
def test_a_wording_never_changes(version: str) -> None:
    english, bahasa = AGREED[version]
    with translation.override("en"):
        assert consent_text("Kopi Pagi", version) == english
    template = english.replace("Kopi Pagi", "%(merchant)s")
    assert indonesian(template) % {"merchant": "Kopi Pagi"} == bahasa


def test_todays_wording_is_one_of_them() -> None:
    assert CONSENT_TEXT_VERSION in CONSENT_TEXTS


@pytest.mark.parametrize("code", sorted(FIELD_PROBLEMS))
def test_every_problem_is_said_in_both_languages(code: str) -> None:
    with translation.override("en"):
        english = str(FIELD_PROBLEMS[code])
    assert english.endswith(".")
    assert indonesian(english).endswith(".")
