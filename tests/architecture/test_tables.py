"""A table's columns are described once: only the component writes heads, phone labels and paging."""

import re
from typing import Final

import pytest
from django.template.loader import get_template

from loyalty.template_layout import ROOT

pytestmark = pytest.mark.static

SOURCES: Final = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in sorted(ROOT.rglob("*.html"))
}
BY_HAND: Final = re.compile(r'<t(?:able|head|body|h|d|r)\b|\bdata-label=|\{% pager\b|class="pager"|rel="(?:next|prev)"')
"""What a template writes that describes a column, or pages through rows, a second time."""
COMPONENTS: Final = {"components/pager.html", "components/table_grid.html", "components/table_rows.html"}
NO_LISTS: Final = {
    "people/person_file.html": "a file to keep: it is read without our styles and scripts",
    "backoffice/gift_cards/print.html": "a sheet of paper",
    "backoffice/moments/parts/months.html": "a small calendar of each month, hidden from readers of the screen",
    "backoffice/promotions/parts/basket.html": "boxes to fill in",
    "backoffice/segments/parts/grid.html": "the grid of scores, whose columns are figures",
    "backoffice/settings/parts/worked_bills.html": "worked examples: each row asks something else",
    "components/chart.html": "the values of a drawing",
    "frame/shortcuts.html": "keys and what they do",
}

STORIES: Final = {"backoffice/members/activity.html": "events of several kinds, a page at a time: no columns"}


def find_by_hand(source: str) -> set[str]:
    return set(BY_HAND.findall(source))


def test_only_the_component_writes_tables() -> None:
    found = {name: sorted(find_by_hand(source)) for name, source in SOURCES.items() if find_by_hand(source)}
    assert {name: found.get(name) for name in STORIES} == {name: ["{% pager"] for name in STORIES}
    mails = {name for name in found if name.startswith(("email/", "account/email/"))}
    assert {name: found[name] for name in found.keys() - COMPONENTS - NO_LISTS.keys() - STORIES.keys() - mails} == {}
    assert (COMPONENTS | NO_LISTS.keys()) - found.keys() == set(), "needs no exception any more"


def test_what_is_no_list_has_neither_labels_nor_paging() -> None:
    for name in NO_LISTS:
        written = find_by_hand(SOURCES[name])
        assert not {each for each in written if not each.startswith("<t")}, name


@pytest.mark.parametrize(
    "planted",
    [
        '<table class="table cards">',
        '<thead><tr><th scope="col">Name</th></tr></thead>',
        '<td class="fact" data-label="{{ name }}">',
        "{% pager page %}",
        '<nav class="pager">',
        '<a href="?after=x" rel="next">',
    ],
)
def test_a_template_that_writes_its_own_is_found(planted: str) -> None:
    assert find_by_hand(planted)


FRAMES: Final = re.compile(r"\{% (end)?(card|preview|table)\b([^%]*)%\}")


def find_nested_cards(source: str) -> list[str]:
    """Tables inside a card or a preview that would draw a card of their own."""
    opened: list[str] = []
    found: list[str] = []
    for end, name, options in FRAMES.findall(source):
        if end:
            opened.pop()
            continue
        if name == "table" and opened and "framed=False" not in options:
            found.append(options)
        opened.append(name)
    return found


def test_no_card_stands_in_a_card() -> None:
    assert {name: found for name, source in SOURCES.items() if (found := find_nested_cards(source))} == {}
    assert find_nested_cards("{% card %}{% table a in b %}{% endtable %}{% endcard %}") == [" a in b "]
    assert find_nested_cards("{% card %}{% endcard %}{% table a in b %}{% endtable %}") == []


def test_every_template_can_be_read() -> None:
    """Looks, names of rows and headings that are written wrongly show when a template is read."""
    for name in SOURCES:
        get_template(name)


def test_components_are_no_tables_by_hand() -> None:
    assert not find_by_hand(
        '{% table row in page %}{% column _("Name") "title" %}{{ row }}{% endcolumn %}{% endtable %}'
    )
