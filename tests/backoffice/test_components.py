"""Tags and components: the figures they write and the markup they promise. No database."""

from datetime import UTC, date, datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from django import forms
from django.http import HttpRequest
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory
from django.utils import translation

from backoffice.context import Frame
from backoffice.parts import Chip, Comparison, Event, Figure, Page, Tab, filter_chips, url_with

FRAME = Frame(currency="IDR", zone="Asia/Makassar", points_name="bintang", merchant_name="Kedai")


def draw(source: str, language: str = "id", **context: Any) -> str:
    context.setdefault("frame", FRAME)
    with translation.override(language):
        return Template("{% load i18n ui formats tables %}" + source).render(Context(context))


def get(query: str = "") -> HttpRequest:
    return RequestFactory().get(f"/members/?{query}")


class Elements(HTMLParser):
    """Every opening tag with its attributes, in order."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("{% money 1250000 %}", "Rp\u00a01.250.000"),
        ("{% money -4200 %}", "-Rp\u00a04.200"),
        ("{% money 0 %}", "Rp\u00a00"),
        ("{% money None %}", "–"),
        ('{% money 123456 currency="GBP" %}', "£\u00a01.234,56"),
        ("{% points 1240 %}", "1.240\u00a0bintang"),
        ("{% points 18 signed=True %}", "+18\u00a0bintang"),
        ("{% points -18 signed=True %}", "-18\u00a0bintang"),
        ("{% points 1240 unit=False %}", "1.240"),
        ("{{ count|number }}", "1.284"),
        ("{{ count|signed }}", "+1.284"),
        ("{{ nothing|signed }}", "–"),
        ("{{ day|day }}", "5 Mar 2026"),
        ("{{ nothing|day }}", "–"),
        ("{% instant at %}", "5 Mar 2026, 14.30 WITA"),
        ('{% instant at zone="Asia/Jakarta" suffix=False %}', "5 Mar 2026, 13.30"),
        ("{{ '+6281234567890'|masked_phone }}", "0812-****-7890"),
        ("{{ '+6281234567890'|phone }}", "0812-3456-7890"),
        ("{{ 'budi@gmail.com'|masked_email }}", "bu***@gmail.com"),
    ],
)
def test_figures_are_written_as_people_read_them(source: str, shown: str) -> None:
    at = datetime(2026, 3, 5, 6, 30, tzinfo=UTC)
    assert draw(source, count=1284, day=date(2026, 3, 5), at=at, nothing=None) == shown


def test_a_percentage_always_names_its_base() -> None:
    assert draw("{% percent_of 160 1284 %}", "en") == "12,5% of 1.284"
    assert draw("{% percent_of 0 24 %}", "en") == "0% of 24"
    assert draw("{% percent_of 0 0 %}", "en") == "– of 0"


def test_a_figure_without_currency_or_zone_is_an_error_not_a_guess() -> None:
    with pytest.raises(TemplateSyntaxError, match="currency"):
        draw("{% money 1 %}", frame=Frame())
    with pytest.raises(TemplateSyntaxError, match="zone"):
        draw("{% instant at %}", frame=Frame(), at=datetime(2026, 3, 5, tzinfo=UTC))


def test_an_instant_is_not_silently_cut_to_a_day() -> None:
    with pytest.raises(TypeError, match="instant"):
        draw("{{ at|day }}", at=datetime(2026, 3, 5, tzinfo=UTC))


@pytest.mark.parametrize(
    ("code", "word"), [("new", "New"), ("active", "Active"), ("loyal", "Loyal"), ("lapsed", "Lapsed")]
)
def test_a_segment_is_colour_shape_and_word(code: str, word: str) -> None:
    markup = draw(f'{{% segment_badge "{code}" %}}', "en")
    elements = Elements(markup)
    assert elements.of("span")[0]["class"] == f"badge {code}"
    assert elements.of("svg")[0]["aria-hidden"] == "true"
    assert word in markup
    shapes = {
        draw(f'{{% segment_mark "{other}" %}}').split("<path")[1] for other in ("new", "active", "loyal", "lapsed")
    }
    assert len(shapes) == 4


def test_a_member_who_never_bought_has_no_segment() -> None:
    assert "No purchase yet" in draw("{% segment_badge None %}", "en")


def test_a_tier_counts_chevrons_up_to_four() -> None:
    for rank in (1, 2, 3, 4):
        assert draw(f'{{% tier_badge "Emas" {rank} %}}').count("<path") == rank
    assert draw('{% tier_badge "Berlian" 9 %}').count("<path") == 4
    assert "badge" not in draw("{% tier_badge None %}")


def test_states_differ_by_word_and_icon() -> None:
    drawn = {
        state: draw(f'{{% state_badge "{state}" %}}', "en") for state in ("draft", "scheduled", "running", "finished")
    }
    assert len({markup.split("<svg")[1].split("</svg>")[0] for markup in drawn.values()}) == 4


def test_names_from_outside_are_escaped() -> None:
    hostile = "<script>alert(1)</script>"
    h = hostile
    sources = [
        "{% tier_badge text 1 %}",
        "{% badge text %}",
        "{% page_header text %}{{ text }}{% endpage_header %}",
        "{% card text %}{{ text }}{% endcard %}",
        "{% banner 'info' text %}{{ text }}{% endbanner %}",
        "{% definition text %}{{ text }}{% enddefinition %}",
        "{% confirm_dialog dialog_id='x' title=text action=text url=text type_name=text %}{% endconfirm_dialog %}",
        "{% secret_box text text %}",
        "{% timeline events %}",
        "{% chips chips %}",
        "{% tabs tabs %}",
        "{% kpi figure %}",
        "{% table row in texts title=text note=text footnote=text %}{% column text %}{% endcolumn %}{% endtable %}",
        "{% table row in texts %}{% tick_column text text text %}{% endtable %}",
        "{% filter_choice text text pairs text every=text %}",
        "{% filter_search text text %}",
    ]
    values: dict[str, Any] = {
        "texts": [h],
        "pairs": [(h, h)],
        "events": [Event(h, h, detail=h, actor=h, reason=h, before=h, after=h)],
        "chips": [Chip(h, h)],
        "tabs": [Tab(h, h, count=h)],
        "figure": Figure(h, h, h, h, base=h, comparison=Comparison(h, "up", h)),
    }
    for source in sources:
        drawn = draw(source, text=hostile, **values)
        assert "<script" not in drawn, source
        assert "&lt;script" in drawn, source


def draw_heading(column: str, **context: Any) -> Elements:
    return Elements(
        draw(f"{{% table row in rows %}}{{% column {column} %}}{{% endcolumn %}}{{% endtable %}}", rows=[1], **context)
    )


def test_a_sorted_column_says_so_and_turns_around() -> None:
    request = get("sort=-balance&segment=lapsed&after=abc")
    head = draw_heading('"Balance" "number" sort="balance"', request=request)
    assert head.of("th")[0]["aria-sort"] == "descending"
    assert head.of("a")[0]["href"] == "?sort=balance&segment=lapsed"
    other = draw_heading('"Name" sort="name"', request=request)
    assert "aria-sort" not in other.of("th")[0]
    assert other.of("a")[0]["href"] == "?sort=name&segment=lapsed"


def test_numbers_are_sorted_from_the_largest_first() -> None:
    head = draw_heading('"Balance" "number" sort="balance"', request=get())
    assert head.of("a")[0]["href"] == "?sort=-balance"


def test_the_default_order_is_shown_without_a_parameter() -> None:
    head = draw_heading('"Last" sort="last"', request=get(), default_sort="-last")
    assert head.of("th")[0]["aria-sort"] == "descending"


TABLE = (
    "{% table name, amount in rows linked=True %}"
    "{% if may_see %}{% column text 'title' %} {{ name }} {% endcolumn %}{% endif %}"
    "{% for code, word in more %}{% column word 'number fact wide' %}{{ code }}{{ amount }}{% endcolumn %}{% endfor %}"
    "{% column 'Act' 'action' unseen=True %}x{% endcolumn %}"
    "{% no_rows %}{{ text }}{% endno_rows %}"
    "{% endtable %}"
)
DRAWN: dict[str, Any] = {"may_see": True, "more": [("a", "A"), ("b", "B")], "text": "<Name>"}


def test_a_column_says_its_heading_once_for_the_head_the_phone_and_every_row() -> None:
    markup = draw(TABLE, rows=[("Ani", 1), ("<Budi>", 2)], **DRAWN)
    elements = Elements(markup)
    assert [th.get("class") for th in elements.of("th")] == [None, "number wide", "number wide", None]
    cells = [(td["class"], td.get("data-label")) for td in elements.of("td")]
    assert cells == 2 * [("title", None), ("number fact wide", "A"), ("number fact wide", "B"), ("action", None)]
    assert "&lt;Name&gt;</th>" in markup
    assert '<td class="title">&lt;Budi&gt;</td>' in markup
    assert '<span class="visually-hidden">Act</span>' in markup
    assert [tr.get("class") for tr in elements.of("tr")] == [None, "row", "row"]
    assert len(Elements(draw(TABLE, rows=[("Ani", 1)], **DRAWN | {"may_see": False})).of("td")) == 3


def test_a_fact_says_its_short_word_on_a_phone_and_its_heading_in_the_head() -> None:
    table = (
        "{% table name in rows linked=True %}{% column 'Name' 'title' %}{{ name }}{% endcolumn %}"
        "{% column 'Cost now' 'number fact' short='cost' sort='cost' %}1{% endcolumn %}"
        "{% column 'State' 'fact' short='' %}2{% endcolumn %}{% endtable %}"
    )
    markup = draw(table, rows=["Ani"], request=get())
    assert [td.get("data-short") for td in Elements(markup).of("td")] == [None, "cost", ""]
    assert [td.get("data-label") for td in Elements(markup).of("td")] == [None, "Cost now", "State"]
    assert "Cost now" in markup
    assert ">State</th>" in markup


def test_a_table_without_rows_says_why_or_is_not_there() -> None:
    markup = draw(TABLE, rows=[], **DRAWN)
    assert Elements(markup).of("section") == [{"class": "card"}]
    assert "&lt;Name&gt;" in markup
    assert "<table" not in markup
    assert draw(TABLE, rows=[], **DRAWN | {"text": ""}) == ""


def test_a_page_of_rows_brings_its_pager() -> None:
    page = Page([("Ani", 1)], 60, older_url="?after=x")
    assert 'rel="next"' in draw(TABLE, "en", rows=page, **DRAWN)
    assert "1 of 60" in draw(TABLE, "en", rows=page, **DRAWN)
    assert "pager" not in draw(TABLE, "en", rows=Page([("Ani", 1)], None), **DRAWN)
    assert "pager" not in draw(TABLE, "en", rows=page.rows, **DRAWN)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("{% column 'A' %}{% endcolumn %}", "inside"),
        ("{% table row of rows %}{% endtable %}", "names the row"),
        ("{% table row in rows %}{% column mistyped %}{% endcolumn %}{% endtable %}", "mistyped"),
        ("{% table row in rows %}{% column 'A' 'numbr' %}{% endcolumn %}{% endtable %}", "numbr"),
    ],
)
def test_a_table_that_is_written_wrongly_is_an_error(source: str, why: str) -> None:
    with pytest.raises(TemplateSyntaxError, match=why):
        draw(source, rows=[1])


def test_filters_in_force_become_chips_that_can_be_removed() -> None:
    query = get("segment=lapsed&outlet=&q=ani&before=xyz").GET
    chips = filter_chips(query, {"segment": "Segment: Lapsed", "outlet": "Outlet", "q": "Name: ani"})
    assert [chip.label for chip in chips] == ["Segment: Lapsed", "Name: ani"]
    assert chips[0].remove_url == "?outlet=&q=ani"
    assert draw("{% chips chips %}", chips=[]) == ""
    assert url_with({"q": "ani"}, q=None) == "?"


def test_the_pager_counts_and_links_only_where_there_is_more() -> None:
    last = draw("{% pager page %}", "en", page=Page(rows=[1, 2, 3], total=1284))
    assert "3 of 1.284" in last
    assert "<a " not in last
    capped = draw(
        "{% pager page %}", "en", page=Page(rows=[1], total=10_000, total_is_capped=True, older_url="?after=x")
    )
    assert "More than 10.000" in capped
    assert 'rel="next"' in capped


def test_a_kpi_prints_definition_period_base_and_comparison() -> None:
    figure = Figure(
        "Returning",
        "64,2%",
        "Share of sales by earlier buyers.",
        "1–21 Nov 2026",
        base="of Rp 64 mn",
        comparison=Comparison("-4,2%", "down", "vs 1–21 Oct 2026: 503"),
        url="/members/",
    )
    markup = draw("{% kpi figure %}", "en", figure=figure)
    for text in ("Share of sales by earlier buyers.", "1–21 Nov 2026", "of Rp 64 mn", "vs 1–21 Oct 2026: 503", "down"):
        assert text in markup


def test_a_high_impact_question_waits_for_the_name() -> None:
    source = (
        '{% confirm_dialog dialog_id="block" title="Block?" action="Block 1 member" url="/x" type_name="1000 2481 7" %}'
        "<p>Consequence</p>{% endconfirm_dialog %}"
    )
    elements = Elements(draw(source, csrf_token="token"))
    typed, token = elements.of("input")[1], elements.of("input")[0]
    assert typed["data-type-name"] == "1000 2481 7"
    assert token["value"] == "token"
    assert "disabled" in elements.of("button")[-1]
    assert elements.of("dialog")[0]["aria-labelledby"] == "block-title"


class CouponForm(forms.Form):
    minimum = forms.CharField(label="Minimum", help_text="Before discounts")
    days = forms.IntegerField(label="Days", required=False)
    kind = forms.ChoiceField(label="Kind", choices=[("p", "Percent"), ("a", "Amount")], widget=forms.RadioSelect)
    control = forms.BooleanField(label="Control group", required=False)


def test_a_refused_form_says_what_where_and_links_to_it() -> None:
    form = CouponForm({"days": "x"})
    form.fields["minimum"].unit_before = "Rp"  # type: ignore[attr-defined]
    markup = draw("{{ form }}", "en", form=form)
    elements = Elements(markup)
    ids = {attributes["id"] for _, attributes in elements.found if attributes.get("id")}
    targets = {str(link["href"]).removeprefix("#") for link in elements.of("a")}
    assert targets == {"id_minimum", "id_days", "id_kind_0"}
    assert targets <= ids
    assert "There are 3 things to put right" in markup
    minimum = next(field for field in elements.of("input") if field.get("name") == "minimum")
    assert minimum["aria-invalid"] == "true"
    assert set(str(minimum["aria-describedby"]).split()) <= ids
    assert "Rp" in markup
    assert "(optional)" in markup


def test_every_field_has_its_label() -> None:
    elements = Elements(draw("{{ form }}", form=CouponForm()))
    labelled = {label.get("for") for label in elements.of("label")}
    assert {"id_minimum", "id_days", "id_control", "id_kind_0", "id_kind_1"} <= labelled
    assert len(elements.of("legend")) == 1


def test_a_qr_code_is_dark_on_white_and_named() -> None:
    elements = Elements(draw("{% qr 'https://sample.example/c/1' 'Card 1000' %}"))
    assert elements.of("span")[0] == {"role": "img", "aria-label": "Card 1000", "class": "qr"}
    assert elements.of("path")[0]["stroke"] == "#000"


def test_an_unknown_icon_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        draw('{% icon "no-such-icon" %}')
