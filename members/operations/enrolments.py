"""Joining: one person at the till or on a page, thousands from a file, all through the same statements."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from common import secrets
from common.errors import BadInput, FieldError, Refusal
from common.ids import new_id
from members.facts import (
    Channel,
    ConsentSource,
    EnrolDraft,
    EnrolResult,
    MemberFacts,
    MemberSource,
    MemberStatus,
    Topic,
)
from members.models import Member
from members.operations.awaited import lock_joining, meet_awaited
from members.operations.field_checks import CheckedDraft, check_draft
from members.queries import member as read_member
from members.queries.attributes import definitions_for
from members.queries.lookups import region_of_merchant
from members.rules import is_child, new_member_number
from merchants.facts import MerchantFacts

TRIES: Final = 5
"""How often a new number is drawn again; two equal ones of 10^10 in a row do not happen."""


class MemberExists(Refusal):
    """The phone, e-mail or customer number belongs to a member already; `facts['member_id']` says to which."""

    code = "member_exists"


def enrol(*, merchant: MerchantFacts, draft: EnrolDraft, at: datetime, business_date: date) -> MemberFacts:
    """Enrol a new member with number, card, referral code, base tier and (if given) consent.

    A child joins without consent: `promo_email` of the answer is False then. Raises BadInput naming the fields, or
    MemberExists(member_id=...).
    """
    result = enrol_many(merchant=merchant, drafts=[draft], at=at, business_date=business_date)[0]
    if result.errors:
        raise BadInput(result.errors)
    assert result.member_id is not None
    if not result.created:
        raise MemberExists(member_id=result.member_id)
    return read_member(merchant=merchant, member_id=result.member_id)


def problems_of(*, merchant: MerchantFacts, draft: EnrolDraft, business_date: date) -> tuple[FieldError, ...]:
    """Return what `enrol` would refuse in the draft's own fields, without looking whether the person is known."""
    return _check_drafts(merchant, [draft], business_date=business_date)[0][1]


def _check_drafts(
    merchant: MerchantFacts, drafts: Sequence[EnrolDraft], *, business_date: date
) -> list[tuple[CheckedDraft, tuple[FieldError, ...]]]:
    """Check them; one statement more for all of them if any has values of the merchant's own fields."""
    region = region_of_merchant(merchant)
    defined = definitions_for(merchant=merchant, names={name for draft in drafts for name in draft.attributes})
    return [
        check_draft(draft, region=region, language=merchant.language, today=business_date, defined=defined)
        for draft in drafts
    ]


def enrol_many(
    *, merchant: MerchantFacts, drafts: Sequence[EnrolDraft], at: datetime, business_date: date
) -> list[EnrolResult]:
    """Enrol what can be enrolled; return one result per draft, in order. Eight statements for any number of drafts.

    A draft whose phone, e-mail or customer number is known (or came earlier in `drafts`) answers with that member.
    Who is new is given what was paid under their contacts before.
    """
    checked = _check_drafts(merchant, drafts, business_date=business_date)
    errors = {place: found for place, (_, found) in enumerate(checked) if found}
    good = {place: draft for place, (draft, found) in enumerate(checked) if not found}
    lock_joining(merchant=merchant)
    referrers = _find_referrers(merchant, good.values())
    joining = _Joining(merchant=merchant, at=at, business_date=business_date, referrers=referrers)
    results = joining.enrol(good)
    contacts = {
        result.member_id: {"phone": good[place].phone, "email": good[place].email_key}
        for place, result in results.items()
        if result.created and result.member_id
    }
    meet_awaited(merchant=merchant, contacts=contacts, at=at)
    return [
        results[place] if place in results else EnrolResult(None, created=False, errors=errors[place])
        for place in range(len(drafts))
    ]


@dataclass(frozen=True)
class _NewMember:
    """A row to be, and what hangs on it."""

    row: dict[str, Any]
    draft: CheckedDraft

    @property
    def id(self) -> UUID:
        member_id: UUID = self.row["id"]
        return member_id


