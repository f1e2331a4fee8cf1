"""Two records are joined while tills sell to both: no point is lost, and no two merges wait in a circle."""

from __future__ import annotations

from uuid import UUID

import pytest

from ledger.facts import Unit
from ledger.queries import balance
from loyalty.management.commands.verify import verification_modules
from members.queries import member, survivors_of
from merchants.facts import SYSTEM
from merchants.tenancy import merchant_scope
from people.operations import merge_members
from sales.models import Sale
from sales.operations import pricing_members, record_sale, refund_sale
from tests.races.together import outcomes, overlap
from tests.sales_shop import NOW, SellingShop, line, open_selling_shop, refund_of, sale

pytestmark = pytest.mark.usefixtures("real_commits")


def open_with(count: int = 2) -> tuple[SellingShop, list[UUID]]:
    shop = open_selling_shop()
    with merchant_scope(shop.merchant.id):
        return shop, [shop.join(name="Sari").id for _ in range(count)]


def sell(shop: SellingShop, member_id: UUID, reference: str = "R-1") -> None:
    draft = sale(line(1, 100_000), reference=reference, member_id=member_id)
    record_sale(merchant=shop.merchant, till=shop.till, draft=draft, received_at=NOW)


def merge(shop: SellingShop, survivor_id: UUID, merged_id: UUID) -> None:
    merge_members(merchant=shop.merchant, survivor_id=survivor_id, merged_id=merged_id, actor=SYSTEM, at=NOW)


def points_of(shop: SellingShop, member_ids: list[UUID]) -> list[int]:
    """Return what each has, after proving every invariant."""
    with merchant_scope(shop.merchant.id):
        found = [v for _, module in verification_modules() for v in module.verify(merchant=shop.merchant)]
        assert [v for v in found if v.invariant != "I11"] == []
        today = shop.merchant.day_of(NOW)
        return [
            balance(merchant=shop.merchant, owner_id=one, unit=Unit.POINTS, business_date=today, at=NOW).points_balance
            for one in member_ids
        ]


def test_a_sale_that_waits_for_the_merge_is_the_survivors() -> None:
    shop, [sari, again] = open_with()
    ended = overlap(shop.merchant.id, lambda: merge(shop, sari, again), lambda: sell(shop, again))
    assert ended == "ok"
    kept, merged = points_of(shop, [sari, again])
    assert (kept > 0, merged) == (True, 0)


def test_a_merge_that_waits_for_a_sale_takes_it_along() -> None:
    shop, [sari, again] = open_with()
    ended = overlap(shop.merchant.id, lambda: sell(shop, again), lambda: merge(shop, sari, again))
    assert ended == "ok"
    kept, merged = points_of(shop, [sari, again])
    assert (kept > 0, merged) == (True, 0)


def test_a_return_and_a_merge_do_not_wait_in_a_circle() -> None:
    shop, [sari, again] = open_with()
    with merchant_scope(shop.merchant.id):
        sell(shop, again)
    draft = refund_of(("1", 1))

    def give_back() -> None:
        refund_sale(merchant=shop.merchant, till=shop.till, reference="R-1", draft=draft, received_at=NOW)

    assert overlap(shop.merchant.id, lambda: merge(shop, sari, again), give_back) == "ok"
    assert points_of(shop, [sari, again]) == [0, 0]


def test_without_the_members_lock_only_the_guard_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the sale has looked before the merge was there, and earns for a record that is gone."""
    shop, [sari, again] = open_with()
    monkeypatch.setattr(pricing_members, "lock_member", member)
    ended = overlap(shop.merchant.id, lambda: merge(shop, sari, again), lambda: sell(shop, again))
    assert ended == "IntegrityError"
    assert points_of(shop, [sari, again]) == [0, 0]


def test_merges_crosswise_while_tills_sell_lose_no_point() -> None:
    shop, people = open_with(6)
    pairs = [(one, other) for one in people for other in people if one != other]

    def act(number: int) -> None:
        with merchant_scope(shop.merchant.id):
            if number % 2:
                merge(shop, *pairs[number * 7 % len(pairs)])
            else:
                sell(shop, people[number % len(people)], f"R-{number}")

    ended = outcomes(act, 40, workers=8)
    assert set(ended) <= {"ok", "merge_not_possible", "temporarily_unavailable"}, ended
    with merchant_scope(shop.merchant.id):
        earned = sum(Sale.objects.filter(merchant_id=shop.merchant.id).values_list("points_earned", flat=True))
        alive = set(survivors_of(merchant=shop.merchant, member_ids=people).values())
        assert Sale.objects.filter(merchant_id=shop.merchant.id).count() == 20
    assert len(alive) < len(people)
    assert sum(points_of(shop, sorted(alive))) == earned
    assert points_of(shop, [one for one in people if one not in alive]) == [0] * (len(people) - len(alive))
