"""Points moved by hand, within the limits of a role (I24)."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext

from common.errors import BadInput, FieldError, NotPermitted
from common.quantities import format_number
from ledger.facts import MAX_CHANGE, EntryKind, HouseRole, LotDraft, PostedTransfer, Posting, Unit
from ledger.operations.accounts import lock_account
from ledger.operations.batch import Batch
from ledger.operations.locked import LockedAccount
from ledger.operations.postings import post_one
from ledger.operations.refusals import AdjustmentNeedsApproval, ApproverNotAllowed
from ledger.queries import moved_by_hand
from ledger.rules import points_expiry_day
from merchants.facts import Actor, MerchantFacts, Permission
from merchants.operations import record_audit
from merchants.queries import role_of
from merchants.rules import may, needs_approval


def adjust(
    *,
    merchant: MerchantFacts,
    owner_id: UUID,
    unit: Unit = Unit.POINTS,
    change: int,
    reason: str,
    note: str = "",
    actor: Actor,
    approver_id: UUID | None = None,
    at: datetime,
    business_date: date,
    source_id: UUID | None = None,
) -> PostedTransfer:
    """Add or take points by hand; takes at most what is available (InsufficientPoints). Locks the account itself.

    `source_id` names the request, so that one sent twice can be recognised (`queries.was_posted`).

    `reason` is required (BadInput). Above what the actor's role may move at once or in one business day an approver
    is needed, another person whose role may approve: AdjustmentNeedsApproval, ApproverNotAllowed. Added points expire
    as earned ones do. The named system actor has no limit. Leaves an audit entry.
    """
    check_movement(change, reason)
    _check_limits(merchant, unit, actor, size=abs(change), approver_id=approver_id, business_date=business_date)
    account = lock_account(merchant=merchant, owner_id=owner_id, unit=unit, business_date=business_date, at=at)
    rule = merchant.expiry_rule
    lot = LotDraft(change, business_date, points_expiry_day(business_date, rule), at, rule.follows_purchases)
    posting = Posting(
        kind=EntryKind.ADJUST,
        unit=unit,
        change=change,
        source_kind="adjustment",
        source_id=source_id or owner_id,
        note=note,
        lot=lot if change > 0 else None,
        actor_id=actor.user_id,
        approver_id=approver_id,
        reason=reason.strip(),
    )
    batch = Batch(merchant)
    made = post_one(batch, account, posting, at=at, business_date=business_date)
    batch.write()
    _audit_adjustment(merchant, actor, account, posting, made)
    return made


def write_off_debt(
    *,
    merchant: MerchantFacts,
    owner_id: UUID,
    unit: Unit = Unit.POINTS,
    amount: int,
    reason: str,
    note: str = "",
    actor: Actor,
    approver_id: UUID | None = None,
    at: datetime,
    business_date: date,
    source_id: UUID | None = None,
) -> PostedTransfer:
    """Forgive up to `amount` of what the member owes; limits and errors as in `adjust`. Nothing owed: no transfer."""
    check_movement(amount, reason)
    if amount < 0:
        raise BadInput([FieldError("/amount", "invalid", gettext("A write-off is a positive number."))])
    _check_limits(merchant, unit, actor, size=amount, approver_id=approver_id, business_date=business_date)
    account = lock_account(merchant=merchant, owner_id=owner_id, unit=unit, business_date=business_date, at=at)
    forgiven = min(amount, account.debt)
    if forgiven == 0:
        return PostedTransfer(None, 0)
    posting = Posting(
        kind=EntryKind.WRITE_OFF,
        unit=unit,
        change=forgiven,
        source_kind="adjustment",
        source_id=source_id or owner_id,
        note=note,
        actor_id=actor.user_id,
        approver_id=approver_id,
        reason=reason.strip(),
    )
    batch = Batch(merchant)
    transfer = account.start_transfer(batch, posting, at=at, business_date=business_date, house=HouseRole.WRITTEN_OFF)
    account.move_debt(batch, -forgiven, transfer_id=transfer.id)
    batch.write()
    made = PostedTransfer(transfer.id, forgiven)
    _audit_adjustment(merchant, actor, account, posting, made)
    return made


def check_movement(change: int, reason: str) -> None:
    """Refuse a movement by hand of nothing, of too much, or without a reason. Raises BadInput."""
    errors = []
    if not 0 < abs(change) <= MAX_CHANGE:
        message = gettext("Give a whole number from 1 to %(most)s, with a minus to take points away.")
        errors.append(FieldError("/change", "invalid", message % {"most": format_number(MAX_CHANGE)}))
    if not reason.strip():
        errors.append(FieldError("/reason", "required", gettext("Say why: the reason stays with the adjustment.")))
    if errors:
        raise BadInput(errors)


def _check_limits(
    merchant: MerchantFacts, unit: Unit, actor: Actor, *, size: int, approver_id: UUID | None, business_date: date
) -> None:
    if actor.user_id is None:
        return
    limit = merchant.movement_limits.of(actor.role) if actor.role else None
    if limit is None:
        raise NotPermitted("adjustment_not_permitted")
    if approver_id is not None:
        _check_approver(merchant, actor.user_id, approver_id)
        return
    used = _moved_today(merchant, unit, actor.user_id, business_date)
    if needs_approval(limit, size=size, used=used):
        raise AdjustmentNeedsApproval(limit=limit.at_once, day_limit=limit.per_day, used=used)


def _check_approver(merchant: MerchantFacts, actor_id: UUID, approver_id: UUID) -> None:
    role = role_of(merchant=merchant, user_id=approver_id)
    if approver_id == actor_id or role is None or not may(role, Permission.APPROVE_ADJUSTMENTS):
        raise ApproverNotAllowed


def _moved_today(merchant: MerchantFacts, unit: Unit, actor_id: UUID, business_date: date) -> int:
    """Return what the actor moved alone that day; a lock makes two adjustments at once count one after the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", [f"{merchant.id}{actor_id}"])
    return moved_by_hand(merchant=merchant, unit=unit, actor_id=actor_id, business_date=business_date)


def _audit_adjustment(
    merchant: MerchantFacts, actor: Actor, account: LockedAccount, posting: Posting, made: PostedTransfer
) -> None:
    record_audit(
        merchant=merchant,
        actor=actor,
        action=f"points.{posting.kind}",
        at=account.at,
        subject=("transfer", made.transfer_id),
        after={"owner_id": str(account.owner_id), "unit": posting.unit, "change": made.change},
        reason=posting.reason,
        approver_id=posting.approver_id,
    )