@dataclass(frozen=True)
class _Joining:
    """One run of enrolment: the merchant, the moment, and the referrers by their code."""

    merchant: MerchantFacts
    at: datetime
    business_date: date
    referrers: dict[str, UUID]

    def enrol(self, drafts: dict[int, CheckedDraft]) -> dict[int, EnrolResult]:
        """Enrol by place. A draft left over by a concurrent twin or an equal number is looked up and tried again."""
        results: dict[int, EnrolResult] = {}
        waiting = dict(drafts)
        for _ in range(TRIES):
            known = _known_contacts(self.merchant, waiting.values())
            existing = {place: _known_as(draft, known) for place, draft in waiting.items()}
            results |= {place: EnrolResult(found, created=False) for place, found in existing.items() if found}
            created = self._insert_members_with_cards(_without_twins(_drafts_left(waiting, results)))
            results |= {
                place: EnrolResult(new, created=True, needs_guardian=self._drops_consent(waiting[place]))
                for place, new in created.items()
            }
            waiting = _drafts_left(waiting, results)
            if not waiting:
                return results
        raise RuntimeError("no free member number found")

    def _insert_members_with_cards(self, drafts: dict[int, CheckedDraft]) -> dict[int, UUID]:
        """Write members, cards and consents; return the ids of those written, by place."""
        if not drafts:
            return {}
        new = {place: _NewMember(self._member_row(draft), draft) for place, draft in drafts.items()}
        written = _insert_members(self.merchant, [member.row for member in new.values()])
        joined = {place: member for place, member in new.items() if member.id in written}
        if joined:
            _insert_cards(self.merchant, list(joined.values()), self.at)
        consenting = [member for member in joined.values() if member.row["promo_email"]]
        if consenting:
            _insert_consents(self.merchant, consenting)
        return {place: member.id for place, member in joined.items()}

    def _drops_consent(self, checked: CheckedDraft) -> bool:
        """Return whether a child says yes: it waits for the word of a parent or guardian, which staff record."""
        at = checked.draft.joined_at or self.at
        return checked.draft.promo_consent and is_child(checked.birth_date, zone=self.merchant.timezone, at=at)

    def _member_row(self, checked: CheckedDraft) -> dict[str, Any]:
        draft = checked.draft
        joined_at = draft.joined_at or self.at
        joined_on = self.business_date
        if draft.joined_at is not None:
            joined_on = self.merchant.day_of(draft.joined_at)
        return {
            "id": new_id(),
            "number": new_member_number(),
            "name": checked.name,
            "phone": checked.phone,
            "email": checked.email,
            "email_key": checked.email_key,
            "birth_date": checked.birth_date,
            "joined_at": joined_at,
            "joined_on": joined_on,
            "source": draft.source.value,
            "outlet_id": draft.outlet_id,
            "language": checked.language,
            "attributes": checked.attributes,
            "external_ref": checked.external_ref,
            "referral_code": secrets.new_typed_code(),
            "referred_by_id": self.referrers.get(checked.referral_code or ""),
            "household_of_id": draft.household_of_id,
            "joined_device_hash": _device_hash(self.merchant, draft.device_id),
            "promo_email": draft.promo_consent and not self._drops_consent(checked),
        }


# --- statements --------------------------------------------------------------------------------------------------
# Rows travel as one JSON parameter: a statement has the same text for one row and for five thousand.

