"""What members have in common: contacts they have or had, names, devices, who brought whom."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q

from common import secrets
from members.facts import MemberSimilarity
from members.models import FormerContact, Member
from members.rules.similarity import KnownPerson, address_of, one_mailbox, same_birth_and_surname, surname_of
from merchants.facts import MerchantFacts

LONGEST_CIRCLE: Final = 6
"""How many referrers back a circle is looked for; longer ones would need as many people."""


def contact_hash(*, merchant_id: UUID, kind: str, contact: str) -> bytes:
    """Return 32 bytes by which a phone or an e-mail is recognized; e-mails as one mailbox."""
    return secrets.keyed_hash(merchant_id, f"{kind}:{one_mailbox(contact) if kind == 'email' else contact}")


def survivors_of(*, merchant: MerchantFacts, member_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Return each id with the member it means today: itself, or its survivor. Unknown ids are left out."""
    found: dict[UUID, UUID] = {}
    asked = {member_id: member_id for member_id in member_ids}
    while asked:
        rows = Member.objects.filter(merchant_id=merchant.id, id__in=set(asked.values()))
        merged = dict(rows.values_list("id", "merged_into_id"))
        found |= {first: now for first, now in asked.items() if now in merged and merged[now] is None}
        asked = {first: into for first, now in asked.items() if (into := merged.get(now)) is not None}
    return found


def likeness(
    *, merchant: MerchantFacts, pairs: Iterable[tuple[UUID, UUID]]
) -> dict[tuple[UUID, UUID], MemberSimilarity]:
    """Return what each (friend, referrer) have in common; five statements for any number of pairs."""
    wanted = list(pairs)
    if not wanted:
        return {}
    survivors = survivors_of(merchant=merchant, member_ids=[member_id for pair in wanted for member_id in pair])
    people = _load_people(merchant, set(survivors.values()))
    joined = _joined_on(merchant, {device for person in people.values() for device in person.devices})
    circles = _find_circles(merchant, [friend for friend, _ in wanted])
    return {
        (friend, referrer): _compare_people(
            people.get(survivors.get(friend, friend), KnownPerson()),
            people.get(survivors.get(referrer, referrer), KnownPerson()),
            joined=joined,
            same_member=survivors.get(friend) == survivors.get(referrer),
            circle=circles.get(friend, 0),
        )
        for friend, referrer in wanted
    }


def joined_devices(*, merchant: MerchantFacts, member_ids: Iterable[UUID]) -> dict[UUID, bytes]:
    """Return the keyed hash of the device each of them joined on, where a till named one."""
    rows = Member.objects.filter(merchant_id=merchant.id, id__in=set(member_ids), joined_device_hash__isnull=False)
    return {member_id: bytes(device) for member_id, device in rows.values_list("id", "joined_device_hash") if device}


def _compare_people(
    friend: KnownPerson, referrer: KnownPerson, *, joined: Mapping[bytes, int], same_member: bool, circle: int
) -> MemberSimilarity:
    return MemberSimilarity(
        same_member=same_member,
        same_phone=bool(friend.phones & referrer.phones),
        same_email=bool(friend.emails & referrer.emails),
        same_birth_and_surname=same_birth_and_surname(friend, referrer),
        same_address=bool(friend.address) and friend.address == referrer.address,
        joined_on_same_device=bool(friend.devices & referrer.devices),
        device_members=max((joined.get(device, 0) for device in friend.devices), default=0),
        circle=circle,
    )


def _load_people(merchant: MerchantFacts, ids: set[UUID]) -> dict[UUID, KnownPerson]:
    """Load people by survivor; what was merged into a member counts as theirs."""
    rows = Member.objects.filter(Q(merchant_id=merchant.id) & (Q(id__in=ids) | Q(merged_into_id__in=ids)))
    of: dict[UUID, list[Member]] = defaultdict(list)
    for row in rows.order_by("id"):
        of[row.merged_into_id if row.merged_into_id in ids else row.id].append(row)
    former = _former_contacts(merchant, [row.id for group in of.values() for row in group])
    return {owner: _make_person(merchant, owner, group, former) for owner, group in of.items()}


def _make_person(
    merchant: MerchantFacts, owner: UUID, rows: Sequence[Member], former: Mapping[tuple[UUID, str], set[bytes]]
) -> KnownPerson:
    main = next((row for row in rows if row.id == owner), rows[0])
    had = {kind: set().union(*(former.get((row.id, kind), set()) for row in rows)) for kind in ("phone", "email")}
    phones = {contact_hash(merchant_id=merchant.id, kind="phone", contact=row.phone) for row in rows if row.phone}
    emails = {contact_hash(merchant_id=merchant.id, kind="email", contact=row.email) for row in rows if row.email}
    return KnownPerson(
        ids=frozenset(row.id for row in rows),
        phones=frozenset(phones | had["phone"]),
        emails=frozenset(emails | had["email"]),
        surname=surname_of(main.name),
        birth_date=main.birth_date,
        address=address_of(main.attributes),
        devices=frozenset(bytes(row.joined_device_hash) for row in rows if row.joined_device_hash),
    )


def _former_contacts(merchant: MerchantFacts, ids: Sequence[UUID]) -> dict[tuple[UUID, str], set[bytes]]:
    rows = FormerContact.objects.filter(merchant_id=merchant.id, member_id__in=ids)
    found: dict[tuple[UUID, str], set[bytes]] = defaultdict(set)
    for member_id, kind, contact in rows.values_list("member_id", "kind", "contact_hash"):
        found[member_id, kind].add(bytes(contact))
    return found


def _joined_on(merchant: MerchantFacts, devices: set[bytes]) -> Counter[bytes]:
    """Return how many members joined on each device."""
    if not devices:
        return Counter()
    rows = Member.objects.filter(merchant_id=merchant.id, joined_device_hash__in=list(devices))
    return Counter({bytes(d): n for d, n in rows.values_list("joined_device_hash").annotate(n=Count("id"))})


# From each friend upwards, referrer by referrer, until one is found who is (or was merged into) the friend.
_CIRCLES: Final = """
WITH RECURSIVE up AS (
    SELECT m.id AS friend, m.referred_by_id AS at, 1 AS steps, coalesce(m.merged_into_id, m.id) AS person
    FROM members_member m WHERE m.merchant_id = %(merchant)s AND m.id = ANY(%(friends)s::uuid[])
    UNION ALL
    SELECT up.friend, m.referred_by_id, up.steps + 1, up.person
    FROM up JOIN members_member m ON m.merchant_id = %(merchant)s AND m.id = up.at
    WHERE up.steps < %(longest)s
)
SELECT up.friend, min(up.steps) FROM up
JOIN members_member m ON m.merchant_id = %(merchant)s AND m.id = up.at
WHERE coalesce(m.merged_into_id, m.id) = up.person GROUP BY up.friend
"""


def _find_circles(merchant: MerchantFacts, friends: Sequence[UUID]) -> dict[UUID, int]:
    with connection.cursor() as cursor:
        cursor.execute(_CIRCLES, {"merchant": merchant.id, "friends": list(friends), "longest": LONGEST_CIRCLE})
        return dict(cursor.fetchall())
