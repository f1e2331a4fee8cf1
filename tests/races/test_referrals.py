"""Two nights at once, a refund against a grant, two first sales at once: each friend brings one reward, or none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
import pytest
from django.conf import settings

from ledger.facts import Unit
from ledger.queries import balance
from members.facts import MemberFacts
from members.queries import members_by_id
from merchants.tenancy import merchant_scope
from rewards.invariants import verify
from rewards.referrals.facts import ReferralState
from rewards.referrals.models import Referral, ReferralGrant, ReferralMove
from rewards.referrals.operations import grants as grant_operations
from sales.operations import record_sale, void_sale
from tests.races.together import Meeting, outcomes
from tests.referral_shop import Brought, ReferringShop, open_referring_shop
from tests.sales_shop import NOW, line, sale

pytestmark = pytest.mark.usefixtures("real_commits")

FRIENDS = 4


def shop_with_friends() -> tuple[ReferringShop, list[Brought]]:
    shop = open_referring_shop()
    with merchant_scope(shop.shop.merchant.id):
        referrer = shop.shop.join()
        return shop, [shop.bring(referrer) for _ in range(FRIENDS)]


def wallet(shop: ReferringShop, member: MemberFacts) -> int:
    merchant = shop.shop.merchant
    with merchant_scope(merchant.id):
        found = balance(merchant=merchant, owner_id=member.id, unit=Unit.WALLET, business_date=shop.today)
    return found.points_balance


def grants(shop: ReferringShop) -> int:
    with merchant_scope(shop.shop.merchant.id):
        return ReferralGrant.objects.filter(merchant_id=shop.shop.merchant.id).count()


def test_eight_nights_at_once_grant_each_friend_once() -> None:
    shop, friends = shop_with_friends()
    assert outcomes(lambda _: shop.night(), 8) == Counter(ok=8)
    assert (grants(shop), wallet(shop, friends[0].referrer)) == (FRIENDS, FRIENDS * 20_000)
    with merchant_scope(shop.shop.merchant.id):
        assert verify(merchant=shop.shop.merchant) == []


def test_without_locks_and_keys_nights_grant_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: without locks and keys the test above fails."""
    shop, _ = shop_with_friends()
    monkeypatch.setattr(grant_operations, "lock_members", members_by_id)
    all_have_read = Meeting(8)

    def read_then_wait(merchant: Any, ids: Any) -> list[Referral]:
        found = qualified(merchant, ids)
        all_have_read.wait()
        return found

    monkeypatch.setattr(grant_operations, "lock_qualified", read_then_wait)
    with keys_off():
        outcomes(lambda _: shop.night(), 8)
        assert grants(shop) > FRIENDS
        forget(shop)


def qualified(merchant: Any, ids: Any) -> list[Referral]:
    """Do what the lock replaces: a look."""
    rows = Referral.objects.select_related("program").filter(
        merchant_id=merchant.id, id__in=list(ids), state="qualified"
    )
    return list(rows.order_by("id"))


@contextmanager
def keys_off() -> Iterator[None]:
    """The unique key of grants is gone meanwhile; as the owner, in this process's own test database."""
    owner = psycopg2.connect(settings.DATABASE_OWNER_URL, dbname=settings.DATABASES["default"]["NAME"])
    owner.autocommit = True
    with owner.cursor() as cursor:
        cursor.execute("ALTER TABLE rewards_referralgrant DROP CONSTRAINT referral_granted_once")
        try:
            yield
        finally:
            cursor.execute(
                "ALTER TABLE rewards_referralgrant "
                "ADD CONSTRAINT referral_granted_once UNIQUE (merchant_id, referral_id)"
            )
    owner.close()


def forget(shop: ReferringShop) -> None:
    """Takes the doubled grants away again, so that the key can come back; as the owner."""
    owner = psycopg2.connect(settings.DATABASE_OWNER_URL, dbname=settings.DATABASES["default"]["NAME"])
    with owner, owner.cursor() as cursor:
        cursor.execute(f"SET LOCAL app.merchant = '{shop.shop.merchant.id}'")
        cursor.execute("ALTER TABLE rewards_referralgrant DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM rewards_referralgrant WHERE merchant_id = %s", [str(shop.shop.merchant.id)])
        cursor.execute("ALTER TABLE rewards_referralgrant ENABLE TRIGGER USER")
    owner.close()


def test_a_refund_against_a_grant_leaves_nothing_behind() -> None:
    """Whichever is first: either nothing is granted, or it is taken back; never both kept and returned."""
    shop, friends = shop_with_friends()
    merchant = shop.shop.merchant

    def act(number: int) -> None:
        if number % 2:
            shop.night()
            return
        with merchant_scope(merchant.id):
            sold = friends[number // 2].sale
            void_sale(merchant=merchant, till=shop.shop.till, reference=str(sold.id), reason="", received_at=NOW)

    assert outcomes(act, FRIENDS * 2) == Counter(ok=FRIENDS * 2)
    assert wallet(shop, friends[0].referrer) == 0
    with merchant_scope(merchant.id):
        states = {shop.of(one).state for one in friends}
        assert states <= {ReferralState.JOINED, ReferralState.CLAWED_BACK}
        assert verify(merchant=merchant) == []


def test_first_sales_at_once_qualify_once() -> None:
    shop = open_referring_shop()
    merchant = shop.shop.merchant
    with merchant_scope(merchant.id):
        friend = shop.shop.join(referral_code=shop.shop.join().referral_code)
    drafts = [sale(line(1, 100_000), member=friend) for _ in range(8)]

    def buy(number: int) -> None:
        with merchant_scope(merchant.id):
            record_sale(merchant=merchant, till=shop.shop.till, draft=drafts[number], received_at=NOW)

    assert outcomes(buy, 8) == Counter(ok=8)
    with merchant_scope(merchant.id):
        assert ReferralMove.objects.filter(merchant_id=merchant.id, to_state="qualified").count() == 1
        assert verify(merchant=merchant) == []
    shop.night()
    assert grants(shop) == 1