_MEMBER_COLUMNS: Final = {
    "id": "uuid",
    "number": "text",
    "name": "text",
    "phone": "text",
    "email": "text",
    "email_key": "text",
    "birth_date": "date",
    "joined_at": "timestamptz",
    "joined_on": "date",
    "source": "text",
    "outlet_id": "uuid",
    "language": "text",
    "attributes": "jsonb",
    "external_ref": "text",
    "referral_code": "text",
    "referred_by_id": "uuid",
    "household_of_id": "uuid",
    "promo_email": "boolean",
    "joined_device_hash": "text",
}
_names = ", ".join(_MEMBER_COLUMNS)
_values = _names.replace("joined_device_hash", "decode(joined_device_hash, 'hex')")
_record = ", ".join(f"{name} {kind}" for name, kind in _MEMBER_COLUMNS.items())
# Rows that meet a taken number or contact are left out, not refused: the caller looks who has it.
_INSERT_MEMBERS: Final = f"""
    INSERT INTO members_member (merchant_id, {_names}, status, notes, tier_id, tier_since_on,
        tier_spend_amount, tier_points, tier_visits, purchase_count, spend_amount)
    SELECT %(merchant)s, {_values}, 'active', '',
        (SELECT id FROM members_tier WHERE merchant_id = %(merchant)s ORDER BY rank LIMIT 1), joined_on, 0, 0, 0, 0, 0
    FROM jsonb_to_recordset(%(rows)s::jsonb) AS r({_record})
    ORDER BY r.id
    ON CONFLICT DO NOTHING RETURNING id"""  # noqa: S608 - the column list is the constant above
_INSERT_CARDS: Final = """
    INSERT INTO members_card (merchant_id, id, member_id, number, token_hash, token_encrypted, issued_at, confirmed_at,
        shown_name, revoked_reason)
    SELECT %(merchant)s, id, member_id, number, decode(token_hash, 'hex'), decode(token_encrypted, 'hex'), %(at)s,
        CASE WHEN number <> '' THEN %(at)s END, shown_name, ''
    FROM jsonb_to_recordset(%(rows)s::jsonb)
        AS r(id uuid, member_id uuid, number text, token_hash text, token_encrypted text, shown_name text)"""
_INSERT_CONSENTS: Final = """
    INSERT INTO members_consent
        (merchant_id, id, member_id, seq, topic, channel, granted, at, source, text_version, reason)
    SELECT %(merchant)s, id, member_id, 1, %(topic)s, %(channel)s, true, at, source, text_version, ''
    FROM jsonb_to_recordset(%(rows)s::jsonb)
        AS r(id uuid, member_id uuid, at timestamptz, source text, text_version text)"""
_KNOWN: Final = """
    SELECT coalesce(merged_into_id, id), phone, email_key, external_ref FROM members_member
    WHERE merchant_id = %(merchant)s
      AND (phone = ANY(%(phones)s) OR email_key = ANY(%(emails)s) OR external_ref = ANY(%(refs)s))"""


