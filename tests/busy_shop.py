"""A shop of every kind of sale, to simulate."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from insights.facts import Base, Change, ChangeKind, ScenarioInputs
from insights.operations import create_scenario
from insights.queries import scenario
from members.facts import MemberFacts
from merchants.facts import SYSTEM, JobState
from merchants.tasks import run_jobs
from merchants.tenancy import merchant_scope
from rewards.coupons.operations import create_coupon_batch, issue_coupon
from rewards.coupons.queries import coupon_by_id
from rewards.engine import validate_definition
from rewards.promotions.operations import create_promotion, publish_version
from rewards.promotions.queries import live_promotions
from sales.facts import LineDraft
from sales.models import Sale, SaleLine
from sales.operations import record_sale, refund_sale
from tests.sales_shop import NOW, SellingShop, line, open_selling_shop, refund_of, sale

FIRST = date(2026, 3, 1)
LAST = date(2026, 4, 30)


def sell(shop: SellingShop, at: datetime, *lines: LineDraft, member: MemberFacts | None = None, **fields: Any) -> Any:
    with merchant_scope(shop.merchant.id):
        draft = sale(*lines, member=member, **fields)
        return record_sale(merchant=shop.merchant, till=shop.till, draft=draft, received_at=at).sale


def promote(shop: SellingShop, **definition: Any) -> UUID:
    with merchant_scope(shop.merchant.id):
        return create_promotion(
            merchant=shop.merchant, definition=definition, starts_at=NOW - timedelta(days=30), at=NOW
        )


def simulate(shop: SellingShop, *changes: Change, base: Base = Base.HISTORY, **fields: Any) -> dict[str, Any]:
    inputs = ScenarioInputs(
        **{"title": "Uji", "base": base, "changes": changes or (NOTHING,), "first_on": FIRST, "last_on": LAST, **fields}
    )
    later = NOW + timedelta(days=90)
    with merchant_scope(shop.merchant.id):
        made = create_scenario(merchant=shop.merchant, inputs=inputs, at=later, actor=SYSTEM)
    assert run_jobs(merchant=shop.merchant, clock=lambda: later) == 1
    with merchant_scope(shop.merchant.id):
        found = scenario(merchant=shop.merchant, scenario_id=made)
    assert found.job.state is JobState.DONE
    assert found.result is not None
    return found.result.to_json()


# A change that changes nothing: a promotion for goods that are never sold.
NOTHING = Change(
    ChangeKind.ADD,
    definition=validate_definition(
        {"id": "nothing", "title": "Nothing", "kind": "percent_off", "value": 1, "filter": {"skus": ["NOBODY"]}}
    ),
)


def earning_rule(shop: SellingShop) -> Any:
    with merchant_scope(shop.merchant.id):
        return next(r for r in live_promotions(merchant=shop.merchant, at=NOW) if r.kind == "earn")


def doubled(shop: SellingShop) -> Change:
    rule = earning_rule(shop)
    source = {**rule.to_json(), "per_amount": {"spend": 10_000, "points": 2}}
    return Change(ChangeKind.REPLACE, rule.id, validate_definition(source))


def open_busy_shop() -> SellingShop:
    """Make two months of everything a till does: discounts, limits, tiers, coupons, points, returns, versions."""
    shop = open_selling_shop()
    promote(shop, title="Kopi 10%", kind="percent_off", value="10", filter={"skus": ["KOPI"]})
    promote(shop, title="Silver", kind="amount_off", value=5_000, when={"tiers_any": ["silver"]}, group="t")
    promote(shop, title="Sekali", kind="amount_off", value=3_000, usage={"per_member_limit": 1})
    promote(shop, title="Tiga kali", kind="amount_off", value=1_000, usage={"limit": 3})
    promote(
        shop,
        title="Hemat",
        kind="percent_off",
        value=5,
        budget={"type": "spend", "limit": 9_000, "on_exceed": "trim"},
        when={"weekdays": [6, 7]},
    )
    promote(shop, title="Pertama", kind="earn_bonus", points=7, when={"first_purchase": True})
    promote(shop, title="Kembali", kind="cashback", percent="2", credit="wallet", when={"members_only": True})
    promote(
        shop,
        title="Tas",
        kind="gift_line",
        gift={"sku": "TAS", "name": "Tas", "qty": 1, "list_amount": 40_000},
        when={"min_subtotal": 300_000},
    )
    with merchant_scope(shop.merchant.id):
        people = [shop.join(name=name) for name in ("Ani", "Budi", "Citra")]
        batch = create_coupon_batch(
            merchant=shop.merchant, title="Kupon", definition={"kind": "percent_off", "value": 20}, at=NOW
        )
        code = coupon_by_id(
            merchant=shop.merchant,
            at=NOW,
            today=NOW.date(),
            coupon_id=issue_coupon(
                merchant=shop.merchant, batch_id=batch, member_id=None, source_id=None, at=NOW, today=NOW.date()
            ),
        ).code
    version_at = NOW + timedelta(days=20, hours=1)
    for day in range(40):
        at = NOW + timedelta(days=day)
        member = people[day % 3]
        if day == 20:
            with merchant_scope(shop.merchant.id):
                rule = earning_rule_now(shop, at)
                publish_version(
                    merchant=shop.merchant,
                    promotion_id=UUID(rule.id),
                    starts_at=version_at,
                    at=at,
                    actor=SYSTEM,
                    definition={**rule.to_json(), "per_amount": {"spend": 5_000, "points": 1}},
                )
        sold = sell(
            shop,
            at,
            line(1, 60_000 + 1_000 * day, 1 + day % 4, sku="KOPI"),
            line(2, 12_500, 2, sku="TEH"),
            member=member,
            coupon_codes=(code,) if day == 5 else (),
            redeem_points=10 if day in {15, 31} else 0,
        )
        sell(shop, at + timedelta(hours=3), line(1, 33_000, sku="KOPI"))
        if day in {7, 22}:
            with merchant_scope(shop.merchant.id):
                refund_sale(
                    merchant=shop.merchant,
                    till=shop.till,
                    reference=sold.reference,
                    draft=refund_of(("2", 1)),
                    received_at=at + timedelta(hours=1),
                )
    return shop


def earning_rule_now(shop: SellingShop, at: datetime) -> Any:
    return next(r for r in live_promotions(merchant=shop.merchant, at=at) if r.kind == "earn")


def really_given(shop: SellingShop, first: date = FIRST, last: date = LAST) -> dict[str, int]:
    """Return what lines kept, and points and cashback less what was taken back: goods that came back do not count."""
    with merchant_scope(shop.merchant.id):
        rows = Sale.objects.filter(merchant_id=shop.merchant.id, business_date__range=(first, last))
        sales = list(rows.exclude(status="voided"))
        lines = SaleLine.objects.filter(merchant_id=shop.merchant.id, sale_id__in=[s.id for s in sales])
        back = sum(line.unit_amount * line.returned_quantity for line in lines)
    net = sum(s.total_amount - s.refunded_amount for s in sales)
    subtotal = sum(s.subtotal_amount for s in sales) - back
    return {
        "receipts": len(sales),
        "subtotal_amount": subtotal,
        "discount_amount": subtotal - net,
        "points": sum(s.points_earned - s.points_reversed for s in sales),
        "points_used": sum(s.points_redeemed - s.points_returned for s in sales),
        "cashback_amount": sum(s.cashback_earned_amount - s.cashback_reversed_amount for s in sales),
    }


def asked(shop: SellingShop) -> UUID:
    with merchant_scope(shop.merchant.id):
        inputs = ScenarioInputs("Uji", Base.TODAY, (NOTHING,), FIRST, LAST)
        return create_scenario(merchant=shop.merchant, inputs=inputs, at=NOW, actor=SYSTEM)
