"""The reward catalogue: rewards added, changed, retired, and their pieces counted. Each leaves an audit entry.

A change of price or limits touches only redemptions after it: what was redeemed keeps the points it cost.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, Sum

from common.errors import BadInput, FieldError, Missing, Refusal
from common.ids import new_id
from common.quantities import MAX_AMOUNT
from merchants.facts import SYSTEM, Actor, MerchantFacts
from merchants.operations import record_audit
from rewards.catalogue.facts import Handover, RewardDraft
from rewards.catalogue.models import Redemption, Reward, StockMovement
from rewards.catalogue.queries import draft_of
from rewards.coupons.models import CouponBatch
from rewards.promotions.models import Partner

MOST_POINTS: Final = 2_147_483_647
MOST_PIECES: Final = 1_000_000


class StockBelowReserved(Refusal):
    """Fewer pieces were counted than are held or wait to be handed over; `needed` are those."""

    code = "stock_below_reserved"


def add_reward(
    *, merchant: MerchantFacts, at: datetime, actor: Actor = SYSTEM, stock: int | None = None, **fields: Any
) -> UUID:
    """Add a reward to the catalogue; `fields` are those of `RewardDraft`. `stock` None is without limit.

    Raises BadInput, Refusal('name_taken').
    """
    draft = RewardDraft(**fields)
    _check_draft(merchant, draft)
    _require_free_title(merchant, draft.title)
    row = Reward(merchant_id=merchant.id, id=new_id(), stock=stock, created_at=at, **_column_values(draft))
    row.save(force_insert=True)
    if stock:
        move_stock(merchant, row, change=stock, kind="opening", at=at, actor=actor)
    _audit_reward(merchant, row.id, "reward.added", at=at, actor=actor, after={**_audit_values(draft), "stock": stock})
    return row.id


def change_reward(*, merchant: MerchantFacts, reward_id: UUID, draft: RewardDraft, at: datetime, actor: Actor) -> None:
    """Write the reward again, stock and picture apart. Raises Missing('reward_not_found'), BadInput, 'name_taken'."""
    row = lock_reward(merchant, reward_id)
    _check_draft(merchant, draft)
    if row.is_active and draft.title != row.title:
        _require_free_title(merchant, draft.title)
    was, now = _audit_values(draft_of(row)), _audit_values(draft)
    changed = sorted(name for name in now if now[name] != was[name])
    if not changed:
        return
    for name, value in _column_values(draft).items():
        setattr(row, name, value)
    row.save(update_fields=list(_column_values(draft)))
    _audit_reward(
        merchant,
        row.id,
        "reward.changed",
        at=at,
        actor=actor,
        before={name: was[name] for name in changed},
        after={name: now[name] for name in changed},
    )


def retire_reward(*, merchant: MerchantFacts, reward_id: UUID, at: datetime, actor: Actor) -> None:
    """Retire a reward: it cannot be taken any more, what was redeemed stays as it is. Again, it changes nothing."""
    _set_active(merchant, reward_id, active=False, at=at, actor=actor)


def offer_reward_again(*, merchant: MerchantFacts, reward_id: UUID, at: datetime, actor: Actor) -> None:
    """Offer a retired reward again. Raises Refusal('name_taken') when another has its title meanwhile."""
    _set_active(merchant, reward_id, active=True, at=at, actor=actor)


def restock_reward(*, merchant: MerchantFacts, reward_id: UUID, pieces: int, at: datetime, actor: Actor) -> int:
    """Add new pieces; return what can be taken now. Raises BadInput for a reward without a stock."""
    row = lock_reward(merchant, reward_id)
    if row.stock is None:
        raise BadInput([FieldError("pieces", "no_stock", "This reward has no stock. Count its pieces first.")])
    _require_pieces("pieces", pieces, least=1, most=MOST_PIECES - row.stock)
    move_stock(merchant, row, change=pieces, kind="restock", at=at, actor=actor)
    row.stock += pieces
    row.save(update_fields=["stock"])
    _audit_reward(
        merchant, row.id, "reward.restocked", at=at, actor=actor, after={"pieces": pieces, "stock": row.stock}
    )
    return row.stock


def correct_stock(
    *, merchant: MerchantFacts, reward_id: UUID, counted: int | None, reason: str, at: datetime, actor: Actor
) -> int | None:
    """Set the stock to what is on the shelf; None: no limit from now on. Return what can be taken now.

    Pieces that are held or wait to be handed over are on the shelf too, so fewer cannot be right:
    raises StockBelowReserved(needed, measured). Raises BadInput without a reason.
    """
    if not reason.strip():
        raise BadInput([FieldError("reason", "required", "Say why the count is corrected.")])
    row = lock_reward(merchant, reward_id)
    before = row.stock
    if counted is not None:
        _require_pieces("counted", counted, least=0, most=MOST_PIECES)
    reserved = reserved_pieces(merchant, reward_id) if counted is not None else 0
    if counted is not None and counted < reserved:
        raise StockBelowReserved(needed=reserved, measured=counted)
    row.stock = None if counted is None else counted - reserved
    change = (row.stock or 0) - (before or 0)
    if change:
        move_stock(merchant, row, change=change, kind="correction", at=at, actor=actor, reason=reason)
    row.save(update_fields=["stock"])
    _audit_reward(
        merchant,
        row.id,
        "reward.stock_corrected",
        at=at,
        actor=actor,
        before={"stock": before},
        after={"stock": row.stock, "counted": counted},
        reason=reason.strip()[:200],
    )
    return row.stock


# --- for the other operations on rewards -------------------------------------------------------------------------


def lock_reward(merchant: MerchantFacts, reward_id: UUID) -> Reward:
    """Return the row, locked, retired or not. Raises Missing('reward_not_found')."""
    row = Reward.objects.select_for_update().filter(merchant_id=merchant.id, id=reward_id).first()
    if row is None:
        raise Missing("reward_not_found")
    return row


def reserved_pieces(merchant: MerchantFacts, reward_id: UUID) -> int:
    """Return the pieces that are promised but still on the shelf: held, or waiting to be handed over or sent."""
    waiting = Redemption.objects.filter(merchant_id=merchant.id, reward_id=reward_id).filter(
        Q(status="held") | Q(fulfilment__in=["requested", "ready"])
    )
    return int(waiting.aggregate(pieces=Sum("quantity"))["pieces"] or 0)


def move_stock(
    merchant: MerchantFacts,
    row: Reward,
    *,
    change: int,
    kind: str,
    at: datetime,
    actor: Actor = SYSTEM,
    redemption_id: UUID | None = None,
    reason: str = "",
) -> None:
    """Write down why the stock changes; the caller, who has the row locked, changes it."""
    StockMovement.objects.create(
        merchant_id=merchant.id,
        reward_id=row.id,
        kind=kind,
        change=change,
        redemption_id=redemption_id,
        reason=reason.strip()[:200],
        actor_id=actor.user_id,
        actor_label=actor.label,
        at=at,
    )


# --- checks ------------------------------------------------------------------------------------------------------


def _check_draft(merchant: MerchantFacts, draft: RewardDraft) -> None:
    problems = [FieldError(name, code, words) for name, code, words, wrong in _list_conditions(draft) if wrong]
    funding = draft.funding
    if funding is not None:
        if not Partner.objects.filter(merchant_id=merchant.id, id=funding.partner_id).exists():
            problems.append(FieldError("partner_id", "unknown_partner", "You have no partner of this id."))
        if (funding.basis_points is None) == (funding.unit_amount is None):
            problems.append(FieldError("percent", "not_one_way", "Give either a percentage or an amount per piece."))
    batch_id = draft.batch_id
    if batch_id is not None and not CouponBatch.objects.filter(merchant_id=merchant.id, id=batch_id).exists():
        problems.append(FieldError("batch_id", "unknown_batch", "You have no coupon batch of this id."))
    if problems:
        raise BadInput(problems)


def _list_conditions(draft: RewardDraft) -> list[tuple[str, str, str, bool]]:
    """Return (field, code, words, whether it is wrong)."""
    cost, funding = draft.unit_cost_amount, draft.funding
    per_piece = funding.unit_amount if funding else None
    return [
        ("title", "required", "Give the reward a name.", not draft.title.strip() or len(draft.title) > 120),
        ("points", "range", "Give a whole number of points above 0.", not 0 < draft.points <= MOST_POINTS),
        ("unit_cost_amount", "range", "Give an amount of 0 or more.", cost is not None and not 0 <= cost <= MAX_AMOUNT),
        (
            "per_member_limit",
            "range",
            "Give a number above 0.",
            draft.per_member_limit is not None and not 0 < draft.per_member_limit <= MOST_PIECES,
        ),
        (
            "period_days",
            "required",
            "Say within how many days the limit holds.",
            (draft.period_limit is None) != (draft.period_days is None),
        ),
        (
            "period_limit",
            "range",
            "Give a number above 0, and 1 to 366 days.",
            draft.period_limit is not None
            and draft.period_days is not None
            and not (0 < draft.period_limit <= MOST_PIECES and 1 <= draft.period_days <= 366),
        ),
        (
            "valid_until",
            "ends_before_start",
            "The last day is before the first day.",
            bool(draft.valid_from and draft.valid_until and draft.valid_until < draft.valid_from),
        ),
        (
            "handover",
            "coupon_is_digital",
            "A coupon is handed over at once.",
            draft.batch_id is not None and draft.handover is not Handover.AT_ONCE,
        ),
        (
            "percent",
            "range",
            "Give a percentage above 0 and up to 100.",
            funding is not None and funding.basis_points is not None and not 0 < funding.basis_points <= 10_000,
        ),
        (
            "percent",
            "cost_unknown",
            "A percentage of the cost needs the cost per piece.",
            funding is not None and funding.basis_points is not None and cost is None,
        ),
        (
            "per_piece_amount",
            "above_cost",
            "A partner pays at most what a piece costs.",
            per_piece is not None and not 0 < per_piece <= (MAX_AMOUNT if cost is None else cost),
        ),
    ]


def _require_free_title(merchant: MerchantFacts, title: str) -> None:
    if Reward.objects.filter(merchant_id=merchant.id, title=title, is_active=True).exists():
        raise Refusal("name_taken", name=title)


def _require_pieces(name: str, pieces: int, *, least: int, most: int) -> None:
    if not least <= pieces <= most:
        raise BadInput([FieldError(name, "range", f"Give a whole number from {least} to {most}.")])


def _set_active(merchant: MerchantFacts, reward_id: UUID, *, active: bool, at: datetime, actor: Actor) -> None:
    row = lock_reward(merchant, reward_id)
    if row.is_active == active:
        return
    if active:
        _require_free_title(merchant, row.title)
    row.is_active = active
    row.save(update_fields=["is_active"])
    action = "reward.offered_again" if active else "reward.retired"
    _audit_reward(merchant, row.id, action, at=at, actor=actor, after={"title": row.title})


def _column_values(draft: RewardDraft) -> dict[str, Any]:
    values = asdict(draft)
    funding = values.pop("funding") or {}
    return {
        **values,
        "title": draft.title.strip(),
        "tiers_any": sorted(draft.tiers_any),
        "segments_any": sorted(draft.segments_any),
        "handover": draft.handover.value,
        "partner_id": funding.get("partner_id"),
        "funding_basis_points": funding.get("basis_points"),
        "funding_unit_amount": funding.get("unit_amount"),
    }


def _audit_values(draft: RewardDraft) -> dict[str, Any]:
    return _column_values(draft)


def _audit_reward(
    merchant: MerchantFacts,
    reward_id: UUID,
    action: str,
    *,
    at: datetime,
    actor: Actor,
    after: dict[str, Any],
    before: dict[str, Any] | None = None,
    reason: str = "",
) -> None:
    record_audit(
        merchant=merchant,
        actor=actor,
        action=action,
        at=at,
        subject=("reward", reward_id),
        before=before,
        after=after,
        reason=reason,
    )
