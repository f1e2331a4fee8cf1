"""A page of several cards is put together from one template per card."""

import re
from typing import Final

import pytest

from loyalty.template_layout import ROOT

pytestmark = pytest.mark.static

SOURCES: Final = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in sorted(ROOT.rglob("*.html"))
}
MOST_CARDS: Final = 2
FORM: Final = re.compile(r"(?s)<form\b.*?</form>")
CARD: Final = re.compile(r"\{% (?:card|table)\b")
EXCEPT: Final = {
    "backoffice/style_guide.html": "shows each component on one page",
    "backoffice/account/search.html": "a box and one answer below it",
}


def count_cards(source: str) -> int:
    """How many cards a page writes itself; those inside a form are groups of its boxes."""
    return len(CARD.findall(FORM.sub("", source))) if '{% extends "base.html" %}' in source else 0


def test_a_page_of_several_cards_writes_none_of_them() -> None:
    many = {name for name, source in SOURCES.items() if count_cards(source) > MOST_CARDS}
    assert many - EXCEPT.keys() == set(), "one template per card, in `parts/` of the family"
    assert EXCEPT.keys() - many == set(), "needs no exception any more"


def test_a_page_of_three_cards_is_found() -> None:
    page = '{% extends "base.html" %}{% card a %}{% endcard %}{% table b in c %}{% endtable %}'
    assert count_cards(page) == MOST_CARDS
    assert count_cards(page + "{% card d %}{% endcard %}") > MOST_CARDS
    assert count_cards(page + "<form>{% card d %}{% endcard %}</form>") == MOST_CARDS
