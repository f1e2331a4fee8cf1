"""Doubts about a referral, caps, moves: tables of what is known and what follows."""

from dataclasses import replace
from datetime import date

import pytest
from django.utils.translation import override

from members.rules.similarity import KnownPerson, address_of, one_mailbox, same_birth_and_surname, surname_of
from rewards.referrals.facts import Evidence, FraudSignal, FriendPrice, MeasuredSignal, ReferralTerms
from rewards.referrals.rules import cap_reached, fraud_signals, friend_price
from rewards.referrals.wording import reason_words

TERMS = ReferralTerms(reward_amount=100, joins_per_day=5)
D = FraudSignal


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({}, []),
        ({"same_member": True}, [(D.SAME_MEMBER, 1, 0)]),
        ({"same_phone": True}, [(D.SAME_PHONE, 1, 0)]),
        ({"same_email": True}, [(D.SAME_EMAIL, 1, 0)]),
        ({"same_birth_and_surname": True}, [(D.SAME_BIRTH_AND_SURNAME, 1, 0)]),
        ({"same_address": True}, [(D.SAME_ADDRESS, 1, 0)]),
        ({"shared_device": True, "device_members": 2}, [(D.SAME_DEVICE, 2, 0)]),
        ({"shared_device": True, "device_members": 5}, [(D.SAME_DEVICE, 5, 0)]),
        ({"shared_device": True, "device_members": 6}, []),
        ({"shared_device": False, "device_members": 2}, []),
        ({"device_joins": 3}, []),
        ({"device_joins": 4}, [(D.DEVICE_JOINS, 4, 3)]),
        ({"tender_members": 2}, [(D.SAME_TENDER, 2, 0)]),
        ({"tender_members": 6}, []),
        ({"till_minutes": 0}, [(D.SAME_TILL_MINUTES, 0, 10)]),
        ({"till_minutes": 10}, [(D.SAME_TILL_MINUTES, 10, 10)]),
        ({"till_minutes": 11}, []),
        ({"till_minutes": None}, []),
        ({"referred_sales": 4, "cashier_sales": 4}, []),
        ({"referred_sales": 5, "cashier_sales": 4}, [(D.CASHIER_RING, 4, 5)]),
        ({"referred_sales": 10, "cashier_sales": 7}, []),
        ({"joins_that_day": 5}, []),
        ({"joins_that_day": 6}, [(D.JOINS_PER_DAY, 6, 5)]),
        ({"circle": 2}, [(D.CIRCLE, 2, 0)]),
        (
            {"same_phone": True, "joins_that_day": 9, "circle": 1},
            [(D.SAME_PHONE, 1, 0), (D.JOINS_PER_DAY, 9, 5), (D.CIRCLE, 1, 0)],
        ),
    ],
)
def test_doubts(known: dict[str, object], expected: list[tuple[FraudSignal, int, int]]) -> None:
    found = fraud_signals(replace(Evidence(), **known), TERMS)  # type: ignore[arg-type]
    assert [(r.signal, r.measured, r.allowed) for r in found] == expected
    assert [MeasuredSignal.from_json(r.to_json()) for r in found] == list(found)


@pytest.mark.parametrize(
    ("monthly", "total", "had", "expected"),
    [
        (None, None, (99, 999), None),
        (2, None, (1, 50), None),
        (2, None, (2, 50), MeasuredSignal(D.MONTHLY_CAP, 2, 2)),
        (2, 3, (0, 3), MeasuredSignal(D.TOTAL_CAP, 3, 3)),
        (2, 3, (0, 2), None),
    ],
)
def test_caps(monthly: int | None, total: int | None, had: tuple[int, int], expected: MeasuredSignal | None) -> None:
    terms = replace(TERMS, monthly_cap=monthly, total_cap=total)
    assert cap_reached(terms, this_month=had[0], ever=had[1]) == expected


@pytest.mark.parametrize(
    ("price", "value", "is_open", "kind"),
    [
        (FriendPrice.PERCENT, 20, True, "percent_off"),
        (FriendPrice.AMOUNT, 15_000, True, "amount_off"),
        (FriendPrice.NONE, 0, True, None),
        (FriendPrice.PERCENT, 20, False, None),
    ],
)
def test_the_friends_price(price: FriendPrice, value: int, is_open: bool, kind: str | None) -> None:
    made = friend_price(replace(TERMS, friend_price=price, friend_value=value, is_open=is_open))
    assert (made and made["kind"]) == kind
    if made:
        assert made["value"] == value
        assert made["when"]["referred"] is made["when"]["first_purchase"] is True


@pytest.mark.parametrize(
    "written", ["bu.di@yahoo.com", "BUDI@yahoo.com", "budi+2@yahoo.com", "b.u.d.i+promo+x@Yahoo.com"]
)
def test_one_mailbox_in_many_forms(written: str) -> None:
    assert one_mailbox(written) == "budi@yahoo.com"


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (("Sari Dewi", date(1990, 5, 1)), ("Budi DEWI", date(1990, 5, 1)), True),
        (("Sari Dewi", date(1990, 5, 1)), ("Budi Dewi", date(1990, 5, 2)), False),
        (("Dewi", date(1990, 5, 1)), ("Dewi", date(1990, 5, 1)), False),  # one name alone says too little
        (("Sari Dewi", None), ("Budi Dewi", None), False),
    ],
)
def test_birth_and_surname(one: tuple[str, date | None], other: tuple[str, date | None], alike: bool) -> None:
    people = [KnownPerson(surname=surname_of(name), birth_date=born) for name, born in (one, other)]
    assert same_birth_and_surname(*people) is alike


@pytest.mark.parametrize(
    ("attributes", "address"),
    [
        ({"Alamat": "Jl. Mawar No. 12, Depok"}, "jlmawarno12depok"),
        ({"address": "jl mawar no 12 DEPOK"}, "jlmawarno12depok"),
        ({"address": "Depok"}, ""),
        ({"kota": "Jl. Mawar No. 12"}, ""),
    ],
)
def test_addresses(attributes: dict[str, str], address: str) -> None:
    assert address_of(attributes) == address


@pytest.mark.parametrize(
    ("reason", "english", "indonesian"),
    [
        (MeasuredSignal(D.SAME_TILL_MINUTES, 1, 10), "till 1 minute from", "1 menit"),
        (MeasuredSignal(D.SAME_TILL_MINUTES, 0, 10), "till 0 minutes from", "0 menit"),
        (MeasuredSignal(D.DEVICE_JOINS, 1, 0), "1 member joined", "1 member"),
        (MeasuredSignal(D.JOINS_PER_DAY, 1, 0), "brought 1 friend that", "1 teman"),
        (MeasuredSignal(D.MONTHLY_CAP, 1, 1), "rewarded 1 time this", "1 kali"),
        (MeasuredSignal(D.TOTAL_CAP, 2, 2), "rewarded 2 times in", "2 kali"),
        (MeasuredSignal(D.SAME_DEVICE, 2, 0), "2 members used", "2 member"),
        (MeasuredSignal(D.CIRCLE, 1, 0), "1 step long", "1 langkah"),
    ],
)
def test_one_is_said_as_one(reason: MeasuredSignal, english: str, indonesian: str) -> None:
    for language, words in (("en", english), ("id", indonesian)):
        with override(language):
            assert words in reason_words(reason)
