"""What is known of a member, and whether the membership may be used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from common.emails import email_key
from common.errors import BadInput, FieldError, Refusal
from members.facts import MemberFacts, MemberStatus, ProfileChanges
from members.models import FormerContact, Member
from members.operations.awaited import lock_joining, meet_awaited
from members.operations.cards import end_cards_of_given_up_contact
from members.operations.field_checks import FieldProblems
from members.operations.households import lock_wallets
from members.operations.purchases import lock_member
from members.queries import member as read_member
from members.queries.attributes import definitions_for
from members.queries.likeness import contact_hash
from members.queries.lookups import region_of_merchant
from members.queries.profiles import profile_mark
from members.wording import field_error
from merchants.facts import Actor, MerchantFacts
from merchants.operations import record_audit
from merchants.queries import outlets


class ProfileMoved(Refusal):
    """What is known of the member was changed after the person saw it; nothing was written."""

    code = "profile_moved"


class ContactTaken(BadInput):
    """The phone or e-mail is another member's: `member_id`."""

    def __init__(self, errors: Sequence[FieldError], member_id: UUID) -> None:
        super().__init__(errors)
        self.member_id = member_id


def edit_profile(
    *,
    merchant: MerchantFacts,
    member_id: UUID,
    changes: ProfileChanges,
    actor: Actor,
    at: datetime,
    business_date: date,
    seen: str | None = None,
) -> MemberFacts:
    """Change named fields; the audit trail keeps which fields, never their content.

    Who typed a phone or an address that is given up now holds a waiting card no longer. Consent stays: it was the
    person who gave it. `seen` (queries.profile_mark) is what the person saw. Raises MemberNotFound, BadInput
    (malformed, or the last contact removed), ContactTaken, ProfileMoved.
    """
    member = lock_member(merchant=merchant, member_id=member_id)
    if seen is not None and seen != profile_mark(merchant=merchant, member=member):
        raise ProfileMoved
    problems = FieldProblems()
    columns = _columns_of(merchant, member, changes, problems, today=business_date)
    contacts = {"phone": member.phone, "email": member.email} | columns
    if contacts["phone"]:
        columns["household_of_id"] = None  # a number of their own is not shared
    reached_by = (contacts["phone"], contacts["email"], member.external_ref, member.household_of_id)
    if not any(reached_by) and not problems.errors:
        problems.add("/phone", "contact_required")
    if problems.errors:
        raise BadInput(problems.errors)
    columns = _changed_columns(member, columns)
    if not columns:
        return member
    _refuse_taken(merchant, member, columns)
    gained = {"phone": columns.get("phone"), "email": columns.get("email_key")}
    if any(gained.values()):
        lock_joining(merchant=merchant)
    if member.household_of_id and "household_of_id" in columns:
        lock_wallets(merchant=merchant, member_ids=[member.id], at=at)
    try:
        with transaction.atomic():
            Member.objects.filter(merchant_id=merchant.id, id=member.id).update(
                **columns, **_note_birth_date(member, columns, on=business_date)
            )
    except IntegrityError:  # at this instant another member was given the same contact
        _refuse_taken(merchant, member, columns)
        raise
    meet_awaited(merchant=merchant, contacts={member.id: gained}, at=at)
    if _remember_former(merchant, member, columns, at):
        end_cards_of_given_up_contact(merchant=merchant, member_id=member.id, at=at)
    record_audit(
        merchant=merchant,
        actor=actor,
        action="member.edited",
        at=at,
        subject=("member", member.id),
        after={"fields": sorted(columns.keys() - {"email_key", "household_of_id"})},
    )
    return read_member(merchant=merchant, member_id=member.id)


