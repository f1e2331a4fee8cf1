"""Coupons given out: batches, one coupon per member of a campaign, single ones; cancelled and expired."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db.models import F

from common.errors import Missing, Refusal
from common.ids import new_id
from common.secrets import decrypt, encrypt, keyed_hash, new_typed_code
from merchants.facts import SYSTEM, Actor, MerchantFacts
from merchants.operations import lock_merchant, record_audit
from merchants.rules import is_above
from rewards.coupons.models import Coupon, CouponBatch
from rewards.coupons.rules import most_cost, validity
from rewards.promotions.operations import create_promotion

UNLIMITED: Final = 2_147_483_647
"""`max_uses` of a code that anybody may use any number of times."""


class CouponsNeedApproval(Refusal):
    """The codes may cost more than one person may give away alone: `most` (None: any amount) and `limit`."""

    code = "coupons_need_approval"


class Bound(NamedTuple):
    """What codes may cost in all (None: any amount), and what one person may make alone (None: any)."""

    most_cost_amount: int | None = None
    limit_amount: int | None = None


ISSUE_BATCH: Final = 2_000
"""Codes per INSERT: 2,000 take about a third of a second, most of it encryption."""


def create_coupon_batch(
    *,
    merchant: MerchantFacts,
    title: str,
    definition: Mapping[str, Any],
    at: datetime,
    valid_days: int | None = None,
    valid_until: date | None = None,
    max_uses: int = 1,
    per_member_limit: int | None = None,
    actor: Actor = SYSTEM,
    batch_id: UUID | None = None,
    promotion_id: UUID | None = None,
    kind: str = "issued",
    ordered: int = 0,
    job_id: UUID | None = None,
    approval_id: UUID | None = None,
) -> UUID:
    """Create an offer (engine definition without code) that acts only with this batch's codes.

    Codes and shared ones above what one person may make alone need the approval of another. Raises BadInput and
    CouponsNeedApproval.
    """
    bound = Bound() if kind == "issued" else _check_bound(merchant, definition, ordered, max_uses, approval_id)
    full: dict[str, Any] = {"title": title, **definition}
    full["when"] = {**full.get("when", {}), "code": True}
    if per_member_limit:
        full["usage"] = {**full.get("usage", {}), "per_member_limit": per_member_limit}
    promotion_id = create_promotion(
        merchant=merchant,
        definition=full,
        starts_at=at,
        at=at,
        actor=actor,
        needs_coupon=True,
        promotion_id=promotion_id,
    )
    return CouponBatch.objects.create(
        merchant_id=merchant.id,
        id=batch_id or new_id(),
        promotion_id=promotion_id,
        title=title,
        max_uses=max_uses,
        valid_days=valid_days,
        valid_until=valid_until,
        created_at=at,
        kind=kind,
        ordered=ordered,
        job_id=job_id,
        state="partial" if ordered else "ready",
        most_cost_amount=bound.most_cost_amount,
        alone_limit_amount=bound.limit_amount,
        approval_id=approval_id,
    ).id


def _check_bound(
    merchant: MerchantFacts, definition: Mapping[str, Any], ordered: int, max_uses: int, approval_id: UUID | None
) -> Bound:
    """Return what the codes may cost beside the limit as it is now, which stays until the codes are written."""
    limit = lock_merchant(merchant=merchant).coupons_alone_amount
    uses = None if max_uses == UNLIMITED else max_uses * max(ordered, 1)
    bound = Bound(most_cost(definition, uses=uses), limit)
    if approval_id is None and is_above(limit, bound.most_cost_amount):
        raise CouponsNeedApproval(most=bound.most_cost_amount, limit=limit)
    return bound


def issue_coupons(
    *,
    merchant: MerchantFacts,
    batch_id: UUID,
    member_ids: Sequence[UUID],
    source_id: UUID,
    at: datetime,
    valid_from: date,
    valid_until: date | None = None,
    occasion_key: str = "",
) -> dict[UUID, tuple[UUID, str]]:
    """Issue a bound coupon per member from one source on one occasion: member id -> (coupon id, code).

    Set-based; called again it returns the coupons that exist. Without `valid_until` the batch's own rule applies.
    """
    batch = _find_batch(merchant, batch_id)
    last_day = valid_until or validity(
        valid_from=valid_from, valid_days=batch.valid_days, valid_until=batch.valid_until
    )
    for start in range(0, len(member_ids), ISSUE_BATCH):
        Coupon.objects.bulk_create(
            [
                new_coupon(
                    merchant,
                    batch,
                    member_id=member_id,
                    source_id=source_id,
                    at=at,
                    days=(valid_from, last_day),
                    occasion_key=occasion_key,
                )
                for member_id in member_ids[start : start + ISSUE_BATCH]
            ],
            ignore_conflicts=True,
        )
    rows = Coupon.objects.filter(
        merchant_id=merchant.id, source_id=source_id, occasion_key=occasion_key, member_id__in=list(member_ids)
    ).values_list("member_id", "id", "code_encrypted")
    return {member_id: (coupon_id, decrypt(code)) for member_id, coupon_id, code in rows if member_id is not None}


def issue_coupon(
    *,
    merchant: MerchantFacts,
    batch_id: UUID,
    member_id: UUID | None,
    source_id: UUID | None,
    at: datetime,
    today: date,
) -> UUID:
    """Issue one coupon of a batch, bound to a member or free. Raises Missing('coupon_batch_not_found')."""
    batch = _find_batch(merchant, batch_id)
    last_day = validity(valid_from=today, valid_days=batch.valid_days, valid_until=batch.valid_until)
    row = new_coupon(merchant, batch, member_id=member_id, source_id=source_id, at=at, days=(today, last_day))
    row.save(force_insert=True)
    if batch.kind == "codes":
        # One more than was ordered: of such a batch the codes that exist are counted.
        CouponBatch.objects.filter(merchant_id=merchant.id, id=batch.id).update(
            ordered=F("ordered") + 1, made=F("made") + 1
        )
    return row.id


def cancel_coupons(*, merchant: MerchantFacts, source_id: UUID, at: datetime, actor: Actor) -> int:
    """Void every unused coupon of a source; used ones stay used. Return how many."""
    cancelled = Coupon.objects.filter(merchant_id=merchant.id, source_id=source_id, state="issued", committed=0).update(
        state="cancelled"
    )
    record_audit(
        merchant=merchant,
        actor=actor,
        action="coupons.cancelled",
        at=at,
        subject=("source", source_id),
        after={"coupons": cancelled},
    )
    return cancelled


def set_coupon_state(*, merchant: MerchantFacts, coupon_id: UUID, state: str, at: datetime, actor: Actor) -> None:
    """Block a single coupon, lift the block ("issued") or cancel it for good; past uses stay.

    Raises Missing('coupon_not_found') and Refusal('coupon_state_final') for one that was cancelled.
    """
    row = Coupon.objects.select_for_update().filter(merchant_id=merchant.id, id=coupon_id).first()
    if row is None:
        raise Missing("coupon_not_found")
    if row.state == "cancelled" or (state == "issued" and row.state != "blocked"):
        raise Refusal("coupon_state_final")
    Coupon.objects.filter(merchant_id=merchant.id, id=coupon_id).update(state=state)
    record_audit(
        merchant=merchant,
        actor=actor,
        action="coupon.state_set",
        at=at,
        subject=("coupon", coupon_id),
        before={"state": row.state},
        after={"state": state},
    )


def record_codes_read(
    *, merchant: MerchantFacts, batch_id: UUID, way: str, codes: int, at: datetime, actor: Actor
) -> None:
    """Record in the audit trail who took the codes of a batch: `way` is "printed" or "downloaded"."""
    record_audit(
        merchant=merchant,
        actor=actor,
        action=f"coupons.{way}",
        at=at,
        subject=("coupon_batch", batch_id),
        after={"codes": codes},
    )


def expire_coupons(*, merchant: MerchantFacts, business_date: date, after: UUID | None, limit: int) -> UUID | None:
    """Mark coupons whose last day is over, at night; only tidying up, an overdue coupon is unusable anyway.

    A day late: hours of the last day may go on past midnight, and past this step.
    """
    due = Coupon.objects.filter(merchant_id=merchant.id, state="issued", valid_until__lt=business_date)
    if after is not None:
        due = due.filter(id__gt=after)
    ids = list(due.order_by("id").values_list("id", flat=True)[:limit])
    if ids:
        Coupon.objects.filter(merchant_id=merchant.id, id__in=ids, state="issued").update(state="expired")
    return ids[-1] if len(ids) == limit else None


def _find_batch(merchant: MerchantFacts, batch_id: UUID) -> CouponBatch:
    batch = CouponBatch.objects.filter(merchant_id=merchant.id, id=batch_id).first()
    if batch is None:
        raise Missing("coupon_batch_not_found")
    return batch


def new_coupon(
    merchant: MerchantFacts,
    batch: CouponBatch,
    *,
    member_id: UUID | None,
    source_id: UUID | None,
    at: datetime,
    days: tuple[date, date | None],
    sale_id: UUID | None = None,
    occasion_key: str = "",
) -> Coupon:
    """Make a coupon with a fresh code, not saved yet; `sale_id` is the sale that brings it."""
    code = new_typed_code()
    return Coupon(
        merchant_id=merchant.id,
        id=new_id(),
        batch_id=batch.id,
        member_id=member_id,
        source_id=source_id,
        occasion_key=occasion_key,
        code_hmac=keyed_hash(merchant.id, code),
        code_encrypted=encrypt(code),
        max_uses=batch.max_uses,
        valid_from=days[0],
        valid_until=days[1],
        issued_at=at,
        issued_sale_id=sale_id,
    )
