"""Text from people in one form: the given inputs of phone books, chats and spreadsheets, and others of their kind."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.emails import EmailError, email_key, normalise_email
from common.secrets import normalise_code
from common.text import (
    clean_address,
    clean_code,
    clean_line,
    clean_phone,
    clean_reference,
    comparison_key,
    is_printable,
    is_visible,
)
from members.rules import PhoneError, normalise_phone, read_identifier
from members.rules.similarity import one_mailbox

FAMILY = "\U0001f469\u200d\U0001f467"
RED_HEART_ON_FIRE = "\u2764\ufe0f\u200d\U0001f525"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("  Bu   Sari\t", "Bu Sari"),
        ("Bu\u00a0Sari", "Bu Sari"),
        ("Bu\u3000Sari\u2028", "Bu Sari"),
        ("\u2800Sari\u2800", "Sari"),
        ("Sa\u200bri", "Sari"),
        ("\u202aSari\u202c", "Sari"),
        ("\u2066Sari\u2069\ufeff", "Sari"),
        ("Sa\u00adri\u034f", "Sari"),
        ("Sari\U000e0041", "Sari"),
        ("\uff33\uff41\uff52\uff49", "Sari"),
        ("Sa\u200dri", "Sari"),
        ("\u200dSari\u200c", "Sari"),
        (f"Ani {FAMILY}", f"Ani {FAMILY}"),
        (f"Ani {RED_HEART_ON_FIRE}", f"Ani {RED_HEART_ON_FIRE}"),
        ("Ani \U0001f469\U0001f3fd\u200d\u2695\ufe0f", "Ani \U0001f469\U0001f3fd\u200d\u2695\ufe0f"),
        (f"Ani {FAMILY[0]}\u200d", f"Ani {FAMILY[0]}"),
        (f"Ani {FAMILY[0]}\u200b\u200d\u200b{FAMILY[2]}", f"Ani {FAMILY}"),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"),
        ("\u0d28\u0d4d\u200d", "\u0d28\u0d4d\u200d"),
        ("\ua98f\ua9c0\u200c\ua9a4", "\ua98f\ua9c0\u200c\ua9a4"),
        ("a\u200db\u200cc", "abc"),
    ],
)
def test_a_name_keeps_what_its_letters_need(written: str, kept: str) -> None:
    assert clean_line(written) == unicodedata.normalize("NFKC", kept)
    assert is_printable(clean_line(written))


@pytest.mark.parametrize("text", ["a\x00b", "a\x07b", "a\ue000", "\ud800"])
def test_what_cannot_be_printed_is_left_for_the_field_to_refuse(text: str) -> None:
    assert not is_printable(clean_line(text))


@pytest.mark.parametrize(
    "written",
    [
        "ganda@toko.example\u200b",
        "\u200eganda@toko.example",
        "ganda\u200d@toko.example",
        " ganda@toko.example\u00a0",
        "ganda@\uff54\uff4f\uff4b\uff4f.example",
        "\uff47anda@toko.example",
        "ganda\uff20toko.example",
        "ganda@to\u00adko.example",
        "ganda@toko.example\ufeff",
        "\u2068ganda@toko.example\u2069",
        "ganda@TOKO\ufe0f.example",
        "ganda@toko\u3164.example",
        "ganda@toko.example\u180e",
    ],
)
def test_one_mailbox_is_one_address(written: str) -> None:
    assert normalise_email(written) == "ganda@toko.example"
    assert email_key(normalise_email(written)) == "ganda@toko.example"
    assert one_mailbox(written) == "ganda@toko.example"


@pytest.mark.parametrize("written", ["ganda@toko\u2800x.example", "ganda@to ko.example", "a@\u2764.example", "a@b.1x"])
def test_a_domain_is_letters_digits_and_hyphens(written: str) -> None:
    with pytest.raises(EmailError):
        normalise_email(written)


@pytest.mark.parametrize("written", ["siti@b\u00fccher.example", "siti@\u0ba4\u0bae\u0bbf\u0bb4\u0bcd.example"])
def test_a_domain_may_be_in_any_script(written: str) -> None:
    assert normalise_email(written) == written


@pytest.mark.parametrize(
    "written",
    [
        "\u202d081234567801\u202c",
        "\u202a+62 812-3456-7801\u202c",
        "0812\u20113456\u20117801",
        "0812\u22123456\u22127801",
        "\uff10\uff18\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff10\uff11",
        "\u2066+6281234567801\u2069",
        "6281234567801.0",
        "+6281234567801.00",
        "081234567801,0",
        "0812\u00a03456\u20097801\u200b",
        "(0812) 3456\u30fc7801",
    ],
)
def test_a_pasted_phone_is_its_digits(written: str) -> None:
    assert normalise_phone(written, "ID") == "+6281234567801"
    assert "+6281234567801" in [found.value for found in read_identifier(written, "ID")]


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("0812.3456.7800", "+6281234567800"),
        ("021.345.67.00", "+62213456700"),
        ("0812-3456-780.0", "+6281234567800"),
        ("081234567800", "+6281234567800"),
    ],
)
def test_zeros_that_are_digits_stay(written: str, stored: str) -> None:
    assert normalise_phone(written, "ID") == stored


@pytest.mark.parametrize("written", ["6.281355500011E+12", "6281355500011.000", "#REF!"])
def test_other_figures_of_a_spreadsheet_are_not_guessed(written: str) -> None:
    with pytest.raises(PhoneError):
        normalise_phone(written, "ID")


@pytest.mark.parametrize(
    "written",
    [
        "HEMATO20",
        "hemat\u2011o20",
        "HEMAT\u2013O20",
        "HEMAT \u2014 O20",
        "HEMAT\u2212O20",
        "\uff28\uff25\uff2d\uff21\uff34\uff2f\uff12\uff10",
        "HEMAT\u200bO20",
        "\u201cHEMATO20\u201d",
        "'HEMATO20'",
        "\u00abHEMATO20\u00bb ",
        "\tHEMAT\u00a0O20\r\n",
        "HEMAT\u30fcO20",
        "\u2066HEMATO20\u2069",
        "HEMAT\u00adO20",
        "HEMAT\u200d0\u200c20",
    ],
)
def test_a_pasted_code_is_the_code(written: str) -> None:
    assert normalise_code(written) == "HEMAT020"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Rokok", " rokok "),
        ("ROKOK\u200b", "rokok"),
        ("\uff32\uff2f\uff2b\uff2f\uff2b", "rokok"),
        ("Rokok  Kretek", "rokok\u00a0kretek"),
        ("Stra\u00dfe", "STRASSE"),
        ("Caf\u00e9", "Cafe\u0301"),
        ("\u1e9e", "ss"),
        ("Sa\u200dri", "sari"),
        ("\u0130\u00c7K\u0130", "i\u00e7ki"),
        ("I\u0307\u00c7KI\u0307", "i\u00e7ki"),
        ("ISIRGAN", "\u0131s\u0131rgan"),
        ("S\u0130GARA", "sigara"),
        ("SIGARA", "s\u0131gara"),
    ],
)
def test_two_spellings_of_one_name_compare_equal(one: str, other: str) -> None:
    assert comparison_key(one) == comparison_key(other)


@pytest.mark.parametrize(("one", "other"), [("rokok", "roko"), ("kopi-1", "kopi1"), ("A 1", "A1"), ("", "x")])
def test_different_names_stay_different(one: str, other: str) -> None:
    assert comparison_key(one) != comparison_key(other)


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    for clean in (clean_line, clean_address, clean_phone, comparison_key):
        assert clean(clean(text)) == clean(text), clean.__name__
    assert clean_code(clean_code(text)) == clean_code(text)


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_the_short_way_of_plain_letters_says_the_same(text: str) -> None:
    assert clean_line(text) == " ".join(unicodedata.normalize("NFKC", text).split())
    assert clean_code(text + "\u200b") == clean_code(text)


@pytest.mark.parametrize("text", ["\u00ad", "\u200b\u200b", "\u200d", "\ufe0f", "\u2800", "\u202a\u202c"])
def test_a_line_of_nothing_visible_is_empty(text: str) -> None:
    for clean in (clean_line, clean_address, clean_phone, clean_code, comparison_key):
        assert clean(text) == "", clean.__name__


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        (" INV/2026/11/0001\n", "INV/2026/11/0001"),
        ("#1001", "#1001"),
        ("Cafe\u0301", "Caf\u00e9"),
        ("a  b", "a  b"),
        ("\uff11", "\uff11"),
        ("\u3000-\u00a0", "-"),
    ],
)
def test_a_receipt_number_is_kept_as_it_is_printed(written: str, stored: str) -> None:
    assert clean_reference(written) == stored
    assert clean_reference(stored) == stored
    assert is_visible(stored)


@pytest.mark.parametrize(
    "sign", "\x00\t\n\x7f\u00a0\u00ad\u034f\u180e\u200b\u200d\u202e\u2028\u2800\u3164\ue000\ufe0f\ufeff"
)
def test_a_sign_that_is_not_seen_is_not_visible(sign: str) -> None:
    assert not is_visible(f"R{sign}1")