def _changed_columns(member: MemberFacts, columns: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns whose value changes; `email_key` follows the address."""
    changed = {
        name: columns[name] for name in columns if name != "email_key" and columns[name] != getattr(member, name)
    }
    return changed | ({"email_key": columns["email_key"]} if "email" in changed else {})


def _note_birth_date(member: MemberFacts, columns: Mapping[str, Any], *, on: date) -> dict[str, date]:
    """Note when a known date of birth becomes another one; the first one that is given replaces none."""
    return {"birth_date_changed_on": on} if "birth_date" in columns and member.birth_date is not None else {}


def _remember_former(merchant: MerchantFacts, member: MemberFacts, columns: Mapping[str, Any], at: datetime) -> bool:
    """Keep a hash of each contact that is given up; return whether there was one."""
    given_up = {kind: getattr(member, kind) for kind in ("phone", "email") if kind in columns}
    rows = FormerContact.objects.bulk_create(
        [
            FormerContact(
                merchant_id=merchant.id,
                member_id=member.id,
                kind=kind,
                contact_hash=contact_hash(merchant_id=merchant.id, kind=kind, contact=contact),
                given_up_at=at,
            )
            for kind, contact in given_up.items()
            if contact
        ]
    )
    return bool(rows)


def _columns_of(
    merchant: MerchantFacts, member: MemberFacts, changes: ProfileChanges, problems: FieldProblems, *, today: date
) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    if changes.name is not None:
        columns["name"] = problems.name(changes.name)
        if not columns["name"]:
            problems.add("/name", "name_required")
    if changes.phone is not None:
        columns["phone"] = problems.phone(changes.phone, region_of_merchant(merchant))
    if changes.email is not None:
        columns["email"] = problems.email(changes.email)
        columns["email_key"] = email_key(columns["email"]) if columns["email"] else None
    if changes.birth_date is not None or changes.clear_birth_date:
        columns["birth_date"] = problems.birth_date(changes.birth_date, today)
    if changes.language is not None:
        columns["language"] = problems.language(changes.language, changes.language)
    if changes.notes is not None:
        columns["notes"] = problems.notes(changes.notes)
    if changes.attributes is not None:
        problems.attribute_values(changes.attributes, definitions_for(merchant=merchant, names=changes.attributes))
        kept = problems.attributes({**member.attributes, **changes.attributes})
        columns["attributes"] = {name: value for name, value in kept.items() if value is not None}
    if changes.area is not None:
        columns["area"] = problems.area(changes.area)
    if changes.outlet_id is not None or changes.clear_outlet:
        columns["outlet_id"] = problems.outlet(changes.outlet_id, outlets(merchant=merchant))
    return columns


def _refuse_taken(merchant: MerchantFacts, member: MemberFacts, columns: Mapping[str, Any]) -> None:
    """Raises ContactTaken."""
    others = Member.objects.filter(merchant_id=merchant.id).exclude(id=member.id)
    for column, pointer, code in (("phone", "/phone", "phone_taken"), ("email_key", "/email", "email_taken")):
        if columns.get(column):
            other = others.filter(**{column: columns[column]}).values_list("id", flat=True).first()
            if other is not None:
                raise ContactTaken([field_error(pointer, code)], other)


def block(*, merchant: MerchantFacts, member_id: UUID, actor: Actor, reason: str, at: datetime) -> None:
    """Block earning, spending and sending from now on. Raises MemberNotFound, Refusal('reason_required')."""
    _set_status(merchant, member_id, MemberStatus.BLOCKED, actor=actor, reason=reason, at=at)


def unblock(*, merchant: MerchantFacts, member_id: UUID, actor: Actor, reason: str, at: datetime) -> None:
    """Unblock the member. Raises MemberNotFound, Refusal('reason_required')."""
    _set_status(merchant, member_id, MemberStatus.ACTIVE, actor=actor, reason=reason, at=at)


def _set_status(
    merchant: MerchantFacts, member_id: UUID, status: MemberStatus, *, actor: Actor, reason: str, at: datetime
) -> None:
    if not reason.strip():
        raise Refusal("reason_required")
    member = lock_member(merchant=merchant, member_id=member_id)
    if member.status is status:
        return
    Member.objects.filter(merchant_id=merchant.id, id=member.id).update(status=status.value)
    record_audit(
        merchant=merchant,
        actor=actor,
        action="member.blocked" if status is MemberStatus.BLOCKED else "member.unblocked",
        at=at,
        subject=("member", member.id),
        before={"status": member.status.value},
        after={"status": status.value},
        reason=reason,
    )


# Locked in the order of their ids before the update, which prevents a deadlock with anyone who locks several members.
_SET_SEGMENTS: Final = """
    WITH wanted AS (SELECT * FROM unnest(%(members)s::uuid[], %(segments)s::text[]) AS w(id, segment)),
    locked AS (
        SELECT m.id, w.segment FROM members_member m JOIN wanted w ON w.id = m.id
        WHERE m.merchant_id = %(merchant)s AND m.segment IS DISTINCT FROM w.segment
        ORDER BY m.id FOR NO KEY UPDATE OF m)
    UPDATE members_member m SET segment = l.segment FROM locked l
    WHERE m.merchant_id = %(merchant)s AND m.id = l.id"""


def set_segments(*, merchant: MerchantFacts, rows: Sequence[tuple[UUID, str | None]]) -> int:
    """Write the segment that the night found to the members, set-based; return how many rows changed."""
    if not rows:
        return 0
    values: dict[str, Any] = {
        "merchant": merchant.id,
        "members": [r[0] for r in rows],
        "segments": [r[1] for r in rows],
    }
    with connection.cursor() as cursor:
        cursor.execute(_SET_SEGMENTS, values)
        return int(cursor.rowcount)
