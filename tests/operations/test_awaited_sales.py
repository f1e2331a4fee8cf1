"""A sale paid under a number that no member has is given to the one who joins with it, once, as claims allow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from enrolment.operations import enrol_member, enrol_members, join_on_page
from loyalty.management.commands.verify import verification_modules
from members.facts import EnrolDraft, MemberSource, ProfileChanges
from members.models import AwaitedMember
from members.operations import edit_profile, forget_old_awaited
from members.queries import find_member_id
from merchants.facts import SYSTEM
from merchants.tenancy import merchant_scope
from sales.models import Sale
from sales.operations import claim_sale, refund_sale
from tests.nights import tick
from tests.sales_shop import NOW, SellingShop, line, open_selling_shop, refund_of

pytestmark = pytest.mark.django_db

PHONE = "0812 3456 7890"
EMAIL = "Budi@Example.com"
LATER = NOW + timedelta(hours=2)


@pytest.fixture
def shop() -> Iterator[SellingShop]:
    opened = open_selling_shop()
    yield opened
    with merchant_scope(opened.merchant.id):
        for _, module in verification_modules():
            assert module.verify(merchant=opened.merchant) == []


def pay_unknown(shop: SellingShop, identifier: str = PHONE) -> str:
    """Record a paid sale of 100,000 under what no member has; return its receipt number."""
    with merchant_scope(shop.merchant.id):
        return shop.sell(line(1, 100_000), identifier=identifier, is_paid=True).reference


def enrol(
    shop: SellingShop, *, at: datetime = LATER, phone: str | None = "+62 812-3456-7890", **fields: object
) -> UUID:
    """Enrol a member, and do the work that waits, as the workers do within a minute."""
    with merchant_scope(shop.merchant.id):
        draft = EnrolDraft(name="Budi", phone=phone, **fields)  # type: ignore[arg-type]
        member_id = enrol_member(merchant=shop.merchant, draft=draft, at=at).id
    tick(at, shop.merchant)
    return member_id


def whose(shop: SellingShop, reference: str) -> tuple[UUID | None, int]:
    """Return whose the sale is, and what it earned."""
    with merchant_scope(shop.merchant.id):
        row = Sale.objects.get(merchant_id=shop.merchant.id, reference=reference)
        return row.member_id, row.points_earned


def awaited(shop: SellingShop) -> int:
    with merchant_scope(shop.merchant.id):
        return AwaitedMember.objects.filter(merchant_id=shop.merchant.id).count()


# --- all ways to join --------------------------------------------------------------------------------------------


def test_who_joins_at_the_till_has_what_they_paid_before(shop: SellingShop) -> None:
    reference = pay_unknown(shop)
    assert (whose(shop, reference), awaited(shop)) == ((None, 0), 1)
    member_id = enrol(shop)
    assert (whose(shop, reference), awaited(shop)) == ((member_id, 10), 0)
    tick(LATER, shop.merchant)
    assert whose(shop, reference) == (member_id, 10)


def test_all_sales_of_one_number_are_given_and_none_of_another(shop: SellingShop) -> None:
    mine = [pay_unknown(shop), pay_unknown(shop, "62 81234567890")]
    other = pay_unknown(shop, "0812 0000 0000")
    member_id = enrol(shop)
    assert [whose(shop, reference) for reference in mine] == [(member_id, 10)] * 2
    assert (whose(shop, other), awaited(shop)) == ((None, 0), 1)


def test_an_address_waits_too(shop: SellingShop) -> None:
    reference = pay_unknown(shop, EMAIL)
    member_id = enrol(shop, phone=None, email="budi@example.com")
    assert whose(shop, reference) == (member_id, 10)


def test_who_joins_on_the_public_page_earns_what_they_paid(shop: SellingShop) -> None:
    reference = pay_unknown(shop)
    with merchant_scope(shop.merchant.id):
        draft = EnrolDraft(name="Budi", phone=PHONE, source=MemberSource.PUBLIC)
        join_on_page(merchant=shop.merchant, draft=draft, at=LATER)
        member_id = find_member_id(merchant=shop.merchant, identifier=PHONE)
    tick(LATER, shop.merchant)
    assert whose(shop, reference) == (member_id, 10)


def test_who_comes_with_a_file_has_what_they_paid(shop: SellingShop) -> None:
    reference = pay_unknown(shop)
    drafts = [EnrolDraft(name="Ani", phone="0813 1111 1111"), EnrolDraft(name="Budi", phone=PHONE)]
    with merchant_scope(shop.merchant.id):
        results = enrol_members(merchant=shop.merchant, drafts=drafts, at=LATER, with_bonus=False)
    tick(LATER, shop.merchant)
    assert whose(shop, reference) == (results[1].member_id, 10)


def test_a_number_given_to_a_member_later_brings_its_sales(shop: SellingShop) -> None:
    member_id = enrol(shop, phone="0813 2222 2222")
    reference = pay_unknown(shop)
    with merchant_scope(shop.merchant.id):
        edit_profile(
            merchant=shop.merchant,
            member_id=member_id,
            changes=ProfileChanges(phone=PHONE),
            actor=SYSTEM,
            at=LATER,
            business_date=LATER.date(),
        )
    tick(LATER, shop.merchant)
    assert whose(shop, reference) == (member_id, 10)


# --- what claims do not allow ------------------------------------------------------------------------------------


def give_back(shop: SellingShop, reference: str) -> None:
    refund_sale(merchant=shop.merchant, till=shop.till, reference=reference, draft=refund_of(("1", 1)), received_at=NOW)


def claim_by_hand(shop: SellingShop, reference: str) -> None:
    other = shop.join()
    claim_sale(merchant=shop.merchant, till=shop.till, reference=reference, member_id=other.id, at=NOW)


@pytest.mark.parametrize("meanwhile", [give_back, claim_by_hand])
def test_a_sale_that_was_returned_or_claimed_stays_as_it_is(
    shop: SellingShop, meanwhile: Callable[[SellingShop, str], None]
) -> None:
    reference = pay_unknown(shop)
    with merchant_scope(shop.merchant.id):
        meanwhile(shop, reference)
    before = whose(shop, reference)
    member_id = enrol(shop)
    assert whose(shop, reference) == before != (member_id, 10)
    assert awaited(shop) == 0


def test_a_sale_beyond_the_days_of_claims_stays_without_a_member(shop: SellingShop) -> None:
    reference = pay_unknown(shop)
    enrol(shop, at=NOW + timedelta(days=8))
    assert (whose(shop, reference), awaited(shop)) == ((None, 0), 0)


# --- what is kept ------------------------------------------------------------------------------------------------


def test_only_a_hash_is_kept_and_for_thirty_days(shop: SellingShop) -> None:
    pay_unknown(shop)
    with merchant_scope(shop.merchant.id):
        row = AwaitedMember.objects.get(merchant_id=shop.merchant.id)
        assert (row.kind, len(bytes(row.contact_hash))) == ("phone", 32)
        assert forget_old_awaited(merchant=shop.merchant, now=NOW + timedelta(days=30)) == 0
        assert forget_old_awaited(merchant=shop.merchant, now=NOW + timedelta(days=30, seconds=1)) == 1


@pytest.mark.parametrize("identifier", ["12345", "abcdefghijklmnopqrstuv", "!"])
def test_what_is_no_contact_is_not_kept(shop: SellingShop, identifier: str) -> None:
    pay_unknown(shop, identifier)
    assert awaited(shop) == 0


def test_an_anonymous_sale_waits_for_nobody(shop: SellingShop) -> None:
    with merchant_scope(shop.merchant.id):
        shop.sell(line(1, 100_000), is_paid=True)
    assert awaited(shop) == 0
