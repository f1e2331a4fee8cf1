"""Templates without logic: what they may contain, and that no value is ever read as one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.rules.merge_fields import (
    BODY_FIELDS,
    FIELDS,
    SUBJECT_FIELDS,
    Merge,
    TemplateError,
    ValueMissingError,
    fields_of,
    fill,
    parse,
)
from common.text import MAX_VALUE, one_line


@pytest.mark.parametrize(
    ("template", "values", "expected"),
    [
        ("Halo {{ first_name | Kak }}!", {"first_name": "Budi"}, "Halo Budi!"),
        ("Halo {{ first_name | Kak }}!", {}, "Halo Kak!"),
        ("Halo {{first_name|Kak}}!", {"first_name": ""}, "Halo Kak!"),
        (
            "{{ merchant }}: {{ points }} {{ points_name }}",
            {"merchant": "Kopi", "points": "1.240", "points_name": "poin"},
            "Kopi: 1.240 poin",
        ),
        ("{{ name | pelanggan setia | kami }}", {}, "pelanggan setia | kami"),
        ("tanpa apa-apa { dan }", {}, "tanpa apa-apa { dan }"),
        ("{% debug %} {{ merchant }}", {"merchant": "{{ coupon_code }}"}, "{% debug %} {{ coupon_code }}"),
        ("{{ merchant }}", {"merchant": "{{7*7}}"}, "{{7*7}}"),
    ],
)
def test_filled(template: str, values: dict[str, str], expected: str) -> None:
    assert fill(parse(template), values) == expected


@pytest.mark.parametrize(
    ("template", "code", "what"),
    [
        ("{{ firstname }}", "unknown_field", "firstname"),
        ("{{ }}", "unknown_field", "{{ }}"),
        ("{{ member.user.password | x }}", "unknown_field", "member.user.password"),
        ("{{ 7*7 }}", "unknown_field", "7*7"),
        ("{{ unsubscribe_url }}", "unknown_field", "unsubscribe_url"),
        ("{{ first_name }}", "fallback_missing", "first_name"),
        ("{{ tier | }}", "fallback_missing", "tier"),
        ("{{ coupon_code }}", "no_coupon", "coupon_code"),
        ("Halo {{ merchant", "unclosed", "{{ merchant"),
        ("Halo merchant }}", "unclosed", "}}"),
        ("{{ name | a {{ merchant }} }}", "unclosed", " name | a {{ merchant "),
        ("{{ name | a\nb }}", "unclosed", " name | a\nb "),
    ],
)
def test_refused_when_saved(template: str, code: str, what: str) -> None:
    with pytest.raises(TemplateError) as refused:
        parse(template, has_coupon=False)
    assert (refused.value.code, refused.value.what) == (code, what)


def test_a_subject_takes_no_links() -> None:
    with pytest.raises(TemplateError, match="not_here"):
        parse("{{ card_link }}", allowed=SUBJECT_FIELDS)
    assert {"card_link", "unsubscribe_link"} == BODY_FIELDS - SUBJECT_FIELDS


def test_a_value_without_fallback_that_is_missing_names_its_field() -> None:
    with pytest.raises(ValueMissingError) as missing:
        fill(parse("{{ coupon_code }}"), {})
    assert missing.value.field == "coupon_code"


def test_every_field_that_may_be_missing_asks_for_a_fallback() -> None:
    for field in FIELDS.values():
        if field.may_be_missing:
            with pytest.raises(TemplateError, match="fallback_missing"):
                parse(f"{{{{ {field.name} }}}}")


def test_fields_are_known_before_anybody_is_looked_up() -> None:
    parts = parse("{{ points }} {{ name | x }} {{ points }}")
    assert fields_of(parts) == {"points", "name"}
    assert Merge("name", "x") in parts


@given(st.text(max_size=400))
def test_no_value_breaks_its_line_or_reorders_it(value: str) -> None:
    shown = one_line(value)
    assert len(shown) <= MAX_VALUE
    assert not {"\r", "\n", "\0", "\u202e", "\u2028"} & set(shown)


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_value_comes_out_as_it_went_in(literal: str, value: str) -> None:
    """Whatever a value contains, also templates of ours and of others, is only ever text."""
    literal = literal.replace("{{", "").replace("}}", "")
    if value:
        assert fill(parse(literal + "{{ merchant }}"), {"merchant": value}) == literal + value


def test_a_brace_before_a_field_is_text() -> None:
    assert fill(parse("{{{ merchant }}"), {"merchant": "Melati"}) == "{Melati"
