"""A member's cap of points that many tills want at once, with and without its guards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import psycopg2
import pytest
from django.conf import settings

from ledger.facts import Balance
from merchants.tenancy import merchant_scope
from rewards.invariants import verify
from rewards.promotions.models import PointsTake, PointsTally
from rewards.promotions.operations import point_caps
from sales.operations import record_sale
from tests.races.test_promotion_limits import OnePerson, check, nothing_moved, offer, without_lock
from tests.races.together import Meeting, outcomes
from tests.sales_shop import NOW, SellingShop, open_selling_shop

pytestmark = pytest.mark.usefixtures("real_commits")
CAP, BONUS, BUYERS = 100, 30, 12


class Earning(OnePerson):
    """The same member at every till; `given` are the points of each sale."""

    def buy(self, draft: Any) -> None:
        with merchant_scope(self.shop.merchant.id):
            sold = record_sale(merchant=self.shop.merchant, till=self.shop.till, draft=draft, received_at=NOW)
        self.given.append(sum(e.points for e in sold.sale.outcome.earned if e.title == "Promo"))


def bonus(shop: SellingShop) -> None:
    offer(shop, kind="earn_bonus", value=None, points=BONUS, points_cap={"per_member_day": CAP})


def tally(shop: SellingShop) -> int:
    with merchant_scope(shop.merchant.id):
        return PointsTally.objects.get(merchant_id=shop.merchant.id).used_points


def test_a_cap_that_many_tills_want_gives_exactly_the_cap() -> None:
    shop = open_selling_shop()
    bonus(shop)
    buy = Earning(shop)
    assert outcomes(buy, BUYERS) == Counter(ok=BUYERS)
    assert sum(buy.given) == tally(shop) == CAP
    check(shop)


def test_without_the_members_lock_the_guarded_update_still_holds_the_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = open_selling_shop()
    bonus(shop)
    without_locks(monkeypatch)
    buy = Earning(shop)
    outcomes(buy, BUYERS)
    assert sum(buy.given) == tally(shop) <= CAP
    check(shop)


def test_without_lock_guard_and_check_a_cap_is_overrun(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = open_selling_shop()
    bonus(shop)
    without_locks(monkeypatch)
    unguarded = point_caps._UP.partition("WHERE t.used_points")[0]
    assert unguarded != point_caps._UP
    monkeypatch.setattr(point_caps, "_UP", unguarded)
    buy = Earning(shop)
    with tally_unchecked():
        outcomes(buy, BUYERS)
        assert sum(buy.given) > CAP
        with merchant_scope(shop.merchant.id):
            assert "I14" in {found.invariant for found in verify(merchant=shop.merchant)}
            PointsTake.objects.filter(merchant_id=shop.merchant.id).delete()
            PointsTally.objects.filter(merchant_id=shop.merchant.id).delete()


def without_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing makes the sales of one member take turns; they take once all have looked."""
    taken, all_have_looked = point_caps.release_lapsed_points, Meeting(BUYERS)

    def take_together(**given: Any) -> None:
        all_have_looked.wait()
        taken(**given)

    monkeypatch.setattr("rewards.promotions.operations.limits.release_lapsed_points", take_together)
    monkeypatch.setattr("sales.operations.pricing_members.lock_member", without_lock)
    monkeypatch.setattr("sales.operations.recorded_sales.post_points", nothing_moved)
    monkeypatch.setattr("sales.operations.recorded_sales.apply_member_purchase", lambda sale: None)
    monkeypatch.setattr("sales.operations.pricing_money.lock_accounts", unlocked_accounts)


def unlocked_accounts(*, owner_ids: list[UUID], **_: Any) -> dict[UUID, Any]:
    return {owner_id: SimpleNamespace(balance=Balance(), has_wallet=False) for owner_id in owner_ids}


@contextmanager
def tally_unchecked() -> Iterator[None]:
    """The row's own check is gone meanwhile; as the owner, in this process's own test database."""
    table, name = "rewards_pointstally", "points_tally_within_limit"
    owner = psycopg2.connect(settings.DATABASE_OWNER_URL, dbname=settings.DATABASES["default"]["NAME"])
    owner.autocommit = True
    with owner.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        try:
            yield
        finally:
            cursor.execute(
                f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK (points_limit >= used_points + reserved_points)"
            )
    owner.close()
