"""Moments of a merchant: promotions follow them from year to year, through every door."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from common.errors import BadInput, Missing
from common.ids import new_id
from merchants.facts import SYSTEM
from merchants.tenancy import merchant_scope, refusable
from rewards.invariants import verify
from rewards.moments.facts import OwnCalendar, Repeat, Rhythm
from rewards.moments.operations import add_moment, change_moment, reset_moment_dates, set_moment_dates
from rewards.moments.queries import own_calendar
from rewards.moments.rules import occurrences
from rewards.promotions.operations import MomentInUse, create_promotion, remove_moment
from sales.facts import QuoteDraft
from sales.operations import ImportedSale, quote_cart, record_imported_sales
from tests.sales_shop import NOW, SellingShop, line, open_selling_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Iterator[SellingShop]:
    opened = open_selling_shop()
    with merchant_scope(opened.merchant.id):
        yield opened
        assert verify(merchant=opened.merchant) == []


def offer(shop: SellingShop, moment: str, **when: int) -> UUID:
    return create_promotion(
        merchant=shop.merchant,
        definition={
            "title": f"Diskon {moment}",
            "kind": "percent_off",
            "value": 10,
            "when": {"moment": moment, **when},
        },
        starts_at=datetime(2020, 1, 1, tzinfo=UTC),
        at=NOW,
    )


def discount(shop: SellingShop, day: str) -> int:
    """Return what a quote at noon of that day takes off Rp 100.000."""
    at = datetime.fromisoformat(f"{day}T12:00:00+07:00")
    draft = QuoteDraft(lines=(line(1, 100_000),))
    return quote_cart(merchant=shop.merchant, till=shop.till, draft=draft, at=at).outcome.discount_amount


def test_a_promotion_bound_to_lebaran_fires_in_2026_and_in_2027_on_other_days(shop: SellingShop) -> None:
    offer(shop, "lebaran", moment_days_before=7)
    days = [
        "2026-03-13",
        "2026-03-14",
        "2026-03-22",
        "2026-03-23",
        "2027-03-02",
        "2027-03-03",
        "2027-03-11",
        "2027-03-12",
    ]
    assert [discount(shop, day) for day in days] == [0, 10_000, 10_000, 0, 0, 10_000, 10_000, 0]


def test_the_merchants_days_move_it(shop: SellingShop) -> None:
    offer(shop, "lebaran")
    args: dict[str, Any] = {
        "merchant": shop.merchant,
        "code": "lebaran",
        "year": 2027,
        "number": 1,
        "at": NOW,
        "actor": SYSTEM,
    }
    set_moment_dates(**args, first_on=date(2027, 3, 11), last_on=date(2027, 3, 12))
    assert [discount(shop, day) for day in ("2027-03-10", "2027-03-11", "2027-03-12")] == [0, 10_000, 10_000]
    set_moment_dates(**args, first_on=date(2027, 3, 12), last_on=date(2027, 3, 12))
    assert [discount(shop, day) for day in ("2027-03-11", "2027-03-12")] == [0, 10_000]
    reset_moment_dates(**args)
    assert [discount(shop, day) for day in ("2027-03-10", "2027-03-12")] == [10_000, 0]
    with pytest.raises(Missing), refusable():
        reset_moment_dates(**args)


def test_payday_is_the_merchants_to_change(shop: SellingShop) -> None:
    offer(shop, "payday")
    assert [discount(shop, day) for day in ("2026-06-24", "2026-06-25", "2026-07-01", "2026-07-02")] == [
        0,
        10_000,
        10_000,
        0,
    ]
    rhythm = Rhythm(Repeat.MONTHLY, first_day=1, last_day=3)
    change_moment(merchant=shop.merchant, code="payday", name="", rhythm=rhythm, at=NOW, actor=SYSTEM)
    assert [discount(shop, day) for day in ("2026-06-25", "2026-07-03", "2026-07-04")] == [0, 10_000, 0]
    remove_moment(merchant=shop.merchant, code="payday", at=NOW, actor=SYSTEM)
    assert discount(shop, "2026-06-25") == 10_000


def test_an_own_moment_and_one_with_written_days(shop: SellingShop) -> None:
    birthday = add_moment(
        merchant=shop.merchant,
        name="Ulang tahun toko",
        rhythm=Rhythm(Repeat.YEARLY, month=9, first_day=9, days=2),
        at=NOW,
        actor=SYSTEM,
    )
    opening = add_moment(
        merchant=shop.merchant, name="Ulang tahun toko", rhythm=Rhythm(Repeat.DATED), at=NOW, actor=SYSTEM
    )
    assert (birthday, opening) == ("ulang_tahun_toko", "ulang_tahun_toko_2")
    offer(shop, birthday)
    offer(shop, opening)
    args: dict[str, Any] = {"merchant": shop.merchant, "code": opening, "year": 2026, "at": NOW, "actor": SYSTEM}
    set_moment_dates(**args, number=1, first_on=date(2026, 5, 5), last_on=date(2026, 5, 5))
    with pytest.raises(Missing), refusable():
        set_moment_dates(**args, number=3, first_on=date(2026, 6, 5), last_on=date(2026, 6, 5))
    found = [discount(shop, day) for day in ("2026-05-05", "2026-05-06", "2026-09-10", "2027-09-09", "2027-09-11")]
    assert found == [10_000, 0, 10_000, 10_000, 0]
    with pytest.raises(MomentInUse) as used, refusable():
        remove_moment(merchant=shop.merchant, code=birthday, at=NOW, actor=SYSTEM)
    assert used.value.facts["promotions"] == [f"Diskon {birthday}"]


def test_a_moment_without_promotions_goes_with_its_days(shop: SellingShop) -> None:
    code = add_moment(merchant=shop.merchant, name="Bazar", rhythm=Rhythm(Repeat.DATED), at=NOW, actor=SYSTEM)
    set_moment_dates(
        merchant=shop.merchant,
        code=code,
        year=2026,
        number=1,
        first_on=date(2026, 5, 5),
        last_on=date(2026, 5, 5),
        at=NOW,
        actor=SYSTEM,
    )
    remove_moment(merchant=shop.merchant, code=code, at=NOW, actor=SYSTEM)
    assert own_calendar(merchant=shop.merchant).dates == ()


def test_imported_history_earns_on_the_days_of_its_own_year(shop: SellingShop) -> None:
    create_promotion(
        merchant=shop.merchant,
        definition={"title": "Poin Lebaran", "kind": "earn_bonus", "points": 50, "when": {"moment": "lebaran"}},
        starts_at=datetime(2020, 1, 1, tzinfo=UTC),
        at=NOW,
    )
    budi = shop.join()
    days = ["2025-03-31", "2025-04-01", "2025-04-02", "2024-04-10"]
    sales = [
        ImportedSale(
            reference=f"H{n}",
            occurred_at=datetime.fromisoformat(f"{day}T10:00:00+07:00"),
            member_id=budi.id,
            lines=(line(1, 50_000),),
            request_fingerprint=str(n).encode().ljust(32),
        )
        for n, day in enumerate(days)
    ]
    record_imported_sales(merchant=shop.merchant, till=shop.till, sales=sales, received_at=NOW)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reference, points_earned FROM sales_sale WHERE merchant_id = %s ORDER BY reference",
            [shop.merchant.id],
        )
        earned = dict(cursor.fetchall())
    assert [earned[f"H{n}"] >= 50 for n in range(4)] == [True, True, False, True]


def test_moments_cost_a_statement_only_where_a_promotion_names_one(shop: SellingShop) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            discount(shop, "2026-03-05")
        return len(captured)

    plain = statements()
    offer(shop, "lebaran")
    assert statements() == plain + 1


@pytest.mark.parametrize(
    ("first_on", "last_on", "code"),
    [
        (date(2027, 3, 11), date(2027, 3, 10), "ends_before_start"),
        (date(2027, 3, 11), date(2027, 8, 10), "too_long"),
        (date(2030, 3, 11), date(2030, 3, 12), "another_year"),
    ],
)
def test_days_that_cannot_be_explained_are_refused(shop: SellingShop, first_on: date, last_on: date, code: str) -> None:
    with pytest.raises(BadInput) as bad, refusable():
        set_moment_dates(
            merchant=shop.merchant,
            code="lebaran",
            year=2027,
            number=1,
            first_on=first_on,
            last_on=last_on,
            at=NOW,
            actor=SYSTEM,
        )
    assert [error.code for error in bad.value.errors] == [code]


def test_only_what_the_calendar_has_can_be_dated(shop: SellingShop) -> None:
    args: dict[str, Any] = {
        "merchant": shop.merchant,
        "first_on": date(2027, 3, 1),
        "last_on": date(2027, 3, 1),
        "at": NOW,
        "actor": SYSTEM,
    }
    for code, number in (("nope", 1), ("lebaran", 2), ("double_dates", 13)):
        with pytest.raises(Missing), refusable():
            set_moment_dates(**args, code=code, year=2027, number=number)
    with pytest.raises(Missing), refusable():
        change_moment(
            merchant=shop.merchant, code="lebaran", name="", rhythm=Rhythm(Repeat.DATED), at=NOW, actor=SYSTEM
        )


def test_another_merchants_calendar_is_not_seen() -> None:
    theirs, ours = open_selling_shop("Toko Lain"), open_selling_shop()
    with merchant_scope(theirs.merchant.id):
        set_moment_dates(
            merchant=theirs.merchant,
            code="imlek",
            year=2027,
            number=1,
            first_on=date(2027, 2, 7),
            last_on=date(2027, 2, 7),
            at=NOW,
            actor=SYSTEM,
        )
        add_moment(merchant=theirs.merchant, name="Bazar", rhythm=Rhythm(Repeat.DATED), at=NOW, actor=SYSTEM)
        their_calendar = own_calendar(merchant=theirs.merchant)
    assert (len(their_calendar.moments), len(their_calendar.dates)) == (1, 1)
    with merchant_scope(ours.merchant.id):
        assert own_calendar(merchant=ours.merchant) == OwnCalendar((), ())
        assert own_calendar(merchant=theirs.merchant) == OwnCalendar((), ()), "not even asked for by its name"
        assert occurrences("imlek", [2027], own_calendar(merchant=ours.merchant))[0].first_on == date(2027, 2, 6)


MOMENT = (
    "INSERT INTO rewards_moment (merchant_id, id, code, name, created_at, repeats, month, first_day, last_day, days)"
)
DATES = "INSERT INTO rewards_momentdates (merchant_id, id, moment, year, set_at, set_by, number, first_on, last_on)"
BROKEN = [
    f"{MOMENT} VALUES (%(m)s, %(id)s, 'x', 'X', now(), 'yearly', NULL, 3, NULL, 1)",
    f"{MOMENT} VALUES (%(m)s, %(id)s, 'x', 'X', now(), 'monthly', NULL, 0, 3, NULL)",
    f"{MOMENT} VALUES (%(m)s, %(id)s, 'x', 'X', now(), 'dated', NULL, NULL, NULL, 3)",
    f"{DATES} VALUES (%(m)s, %(id)s, 'imlek', 2027, now(), 'x', 1, '2027-02-06', '2027-02-05')",
    f"{DATES} VALUES (%(m)s, %(id)s, 'imlek', 2027, now(), 'x', 1, '2027-02-06', '2027-06-06')",
    f"{DATES} VALUES (%(m)s, %(id)s, 'imlek', 2027, now(), 'x', 0, '2027-02-06', '2027-02-06')",
]


@pytest.mark.parametrize("statement", BROKEN)
def test_the_database_refuses_days_without_sense(shop: SellingShop, statement: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, {"m": shop.merchant.id, "id": new_id()})


def test_days_of_an_unknown_moment_are_found() -> None:
    opened = open_selling_shop()
    with merchant_scope(opened.merchant.id):
        with connection.cursor() as cursor:
            cursor.execute(
                f"{DATES} VALUES (%(m)s, %(id)s, 'gone', 2027, now(), 'x', 1, '2027-02-06', '2027-02-06')",
                {"m": opened.merchant.id, "id": new_id()},
            )
        assert [v.message for v in verify(merchant=opened.merchant)] == ["days of a moment that nobody has"]