def _insert_members(merchant: MerchantFacts, rows: list[dict[str, Any]]) -> set[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(_INSERT_MEMBERS, {"merchant": merchant.id, "rows": _to_json(rows)})
        return {row[0] for row in cursor.fetchall()}


def _insert_cards(merchant: MerchantFacts, members: Sequence[_NewMember], at: datetime) -> None:
    """Insert one card each. A person who joins on the public page was not seen: their card waits, without a number."""
    rows = []
    for member in members:
        token, waits = secrets.new_token(), member.row["source"] == MemberSource.PUBLIC.value
        rows.append(
            {
                "id": new_id(),
                "member_id": member.id,
                "number": "" if waits else member.row["number"],
                "shown_name": member.row["name"] if waits else "",
                "token_hash": secrets.keyed_hash(merchant.id, token).hex(),
                "token_encrypted": secrets.encrypt(token).hex(),
            }
        )
    with connection.cursor() as cursor:
        cursor.execute(_INSERT_CARDS, {"merchant": merchant.id, "at": at, "rows": _to_json(rows)})


def _insert_consents(merchant: MerchantFacts, members: Sequence[_NewMember]) -> None:
    rows = [
        {
            "id": new_id(),
            "member_id": member.id,
            "at": member.row["joined_at"],
            "source": (member.draft.draft.consent_source or _SOURCE_OF[member.draft.draft.source]).value,
            "text_version": member.draft.draft.consent_text_version,
        }
        for member in members
    ]
    values: dict[str, Any] = {
        "merchant": merchant.id,
        "topic": Topic.PROMO,
        "channel": Channel.EMAIL,
        "rows": _to_json(rows),
    }
    with connection.cursor() as cursor:
        cursor.execute(_INSERT_CONSENTS, values)


_SOURCE_OF: Final = {
    MemberSource.TILL: ConsentSource.TILL,
    MemberSource.PUBLIC: ConsentSource.PUBLIC,
    MemberSource.IMPORT: ConsentSource.IMPORT,
    MemberSource.STAFF: ConsentSource.STAFF,
}


@dataclass(frozen=True)
class _Known:
    """Members by the contact they have."""

    phones: dict[str, UUID]
    emails: dict[str, UUID]
    refs: dict[str, UUID]


def _known_contacts(merchant: MerchantFacts, drafts: Iterable[CheckedDraft]) -> _Known:
    """Return members who have one of the drafts' contacts; one statement over three unique indexes."""
    wanted = list(drafts)
    values: dict[str, Any] = {
        "merchant": merchant.id,
        "phones": [d.phone for d in wanted if d.phone],
        "emails": [d.email_key for d in wanted if d.email_key],
        "refs": [d.external_ref for d in wanted if d.external_ref],
    }
    known = _Known({}, {}, {})
    if not wanted:
        return known
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, values)
        for member_id, phone, email, ref in cursor.fetchall():
            known.phones[phone], known.emails[email], known.refs[ref] = member_id, member_id, member_id
    return known


def _known_as(draft: CheckedDraft, known: _Known) -> UUID | None:
    """Return whose contact the draft brings; the customer number is the surest, then the phone."""
    found = (
        known.refs.get(draft.external_ref) if draft.external_ref else None,
        known.phones.get(draft.phone) if draft.phone else None,
        known.emails.get(draft.email_key) if draft.email_key else None,
    )
    return next((member_id for member_id in found if member_id is not None), None)


def _drafts_left(drafts: dict[int, CheckedDraft], results: Mapping[int, EnrolResult]) -> dict[int, CheckedDraft]:
    return {place: draft for place, draft in drafts.items() if place not in results}


def _without_twins(drafts: dict[int, CheckedDraft]) -> dict[int, CheckedDraft]:
    """Return the drafts without those that share a contact with an earlier one; these find it in the next round."""
    seen: set[tuple[str, str]] = set()
    first: dict[int, CheckedDraft] = {}
    for place, draft in sorted(drafts.items()):
        contacts = {("ref", draft.external_ref or ""), ("phone", draft.phone or ""), ("email", draft.email_key or "")}
        contacts = {contact for contact in contacts if contact[1]}
        if not contacts & seen:
            first[place] = draft
        seen |= contacts
    return first


def _find_referrers(merchant: MerchantFacts, drafts: Iterable[CheckedDraft]) -> dict[str, UUID]:
    """Return members by the codes that the drafts name; no statement for none. Blocked members have no code."""
    codes = sorted({draft.referral_code for draft in drafts if draft.referral_code})
    if not codes:
        return {}
    rows = Member.objects.select_related("merged_into").filter(merchant_id=merchant.id, referral_code__in=codes)
    owners = {row.referral_code: row.merged_into or row for row in rows}
    return {code: owner.id for code, owner in owners.items() if owner.status != MemberStatus.BLOCKED.value}


def _device_hash(merchant: MerchantFacts, device_id: str | None) -> str | None:
    return secrets.keyed_hash(merchant.id, f"device:{device_id}").hex() if device_id else None


def _to_json(rows: list[dict[str, Any]]) -> str:
    return json.dumps(rows, cls=DjangoJSONEncoder)
