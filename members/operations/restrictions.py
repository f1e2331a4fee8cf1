"""A member whose data is kept and no longer worked with: restricted at their own wish, or until they are erased."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from common.errors import Refusal
from members.models import DataRequest, Member
from members.operations.purchases import lock_member
from merchants.facts import Actor, MerchantFacts
from merchants.operations import record_audit


class ErasureWaits(Refusal):
    """The member is to be erased: until then nothing is done with their data."""

    code = "erasure_waits"


def restrict_member(*, merchant: MerchantFacts, member_id: UUID, actor: Actor, at: datetime) -> bool:
    """Stop working with the member's data from now on; return False when it was stopped already.

    No offers are sent, the next night puts them into no segment, offers that go by segment or birthday do not act for
    them, and tills change nothing of their profile. Sales and returns are booked as ever. Raises MemberNotFound.
    """
    member = lock_member(merchant=merchant, member_id=member_id)
    if member.is_restricted:
        return False
    Member.objects.filter(merchant_id=merchant.id, id=member.id).update(restricted_at=at)
    record_audit(merchant=merchant, actor=actor, action="member.restricted", at=at, subject=("member", member.id))
    return True


def lift_restriction(*, merchant: MerchantFacts, member_id: UUID, actor: Actor, reason: str, at: datetime) -> bool:
    """Work with the member's data again; return False when nothing was restricted.

    Raises MemberNotFound, Refusal('reason_required'), ErasureWaits.
    """
    if not reason.strip():
        raise Refusal("reason_required")
    member = lock_member(merchant=merchant, member_id=member_id)
    if DataRequest.objects.filter(merchant_id=merchant.id, member_id=member.id, kind="erasure", state="open").exists():
        raise ErasureWaits
    if not member.is_restricted:
        return False
    Member.objects.filter(merchant_id=merchant.id, id=member.id).update(restricted_at=None)
    record_audit(
        merchant=merchant,
        actor=actor,
        action="member.unrestricted",
        at=at,
        subject=("member", member.id),
        reason=reason,
    )
    return True
