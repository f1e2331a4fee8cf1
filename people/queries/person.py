"""All that is known of one person, app by app, in one order: for the person, who may ask for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from campaigns.queries import mails_of_member
from ledger.queries import placed_entries
from members.facts import MemberFacts
from members.queries import (
    cards,
    consents,
    data_requests_of_member,
    guardians,
    member,
    tags_of_member,
    tier_moves,
    viewings_of_member,
)
from members.wording import consent_text
from merchants.facts import AuditFilter, MerchantFacts
from merchants.queries import all_outlets, audit_entries, audit_trail, till_places, tills_that_looked
from people.facts import Row, Section
from people.queries.breaches import breaches_of_member
from rewards.catalogue.queries import taken_by
from rewards.coupons.queries import coupons_and_stamps
from segments.queries import reason, standing_of

MOST_ROWS: Final = 100_000
"""More than one person brings about in a lifetime; a limit that a query asks for."""

_SALES: Final = """
    SELECT reference, occurred_at, outlet_id, status, total_amount, discount_amount, net_amount
    FROM sales_receipt WHERE merchant_id = %s AND member_id = %s ORDER BY occurred_at, sale_id"""
_LINES: Final = """
    SELECT r.reference, l.occurred_at, l.name, l.quantity, l.total_amount, l.net_quantity
    FROM sales_line l JOIN sales_receipt r ON r.merchant_id = l.merchant_id AND r.sale_id = l.sale_id
    WHERE l.merchant_id = %s AND l.member_id = %s ORDER BY l.occurred_at, l.sale_id, l.position"""


def person_sections(*, merchant: MerchantFacts, member_id: UUID, at: datetime) -> list[Section]:
    """Return all that is known of the person, sections without rows left out. Raises MemberNotFound."""
    found = member(merchant=merchant, member_id=member_id)
    parts = (
        *_describe_identity(merchant, found),
        *_describe_agreements(merchant, found),
        *_describe_dealings(merchant, found, at),
        *_describe_processing(merchant, found),
    )
    return [Section(name, tuple(rows)) for name, rows in parts if rows]


def _describe_identity(merchant: MerchantFacts, found: MemberFacts) -> Iterator[tuple[str, Sequence[Row]]]:
    """Yield who the person is to the store."""
    places = {outlet.id: outlet.name for outlet in all_outlets(merchant=merchant)}
    profile = {
        "number": found.number,
        "name": found.name,
        "phone": found.phone,
        "email": found.email,
        "birth_date": found.birth_date,
        "area": found.area,
        "language": found.language,
        "outlet": places.get(found.outlet_id, "") if found.outlet_id else "",
        "joined_at": found.joined_at,
        "source": found.source.value,
        "referral_code": found.referral_code,
        "brought_by_friend": found.referred,
        "customer_number": found.external_ref,
        "notes": found.notes,
        "is_blocked": found.is_blocked,
        "restricted_at": found.restricted_at,
    }
    yield "profile", [{"field": name, "value": value} for name, value in profile.items() if value not in (None, "")]
    yield "own_fields", [{"name": name, "value": value} for name, value in sorted(found.attributes.items())]
    yield "tags", _rows_of(tags_of_member(merchant=merchant, member_id=found.id), name="name")
    yield (
        "cards",
        _rows_of(
            cards(merchant=merchant, member_id=found.id),
            number="number",
            issued_at="issued_at",
            confirmed_at="confirmed_at",
            ended_at="revoked_at",
        ),
    )


def _describe_agreements(merchant: MerchantFacts, found: MemberFacts) -> Iterator[tuple[str, Sequence[Row]]]:
    """Yield who agreed for a child, and what the person agreed to, with the proof."""
    agreed = guardians(merchant=merchant, member_id=found.id)
    yield (
        "guardians",
        _rows_of(
            agreed,
            name="name",
            relation="relation",
            method="method",
            said_on="agreed_on",
            recorded_by="recorded_by",
            ended_at="ended_at",
        ),
    )
    given = consents(merchant=merchant, member_id=found.id)
    proofs = _rows_of(
        given,
        at="at",
        granted="granted",
        channel="channel",
        text_version="text_version",
        source="source",
        method="method",
        said_on="said_on",
        recorded_by="actor_label",
    )
    yield (
        "consents",
        [
            {**proof, "sentence": consent_text(merchant.name, row.text_version)}
            for proof, row in zip(proofs, given, strict=True)
        ],
    )


def _describe_dealings(
    merchant: MerchantFacts, found: MemberFacts, at: datetime
) -> Iterator[tuple[str, Sequence[Row]]]:
    """Yield purchases, points and money, coupons, rewards and mails."""
    places = {outlet.id: outlet.name for outlet in all_outlets(merchant=merchant)}
    sold = _read_rows(_SALES, merchant, found.id)
    yield "purchases", [{**row, "outlet_id": places.get(row["outlet_id"], "")} for row in sold]
    yield "goods", _read_rows(_LINES, merchant, found.id)
    moved = placed_entries(merchant=merchant, owner_id=found.id, limit=MOST_ROWS)
    columns = ("at", "kind", "unit", "change", "balance_after", "reference", "note")
    yield "movements", _rows_of([one.entry for one in moved], **{name: name for name in columns})
    coupons, stamps = coupons_and_stamps(merchant=merchant, member_id=found.id, at=at, today=merchant.day_of(at))
    yield (
        "coupons",
        _rows_of(coupons, title="title", status="status", valid_from="valid_from", valid_until="valid_until"),
    )
    yield "stamp_cards", _rows_of(stamps, title="title", stamps="progress", threshold="threshold")
    taken = taken_by(merchant=merchant, member_id=found.id, limit=MOST_ROWS)
    yield (
        "rewards",
        _rows_of(taken, at="created_at", title="title", quantity="quantity", points="points", status="status"),
    )
    mails = mails_of_member(merchant=merchant, member_id=found.id, limit=MOST_ROWS)
    yield "mails", _rows_of(mails, at="at", campaign="campaign_name", status="state")


def _describe_processing(merchant: MerchantFacts, found: MemberFacts) -> Iterator[tuple[str, Sequence[Row]]]:
    """Yield what was concluded of the person, what staff did, what was asked, and who looked."""
    standing = standing_of(merchant=merchant, member_id=found.id)
    if standing is not None and not found.is_restricted:
        concluded = {"segment": standing.segment, "why": reason(merchant=merchant, member_id=found.id)}
        yield "segment", [concluded | asdict(standing.scores)]
    moves = tier_moves(merchant=merchant, member_id=found.id, limit=MOST_ROWS)
    yield "tiers", _rows_of(moves, **{"at": "at", "from": "from_code", "to": "to_code", "cause": "cause"})
    done = audit_entries(merchant=merchant, subject_kind="member", subject_id=found.id, limit=MOST_ROWS)
    yield "staff_actions", _rows_of(done, at="at", action="action", by="actor_label", reason="reason")
    yield (
        "data_requests",
        [
            {
                "received_at": row.received_at,
                "request": row.kind,
                "verified_by": row.recorded_by,
                "due_at": row.due_at,
                "closed_at": row.closed_at,
                "outcome": row.done or row.ground,
            }
            for row in data_requests_of_member(merchant=merchant, member_id=found.id)
        ],
    )
    looked = viewings_of_member(merchant=merchant, member_id=found.id)
    columns = ("viewed_on", "viewer", "part", "times", "last_at")
    yield "viewings", _rows_of(looked, **{name: name for name in columns})
    names = {one.id: one.name for one in till_places(merchant=merchant).values()}
    yield (
        "till_looks",
        [
            {"viewed_on": one.on_day, "till": names.get(one.till_id, ""), "times": one.times, "last_at": one.last_at}
            for one in tills_that_looked(merchant=merchant, member_id=found.id)
        ],
    )
    yield (
        "breaches",
        [
            {
                "happened_from": known.draft.happened_from,
                "happened_until": known.draft.happened_until,
                "data_kinds": [one.value for one in known.draft.data],
                "told_at": told.reach_at,
                "told_by": told.told_by or told.reach.value,
            }
            for known, told in breaches_of_member(merchant=merchant, member_id=found.id)
        ],
    )
    exported = AuditFilter(action="members.exported", since=found.joined_at)
    yield (
        "files_of_many",
        [
            {"at": row.at, "by": row.actor_label, "in_full": bool((row.after or {}).get("contacts"))}
            for row in audit_trail(merchant=merchant, filters=exported, limit=MOST_ROWS)
        ],
    )


def _rows_of(found: Iterable[Any], **columns: str) -> list[Row]:
    """Return a row per value found: by the name of each column what the named attribute holds."""
    return [{name: getattr(one, attribute) for name, attribute in columns.items()} for one in found]


def _read_rows(statement: str, merchant: MerchantFacts, member_id: UUID) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [merchant.id, member_id])
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
