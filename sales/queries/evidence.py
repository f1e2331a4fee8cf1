"""What sales tell about a friend and a referrer: devices and means of payment they share, tills, cashiers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import connection

from common import secrets
from merchants.facts import MerchantFacts

LOOKED_AT: Final = 500
"""Sales of one device or card that are looked at: enough to tell a person's from the shop's own."""
MOST_MINUTES: Final = 60


@dataclass(frozen=True)
class ReferredSale:
    """The sale that fulfilled a referral, and the two people behind it."""

    referral_id: UUID
    sale_id: UUID
    friend_id: UUID
    referrer_id: UUID


@dataclass(frozen=True)
class SalesEvidence:
    """`device_members`: who bought on the device they share; as `tender_members` it is 0 when they share none."""

    device_members: int = 0
    tender_members: int = 0
    till_minutes: int | None = None


def token_hash(merchant: MerchantFacts, kind: str, token: str | None) -> bytes | None:
    """Return 32 bytes by which a device or a means of payment is known again; `kind` is 'device' or 'tender'."""
    return secrets.keyed_hash(merchant.id, f"{kind}:{token}") if token else None


def sales_evidence(
    *, merchant: MerchantFacts, cases: Sequence[ReferredSale], joined_on: Mapping[UUID, Collection[bytes]]
) -> dict[UUID, SalesEvidence]:
    """Return the evidence by referral, in five statements; `joined_on` has the devices on which people joined."""
    people = sorted({member_id for case in cases for member_id in (case.friend_id, case.referrer_id)})
    devices = _tokens_of(merchant, "device_hash", people)
    for member_id, joined in joined_on.items():
        devices[member_id] |= set(joined)
    tenders = _tokens_of(merchant, "tender_hash", people)
    shared = {case.referral_id: (_common_tokens(devices, case), _common_tokens(tenders, case)) for case in cases}
    device_members = _members_of(merchant, "device_hash", set().union(*(both[0] for both in shared.values())))
    tender_members = _members_of(merchant, "tender_hash", set().union(*(both[1] for both in shared.values())))
    minutes = _minutes_apart(merchant, cases)
    return {
        case.referral_id: SalesEvidence(
            device_members=_fewest_members(shared[case.referral_id][0], device_members),
            tender_members=_fewest_members(shared[case.referral_id][1], tender_members),
            till_minutes=minutes.get(case.referral_id),
        )
        for case in cases
    }


def _common_tokens(tokens: Mapping[UUID, set[bytes]], case: ReferredSale) -> set[bytes]:
    return tokens.get(case.friend_id, set()) & tokens.get(case.referrer_id, set())


def _fewest_members(shared: set[bytes], members: Mapping[bytes, int]) -> int:
    """Return how many share the most personal of these; the two who share it are two at least."""
    return min((max(2, members.get(token, 0)) for token in shared), default=0)


_TOKENS: Final = """
SELECT DISTINCT member_id, {column} FROM sales_sale
WHERE merchant_id = %s AND member_id = ANY(%s::uuid[]) AND {column} IS NOT NULL
"""
_MEMBERS_OF: Final = """
SELECT t.token, count(DISTINCT s.member_id) FROM unnest(%s::bytea[]) AS t(token)
CROSS JOIN LATERAL (
    SELECT member_id FROM sales_sale WHERE merchant_id = %s AND {column} = t.token AND member_id IS NOT NULL LIMIT %s
) s GROUP BY t.token
"""
_MINUTES: Final = """
SELECT c.referral_id, floor(min(abs(extract(epoch FROM other.occurred_at - s.occurred_at))) / 60)::int
FROM unnest(%(referrals)s::uuid[], %(sales)s::uuid[], %(referrers)s::uuid[]) AS c(referral_id, sale_id, referrer_id)
JOIN sales_sale s ON s.merchant_id = %(merchant)s AND s.id = c.sale_id
JOIN sales_sale other ON other.merchant_id = %(merchant)s AND other.member_id = c.referrer_id
    AND other.till_id = s.till_id
    AND other.occurred_at BETWEEN s.occurred_at - %(most)s * interval '1 minute'
                              AND s.occurred_at + %(most)s * interval '1 minute'
GROUP BY c.referral_id
"""
_CASHIERS: Final = """
SELECT cashier, count(*) FROM sales_sale
WHERE merchant_id = %s AND id = ANY(%s::uuid[]) AND cashier <> '' GROUP BY cashier ORDER BY 2 DESC, 1 LIMIT 1
"""


def _tokens_of(merchant: MerchantFacts, column: str, people: Sequence[UUID]) -> defaultdict[UUID, set[bytes]]:
    found: defaultdict[UUID, set[bytes]] = defaultdict(set)
    with connection.cursor() as cursor:
        cursor.execute(_TOKENS.format(column=column), [merchant.id, list(people)])
        for member_id, token in cursor.fetchall():
            found[member_id].add(bytes(token))
    return found


def _members_of(merchant: MerchantFacts, column: str, tokens: set[bytes]) -> dict[bytes, int]:
    if not tokens:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_MEMBERS_OF.format(column=column), [sorted(tokens), merchant.id, LOOKED_AT])
        return {bytes(token): count for token, count in cursor.fetchall()}


def _minutes_apart(merchant: MerchantFacts, cases: Sequence[ReferredSale]) -> dict[UUID, int]:
    values: dict[str, Any] = {
        "merchant": merchant.id,
        "referrals": [case.referral_id for case in cases],
        "sales": [case.sale_id for case in cases],
        "referrers": [case.referrer_id for case in cases],
        "most": MOST_MINUTES,
    }
    with connection.cursor() as cursor:
        cursor.execute(_MINUTES, values)
        return dict(cursor.fetchall())


def busiest_cashier(*, merchant: MerchantFacts, sale_ids: Sequence[UUID]) -> int:
    """Return how many of these sales the busiest cashier rang up; 0 when no till named its cashier."""
    with connection.cursor() as cursor:
        cursor.execute(_CASHIERS, [merchant.id, list(sale_ids)])
        row = cursor.fetchone()
    return int(row[1]) if row else 0
