"""Shops with buyers whose purchases are given by day and amount; what segments and nights are tested on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

from common.ids import new_id
from ledger.operations import open_accounts, open_house_accounts
from members.facts import EnrolDraft
from members.operations import enrol_many, open_default_tiers
from merchants.facts import SYSTEM, MerchantFacts
from merchants.operations import add_outlet, add_till, create_merchant
from merchants.tenancy import merchant_scope
from sales.models import Refund, Sale


@dataclass(frozen=True)
class BuyersShop:
    """A merchant with one outlet and one till."""

    merchant: MerchantFacts
    outlet_id: UUID
    till_id: UUID


def open_shop(
    name: str = "Kopi Senja",
    *,
    timezone: str = "Asia/Jakarta",
    at: datetime = datetime(2024, 1, 1, tzinfo=UTC),
    day_starts_at: time = time(0, 0),
) -> BuyersShop:
    """A merchant of its own each time; opens its scope."""
    merchant_id = new_id()
    with merchant_scope(merchant_id):
        merchant = create_merchant(
            merchant_id=merchant_id,
            name=f"{name} {uuid4().hex[:6]}",
            currency="IDR",
            timezone=timezone,
            language="id",
            at=at,
            settings={"day_starts_at": day_starts_at},
        )
        open_house_accounts(merchant=merchant)
        open_default_tiers(merchant=merchant)
        outlet = add_outlet(merchant=merchant, name="Pusat", timezone=timezone, at=at, actor=SYSTEM)
        till = add_till(merchant=merchant, outlet_id=outlet.id, name="Kasir 1", at=at, actor=SYSTEM)
    return BuyersShop(merchant, outlet.id, till)


def add_members(shop: BuyersShop, count: int, *, at: datetime = datetime(2024, 1, 1, tzinfo=UTC)) -> list[UUID]:
    """Members with points accounts, in the order of their ids. Needs the scope."""
    drafts = [
        EnrolDraft(name=f"Sari {n}", email=f"sari{n}-{uuid4().hex[:8]}@example.com", promo_consent=n % 2 == 0)
        for n in range(count)
    ]
    results = enrol_many(merchant=shop.merchant, drafts=drafts, at=at, business_date=at.date())
    ids = [result.member_id for result in results if result.member_id is not None]
    open_accounts(merchant=shop.merchant, owner_ids=ids)
    return sorted(ids)


def add_purchases(shop: BuyersShop, purchases: Mapping[UUID, Iterable[tuple[date, int]]], **columns: Any) -> list[UUID]:
    """Recorded sales of whole amounts. Needs the scope. Returns their ids in order."""
    rows = [
        sale_row(shop, member_id=member_id, on=day, amount=amount, **columns)
        for member_id, bought in purchases.items()
        for day, amount in bought
    ]
    Sale.objects.bulk_create(rows)
    return [row.id for row in rows]


def sale_row(shop: BuyersShop, *, member_id: UUID | None, on: date, amount: int, **columns: Any) -> Sale:
    at = datetime.combine(on, time(5), tzinfo=UTC)
    sale_id = new_id()
    return Sale(
        **{
            "merchant_id": shop.merchant.id,
            "id": sale_id,
            "till_id": shop.till_id,
            "outlet_id": shop.outlet_id,
            "reference": sale_id.hex,
            "request_fingerprint": b"\0" * 32,
            "member_id": member_id,
            "occurred_at": at,
            "received_at": at,
            "recorded_at": at,
            "business_date": on,
            "subtotal_amount": amount,
            "discount_amount": 0,
            "total_amount": amount,
            "payable_amount": amount,
            **columns,
        }
    )


def void_sale(shop: BuyersShop, sale_id: UUID, *, on: date) -> None:
    """The whole sale goes back, as `sales.operations.void_sale` leaves it in the tables. Needs the scope."""
    sale = Sale.objects.get(merchant_id=shop.merchant.id, id=sale_id)
    at = datetime.combine(on, time(6), tzinfo=UTC)
    Refund.objects.create(
        merchant_id=shop.merchant.id,
        sale_id=sale_id,
        till_id=sale.till_id,
        kind="void",
        refund_reference="void",
        request_fingerprint=b"\0" * 32,
        occurred_at=at,
        received_at=at,
        business_date=on,
        amount=sale.total_amount,
        goods_amount=sale.total_amount,
        points_reversed=0,
        points_returned=0,
        points_balance=0,
    )
    Sale.objects.filter(merchant_id=shop.merchant.id, id=sale_id).update(
        status="voided", refunded_amount=sale.total_amount
    )


def days_before(day: date, *numbers: int, amount: int = 10_000) -> Sequence[tuple[date, int]]:
    """Return purchases of one amount, that many days before `day`."""
    return [(day - timedelta(days=number), amount) for number in numbers]
