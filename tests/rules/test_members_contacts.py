"""E-mail addresses, masks, and what a typed or scanned identifier may mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.emails import EmailError, email_key, normalise_email
from members.rules import IdentifierKind, mask_email, mask_name, read_identifier


@pytest.mark.parametrize(
    ("written", "kept", "key"),
    [
        ("Budi@Example.COM", "Budi@example.com", "budi@example.com"),
        ("  budi@example.com ", "budi@example.com", "budi@example.com"),
        ("bu.di+promo@gmail.com", "bu.di+promo@gmail.com", "budi@gmail.com"),
        ("Bu.Di@GoogleMail.com", "Bu.Di@googlemail.com", "budi@gmail.com"),
        ("bu.di+promo@example.com", "bu.di+promo@example.com", "bu.di+promo@example.com"),
        ("siti@toko.co.id", "siti@toko.co.id", "siti@toko.co.id"),
        ("o'neil@example.ie", "o'neil@example.ie", "o'neil@example.ie"),
    ],
)
def test_kept_as_written_matched_in_one_form(written: str, kept: str, key: str) -> None:
    assert normalise_email(written) == kept
    assert email_key(kept) == key


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("budi", "email_malformed"),
        ("budi@", "email_malformed"),
        ("@example.com", "email_malformed"),
        ("budi@example", "email_malformed"),
        ("bu di@example.com", "email_malformed"),
        ("budi..x@example.com", "email_malformed"),
        (".budi@example.com", "email_malformed"),
        ("budi@-example.com", "email_malformed"),
        ("budi@example.com\r\nBcc: x@y.com", "email_malformed"),
        ("budi@example.com\n", None),
        ("budi\x00@example.com", "email_malformed"),
        ("budi@ex\ud800ample.com", "email_malformed"),
        (f"{'a' * 65}@example.com", "email_malformed"),
        (f"budi@{'a' * 250}.com", "email_too_long"),
    ],
)
def test_malformed_addresses_are_named(written: str, code: str | None) -> None:
    if code is None:
        assert "\n" not in normalise_email(written)
        return
    with pytest.raises(EmailError) as refused:
        normalise_email(written)
    assert refused.value.code == code


@given(st.emails())
def test_the_key_is_stable(address: str) -> None:
    try:
        kept = normalise_email(address)
    except EmailError:
        return  # quoted local parts and literal hosts are not taken
    assert normalise_email(kept) == kept
    assert email_key(email_key(kept)) == email_key(kept)


@pytest.mark.parametrize(
    ("email", "masked"),
    [
        ("budi.santoso@gmail.com", "bu***@gmail.com"),
        ("bud@x.id", "bu***@x.id"),
        ("bu@x.id", "b***@x.id"),
        ("b@x.id", "b***@x.id"),
        ("broken", "***"),
        (None, None),
    ],
)
def test_mask_email(email: str | None, masked: str | None) -> None:
    assert mask_email(email) == masked


def test_mask_name_keeps_initials() -> None:
    assert mask_name("Budi Santoso") == "B*** S***"
    assert mask_name("") == ""


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("081234567890", ["phone"]),
        ("+62 812-3456-7890", ["phone"]),
        ("budi@example.com", ["email"]),
        ("184212345674", ["number"]),
        ("0184212345674", ["number", "phone"]),
        ("+62184212345674", ["phone"]),
        ("1842 1234 5674", ["number"]),
        ("AbCdEfGhIjKlMnOpQrStUv", ["token"]),
        ("https://toko.example/m/kopi/card/AbCdEfGhIjKlMnOpQrStUv", ["token"]),
        ("budi@", []),
        ("", []),
        ("   ", []),
        ("Budi Santoso", []),
        ("\x00", []),
        ("9" * 400, []),
    ],
)
def test_what_an_identifier_may_mean(text: str, kinds: list[str]) -> None:
    assert [found.kind for found in read_identifier(text, "ID")] == [IdentifierKind(kind) for kind in kinds]


def test_the_link_of_a_card_means_its_token() -> None:
    (found,) = read_identifier("https://toko.example/m/kopi/card/AbCdEfGhIjKlMnOpQrStUv", "ID")
    assert found.value == "AbCdEfGhIjKlMnOpQrStUv"


@given(st.text(max_size=60))
def test_any_text_can_be_looked_up(text: str) -> None:
    for found in read_identifier(text, "ID"):
        assert found.value
        assert found.value.isprintable()
