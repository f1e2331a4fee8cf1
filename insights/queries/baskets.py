"""Past baskets under a draft: a bounded sample, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from insights.facts import BasketFinding, BasketReport, DiscountLimits, PastBasket
from insights.models import DiscountLimit
from insights.rules.baskets import DraftLook, look_at_draft, look_at_program
from members.facts import MemberFacts
from members.queries import members_by_id
from members.rules import birth_date_for_offers, segment_for_offers
from merchants.facts import MerchantFacts
from merchants.queries import all_outlets
from products.queries import cost_book, product_names
from rewards.engine.facts import Definition, MemberState
from rewards.promotions.queries import engine_settings, live_promotions
from sales.facts import PastReceipt
from sales.queries import latest_receipts

SAMPLE: Final = 2_000
"""Receipts looked at: some weeks of a busy shop, under a second of one core."""


def discount_limits(*, merchant: MerchantFacts) -> DiscountLimits:
    row = DiscountLimit.objects.filter(merchant_id=merchant.id).first()
    return DiscountLimits(row.of_sales, row.of_basket, row.of_visits) if row else DiscountLimits()


def lint_baskets(
    *,
    merchant: MerchantFacts,
    candidate: Definition | None,
    at: datetime,
    replaces: UUID | None = None,
    sample: int = SAMPLE,
) -> BasketReport:
    """Return what the last `sample` receipts say of the promotions live at `at`, or of what `candidate` changes in it.

    `replaces`: the promotion whose next version the candidate would be; it is compared with that version.
    Members count as they are today. Writes nothing; eight statements whatever the sample.
    """
    today = merchant.day_of(at)
    receipts = latest_receipts(merchant=merchant, until=today, limit=sample)
    rules = list(live_promotions(merchant=merchant, at=at))
    replaced = next((rule for rule in rules if rule.id == str(replaces)), None)
    live = [rule for rule in rules if rule is not replaced]
    if candidate is not None:
        rules.append(candidate)
    baskets = _load_baskets(merchant, receipts)
    settings, limits = engine_settings(merchant, rules), discount_limits(merchant=merchant)
    costs = cost_book(merchant=merchant)
    if candidate is not None:
        look = look_at_draft(
            baskets,
            candidate=candidate,
            live=live,
            settings=settings,
            limits=limits,
            costs=costs,
            today=today,
            replaced=replaced,
        )
    else:
        findings = look_at_program(baskets, live=live, settings=settings, limits=limits, costs=costs)
        newest_first = [receipt.business_date for receipt in receipts]
        spread = (newest_first[-1], newest_first[0]) if newest_first else (None, None)
        look = DraftLook(findings, len(receipts), 0, *spread)
    named = [sku for finding in look.findings for sku in _skus_of(finding)]
    return BasketReport(
        receipts=look.tried,
        oldest_on=look.first_on,
        newest_on=look.last_on,
        findings=look.findings,
        titles={rule.id: rule.title for rule in rules},
        products=product_names(merchant=merchant, skus=named),
        sample=len(receipts),
        touched=look.touched,
        added_amount=look.added_amount,
        added_points=look.added_points,
    )


def _skus_of(finding: BasketFinding) -> list[str]:
    single = [finding.figures["sku"]] if "sku" in finding.figures else []
    return [*single, *(sku for sku, _name in finding.figures.get("named", ()))]


def _load_baskets(merchant: MerchantFacts, receipts: Sequence[PastReceipt]) -> list[PastBasket]:
    zones = {str(outlet.id): ZoneInfo(outlet.timezone) for outlet in all_outlets(merchant=merchant)}
    ids = {UUID(receipt.member_id) for receipt in receipts if receipt.member_id is not None}
    people = {str(key): found for key, found in members_by_id(merchant=merchant, member_ids=sorted(ids)).items()}
    return [
        PastBasket(
            receipt,
            _state_at_receipt(people[receipt.member_id], receipt) if receipt.member_id is not None else None,
            receipt.occurred_at.astimezone(zones[receipt.outlet_id]),
        )
        for receipt in receipts
    ]


def _state_at_receipt(member: MemberFacts, receipt: PastReceipt) -> MemberState:
    """Return today's member; only a first purchase is still seen as one."""
    first = member.first_purchase_at is None or member.first_purchase_at >= receipt.occurred_at
    segment = segment_for_offers(member, on=receipt.business_date)
    return MemberState(
        id=str(member.id),
        tier=member.tier.code if member.tier else None,
        segments=frozenset({segment} if segment else ()),
        birth_date=birth_date_for_offers(member, on=receipt.business_date),
        purchase_count=0 if first else member.purchase_count,
        referred=member.referred,
    )
