"""Every form in which people write a number, and the errors for texts that cannot be one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.rules import PhoneError, mask_phone, normalise_phone, region_of, show_phone
from members.wording import FIELD_PROBLEMS

ANY_FORM = [
    "081234567890",
    "0812 3456 7890",
    "0812-3456-7890",
    "0812.3456.7890",
    "(0812) 3456-7890",
    "6281234567890",
    "62 812 3456 7890",
    "81234567890",
    "+6281234567890",
    "+62 812-3456-7890",
    "+62 (0)812 3456 7890",
    "+62081234567890",
    "006281234567890",
    " 081234567890 ",
    "０８１２３４５６７８９０",
    "0812\u00a03456\u00a07890",
    "0812\u20133456\u20137890",
]


@pytest.mark.parametrize("written", ANY_FORM)
def test_every_form_is_stored_alike(written: str) -> None:
    assert normalise_phone(written, "ID") == "+6281234567890"


@pytest.mark.parametrize(
    ("written", "region", "stored"),
    [
        ("07700 900123", "GB", "+447700900123"),
        ("447700900123", "GB", "+447700900123"),
        ("(202) 555-0123", "US", "+12025550123"),
        ("+44 7700 900123", "ID", "+447700900123"),
        ("021 5551234", "ID", "+62215551234"),
        ("0840 1234 5678", "ID", "+6284012345678"),  # a range that no table lists yet
    ],
)
def test_other_regions_and_ranges(written: str, region: str, stored: str) -> None:
    assert normalise_phone(written, region) == stored


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "phone_not_a_number"),
        ("   ", "phone_not_a_number"),
        ("abc", "phone_not_a_number"),
        ("0812x34567890", "phone_not_a_number"),
        ("+", "phone_not_a_number"),
        ("0812\x003456", "phone_not_a_number"),
        ("0", "phone_too_short"),
        ("0812", "phone_too_short"),
        ("62812", "phone_too_short"),
        ("+62812", "phone_too_short"),
        ("08123456789012345", "phone_too_long"),
        ("0812345678901234567890", "phone_too_long"),
        ("184212345674", "phone_is_number"),
        ("1842 1234 5674", "phone_is_number"),
        ("1842-1234-5674", "phone_is_number"),
        ("+999123456789", "phone_unknown_country"),
        ("+0812345678", "phone_unknown_country"),
    ],
)
def test_impossible_numbers_say_why(written: str, code: str) -> None:
    with pytest.raises(PhoneError) as refused:
        normalise_phone(written, "ID")
    assert refused.value.code == code
    assert code in FIELD_PROBLEMS


@pytest.mark.parametrize(
    ("zone", "currency", "region"),
    [
        ("Asia/Jakarta", "IDR", "ID"),
        ("Asia/Jakarta", "GBP", "ID"),
        ("Asia/Makassar", "IDR", "ID"),
        ("Europe/London", "GBP", "GB"),
        ("UTC", "GBP", "GB"),
        ("UTC", "EUR", "ID"),
    ],
)
def test_the_region_is_that_of_the_shop(zone: str, currency: str, region: str) -> None:
    assert region_of(timezone=zone, currency=currency) == region


@pytest.mark.parametrize(
    ("stored", "masked", "shown"),
    [
        ("+6281234567890", "0812-****-7890", "0812-3456-7890"),
        ("+6281234567891", "0812-****-7891", "0812-3456-7891"),
        ("+62812345678", "0812-****-78", "0812-3456-78"),
        ("+6284012345678", "0840-****-5678", "0840-1234-5678"),
        ("+447700900123", "0770-****-0123", "0770-0900-123"),
        ("+6282123456789", "0821-****-6789", "0821-2345-6789"),
        ("+62811", "****", "811"),
        ("not a number", "****", "not -a nu-mber"),
        (None, None, None),
    ],
)
def test_masking_hides_the_middle(stored: str | None, masked: str | None, shown: str | None) -> None:
    assert mask_phone(stored) == masked
    assert show_phone(stored) == shown


def test_a_single_digit_left_over_joins_the_last_group() -> None:
    assert show_phone("+62812345678901") == "0812-3456-78901"


@given(st.text(max_size=40))
def test_any_text_is_a_number_or_a_named_problem(text: str) -> None:
    try:
        stored = normalise_phone(text, "ID")
    except PhoneError as problem:
        assert problem.code in FIELD_PROBLEMS  # noqa: PT017 - either way is right
    else:
        assert stored[0] == "+"
        assert stored[1:].isascii()
        assert 9 <= len(stored) <= 16
        assert normalise_phone(stored, "ID") == stored


@given(st.integers(10**7, 10**9 - 1))
def test_the_same_number_in_three_forms_is_one(rest: int) -> None:
    forms = [f"0812{rest}", f"62812{rest}", f"+62 812-{rest}"]
    assert len({normalise_phone(form, "ID") for form in forms}) == 1
