"""A parent or guardian agrees for a child, or no longer: then every consent of the child ends with it."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from common.errors import BadInput, Refusal
from common.passed_rows import Passed, pass_rows
from members.facts import ConsentSource, GuardianDraft, Topic
from members.models import Guardian
from members.operations.consents import withdraw_consent
from members.operations.purchases import lock_member
from members.rules import is_child
from members.wording import CONSENT_CHANNELS, field_error
from merchants.facts import Actor, MerchantFacts
from merchants.operations import record_audit

_TABLE = "members_guardian"


class NoChild(Refusal):
    """The member's birthday does not say that they are under 18."""

    code = "no_child"


class GuardianKnown(Refusal):
    """A parent or guardian has agreed for the member already."""

    code = "guardian_known"


class NoGuardian(Refusal):
    """No one has agreed for the member, or no longer."""

    code = "no_guardian"


def record_guardian(
    *,
    merchant: MerchantFacts,
    member_id: UUID,
    draft: GuardianDraft,
    actor: Actor,
    at: datetime,
    business_date: date,
) -> None:
    """Keep that a parent or guardian agreed for a child. Raises MemberNotFound, NoChild, GuardianKnown, BadInput."""
    member = lock_member(merchant=merchant, member_id=member_id)
    name = draft.name.strip()
    problems = [] if name else [field_error("/name", "name_required")]
    if draft.agreed_on > business_date:
        problems.append(field_error("/agreed_on", "agreed_on_impossible"))
    if problems:
        raise BadInput(problems)
    if not is_child(member.birth_date, zone=merchant.timezone, at=at):
        raise NoChild
    rows = Guardian.objects.filter(merchant_id=merchant.id, member_id=member.id, ended_at__isnull=True)
    if rows.exists():
        raise GuardianKnown
    Guardian.objects.create(
        merchant_id=merchant.id,
        member_id=member.id,
        name=name[:120],
        relation=draft.relation.value,
        method=draft.method.value,
        agreed_on=draft.agreed_on,
        recorded_at=at,
        recorded_by_id=actor.user_id,
        recorded_by=actor.label,
    )
    record_audit(
        merchant=merchant,
        actor=actor,
        action="member.guardian_recorded",
        at=at,
        subject=("member", member.id),
        after={"relation": draft.relation.value, "method": draft.method.value, "said_on": draft.agreed_on},
    )


def end_guardian(*, merchant: MerchantFacts, member_id: UUID, actor: Actor, at: datetime) -> None:
    """Keep that the parent or guardian agrees no longer, and withdraw the child's consents with it.

    Raises MemberNotFound, NoGuardian.
    """
    member = lock_member(merchant=merchant, member_id=member_id)
    rows = Guardian.objects.filter(merchant_id=merchant.id, member_id=member.id, ended_at__isnull=True)
    if not rows.update(ended_at=at, ended_by=actor.label):
        raise NoGuardian
    if is_child(member.birth_date, zone=merchant.timezone, at=at):
        for channel in sorted(set(CONSENT_CHANNELS.values())):
            withdraw_consent(
                merchant=merchant,
                member_id=member.id,
                source=ConsentSource.STAFF,
                at=at,
                topic=Topic.PROMO,
                channel=channel,
                actor=actor,
            )
    record_audit(merchant=merchant, actor=actor, action="member.guardian_ended", at=at, subject=("member", member.id))


def pass_guardians(*, merchant: MerchantFacts, from_id: UUID, to_id: UUID) -> Passed:
    """Give who agreed for one record to the other, where no one agreed for that; return what passed."""
    unless = (
        "t.ended_at IS NULL AND EXISTS (SELECT FROM members_guardian o WHERE o.merchant_id = t.merchant_id"
        " AND o.member_id = %(to)s AND o.ended_at IS NULL)"
    )
    return {"guardians": pass_rows(_TABLE, merchant_id=merchant.id, from_id=from_id, to_id=to_id, unless=unless)}


def return_guardians(*, merchant: MerchantFacts, from_id: UUID, to_id: UUID, moved: Passed) -> None:
    """Give back what passed with a merge."""
    ids = list(moved.get("guardians", ()))
    pass_rows(_TABLE, merchant_id=merchant.id, from_id=from_id, to_id=to_id, ids=ids)
