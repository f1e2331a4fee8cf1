"""Two people at one request for coupons, and a limit that changes while coupons are made; with negative controls."""

from __future__ import annotations

import secrets
from collections import Counter
from uuid import UUID

import pytest
from django.utils import timezone

from common.ids import new_id
from merchants.facts import SYSTEM, Actor, MerchantFacts, Role
from merchants.models import Approval
from merchants.operations import add_staff, approvals, change_alone_limits, create_user
from merchants.queries import merchant_by_id
from merchants.rules import alone_limits_seen
from merchants.tenancy import merchant_scope
from rewards.coupons.facts import AskedCoupons
from rewards.coupons.models import CouponBatch
from rewards.coupons.operations import approve_coupons, ask_for_coupons, coupons, make_coupons
from rewards.invariants import verify
from tests.races.together import Meeting, outcomes, overlap
from tests.sales_shop import NOW, SellingShop, open_selling_shop

pytestmark = pytest.mark.usefixtures("real_commits")


def set_limit(shop: SellingShop, amount: int | None) -> None:
    """Change the limit in the scope that is open."""
    now = merchant_by_id(shop.merchant.id)
    change_alone_limits(
        merchant=now,
        coupons_amount=amount,
        export_members=None,
        seen=alone_limits_seen(now),
        at=NOW,
        actor=Actor(new_id(), "owner", Role.OWNER),
    )


def wanted() -> AskedCoupons:
    return AskedCoupons(
        batch_id=new_id(),
        title="Undian",
        definition={"kind": "amount_off", "value": 20_000},
        count=3,
        text="",
        max_uses=1,
        valid_until=None,
        most_cost_amount=60_000,
    )


def asked_request(shop: SellingShop) -> UUID:
    with merchant_scope(shop.merchant.id):
        set_limit(shop, 1_000)
        email = f"marketer-{secrets.token_hex(4)}@example.com"
        user = create_user(email=email, name="Budi", password=None, language="id")
        add_staff(merchant=shop.merchant, user_id=user.id, role=Role.MARKETER, at=timezone.now(), actor=SYSTEM)
        actor = Actor(user.id, "Budi", Role.MARKETER)
        return ask_for_coupons(merchant=shop.merchant, asked=wanted(), reason="x", at=NOW, actor=actor)


def approve_together(shop: SellingShop, approval_id: UUID) -> Counter[str]:
    def approve(number: int) -> None:
        with merchant_scope(shop.merchant.id):
            approver = Actor(new_id(), f"manager {number}", Role.MANAGER)
            approve_coupons(merchant=shop.merchant, approval_id=approval_id, reason="x", at=NOW, actor=approver)

    return outcomes(approve, 4)


def batches(shop: SellingShop) -> int:
    with merchant_scope(shop.merchant.id):
        assert verify(merchant=shop.merchant) == []
        return CouponBatch.objects.filter(merchant_id=shop.merchant.id, kind="codes").count()


def test_of_four_who_approve_at_once_one_makes_the_coupons() -> None:
    shop = open_selling_shop()
    assert approve_together(shop, asked_request(shop)) == Counter(ok=1, approval_over=3)
    assert batches(shop) == 1


def test_without_the_lock_on_the_request_only_the_guard_stands_between(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: all four saw it waiting."""
    shop = open_selling_shop()
    all_have_read = Meeting(4)

    def read_together(merchant: MerchantFacts, approval_id: UUID) -> Approval:
        row = Approval.objects.get(merchant_id=merchant.id, id=approval_id)
        all_have_read.wait()
        return row

    monkeypatch.setattr(approvals, "_lock_waiting", read_together)
    assert approve_together(shop, asked_request(shop)) == Counter(ok=1, IntegrityError=3)
    assert batches(shop) == 1


def test_a_limit_that_is_lowered_meanwhile_counts() -> None:
    shop = open_selling_shop()
    with merchant_scope(shop.merchant.id):
        set_limit(shop, 1_000_000)

    def make() -> None:
        make_coupons(merchant=shop.merchant, asked=wanted(), at=NOW, actor=SYSTEM)

    assert overlap(shop.merchant.id, lambda: set_limit(shop, 1_000), make) == "coupons_need_approval"
    assert batches(shop) == 0


def test_a_limit_that_was_read_before_is_refused_by_the_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: without the lock the limit of the moment before would have counted."""
    shop = open_selling_shop()
    with merchant_scope(shop.merchant.id):
        set_limit(shop, 1_000_000)
        before = merchant_by_id(shop.merchant.id)
        set_limit(shop, 1_000)
    monkeypatch.setattr(coupons, "lock_merchant", lambda *, merchant: before)

    def make(number: int) -> None:
        with merchant_scope(shop.merchant.id):
            make_coupons(merchant=shop.merchant, asked=wanted(), at=NOW, actor=SYSTEM)

    assert outcomes(make, 1) == Counter(IntegrityError=1)
    assert batches(shop) == 0


def test_an_asker_who_raises_the_limit_meanwhile_still_needs_the_other_for_what_was_asked() -> None:
    shop = open_selling_shop()
    approval_id = asked_request(shop)
    with merchant_scope(shop.merchant.id):
        set_limit(shop, None)
        row = Approval.objects.get(merchant_id=shop.merchant.id, id=approval_id)
    assert row.state == "waiting"
    assert batches(shop) == 0
    assert approve_together(shop, approval_id) == Counter(ok=1, approval_over=3)
    assert batches(shop) == 1
