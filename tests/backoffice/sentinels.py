"""A member who has left a name and contacts wherever the product keeps any, and a walk that looks for them."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote_plus

from django.db import connection
from django.utils import timezone

from common.ids import new_id
from common.secrets import decrypt, decrypt_bytes
from ledger.facts import CHANGE_POINTS, AskedMovement, Unit
from ledger.operations import adjust, ask_movement
from members.facts import MemberFacts
from members.models import AwaitedMember
from members.operations import issue_waiting_card, set_tier
from members.operations.awaited import hash_awaited_contacts
from members.queries import member, tiers
from merchants.facts import SYSTEM, Actor, ClaimedKeyFacts, Role
from merchants.models import ClaimedKey, JobPart, LoggedRequest, SavedView
from merchants.operations import claim_key, decide_approval, store_answer
from merchants.tasks import run_jobs
from merchants.tenancy import merchant_scope
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.test_data_requests import QUEUE, record, requests_of

NAME: Final = "Zubaidah Sentinelwati"
PHONE: Final = "+6281299887766"
EMAIL: Final = "zubaidah.sentinel@example.com"
FORMER: Final = "+6281299887755"
AREA: Final = "Kampung Penanda"
NEEDLES: Final = (
    "Zubaidah",
    "Sentinelwati",
    PHONE,
    "81299887766",
    "0812-9988-7766",
    EMAIL,
    "zubaidah.sentinel",
    AREA,
    "81299887755",
    "1987-06-05",
    "CRM-900877",
    quote_plus(EMAIL),
)


def walk(store: Store) -> dict[str, set[str]]:
    """Return by table what of the needles any column of any of its rows of this store holds, bytes included."""
    found: dict[str, set[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' "
            "AND column_name = 'merchant_id' AND table_name IN ("
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace)"
        )
        for (table,) in cursor.fetchall():
            for needle in NEEDLES:
                cursor.execute(
                    f"SELECT count(*) FROM {table} t WHERE t.merchant_id = %s AND ("
                    "strpos(lower(to_jsonb(t)::text), lower(%s)) > 0 OR strpos(to_jsonb(t)::text, %s) > 0)",
                    [store.merchant.id, needle, needle.encode().hex()],
                )
                if cursor.fetchone()[0]:
                    found.setdefault(table, set()).add(needle)
    return found


def unsealed(store: Store) -> str:
    """Return all that is kept encrypted beside the member: answers for tills, and files."""
    keys = ClaimedKey.objects.filter(merchant_id=store.merchant.id, body__isnull=False).values_list("body", flat=True)
    pieces = JobPart.objects.filter(merchant_id=store.merchant.id).values_list("content", flat=True)
    answers = [decrypt(base64.b64decode(body)) for body in keys if body]
    return "\n".join([*answers, *(read_file(decrypt_bytes(bytes(piece))) for piece in pieces)])


def read_file(content: bytes) -> str:
    if not content.startswith(b"PK"):
        return content.decode("utf-8", "replace")
    with zipfile.ZipFile(io.BytesIO(content)) as folder:
        return "\n".join(folder.read(name).decode() for name in folder.namelist())


def named(text: str) -> set[str]:
    return {needle for needle in NEEDLES if needle.casefold() in text.casefold()}


def make_sentinel(store: Store, owner: StaffPerson) -> MemberFacts:
    """A member who has left their name and contacts wherever the product keeps any."""
    found = store.member(NAME, phone=FORMER, email=EMAIL, external_ref="CRM-900877")
    merchant, now = store.merchant, timezone.now()
    owner.save(
        f"/members/{found.id}/edit/",
        name=NAME,
        phone=PHONE,
        email=EMAIL,
        birth_date="5 Jun 1987",
        area=AREA,
        language="id",
        outlet="",
        notes=f"{NAME} suka kopi",
        **seen_of(owner, found),
    )
    for step in ("block", "unblock"):
        owner.post(f"/members/{found.id}/{step}/", reason=f"{NAME} menelepon dari {PHONE}")
    owner.post(f"/members/{found.id}/tags/", tag="arisan")
    made: Any = owner.get("/members/export/", q=EMAIL)
    assert EMAIL in b"".join(made.streaming_content).decode()
    with merchant_scope(merchant.id):
        SavedView.objects.create(
            merchant_id=merchant.id,
            user_id=owner.user_id,
            page="members",
            name="Sentinel",
            query=f"q={quote_plus(EMAIL)}",
            created_by="x",
            created_at=now,
        )
        issue_waiting_card(merchant=merchant, member_id=found.id, shown_name=NAME, at=now)
        adjust(
            merchant=merchant,
            owner_id=found.id,
            change=500,
            reason="goodwill",
            note=f"untuk {NAME}",
            actor=SYSTEM,
            at=now,
            business_date=merchant.day_of(now),
        )
        asked = ask_movement(
            merchant=merchant,
            asked=AskedMovement(CHANGE_POINTS, found.id, Unit.POINTS, 900_000, "goodwill", f"dari {NAME}", new_id()),
            actor=Actor(owner.user_id, owner.email, Role.OWNER),
            at=now,
        )
        decide_approval(
            merchant=merchant,
            approval_id=asked,
            is_approved=False,
            reason=f"{NAME} sudah dapat",
            at=now,
            actor=Actor(new_id(), "lain@example.com", Role.OWNER),
        )
        ladder = tiers(merchant=merchant)
        set_tier(
            merchant=merchant,
            member_id=found.id,
            tier_code=ladder[-1].code,
            reason=f"janji ke {NAME}",
            actor=SYSTEM,
            at=now,
            business_date=merchant.day_of(now),
            protected_until=merchant.day_of(now) + timedelta(days=30),
        )
        claim = claim_key(merchant=merchant, till_id=store.till_id, key="k-1", request_fingerprints=[bytes(32)], at=now)
        assert isinstance(claim, ClaimedKeyFacts)
        body = json.dumps({"member": {"id": str(found.id), "name": NAME, "phone": "0812-9988-7766"}, "points": 7})
        store_answer(claim=claim, status=200, body=body)
        LoggedRequest.objects.create(
            merchant_id=merchant.id,
            till_id=store.till_id,
            key_prefix="x",
            at=now,
            method="GET",
            route="/members",
            address=f"/members?q={EMAIL}",
            status=200,
            milliseconds=1,
            request_bytes=0,
            answer_bytes=0,
        )
        (hashed, _) = hash_awaited_contacts(merchant=merchant, phone=PHONE, email=EMAIL)
        AwaitedMember.objects.create(
            merchant_id=merchant.id, sale_id=new_id(), kind="phone", contact_hash=hashed, noted_at=now
        )
    record(owner, found, "access")
    record(owner, found, "correction")
    access, correction = sorted(requests_of(store, found), key=lambda one: one.kind)
    owner.post(f"{QUEUE}{access.id}/file/")
    run_jobs(merchant=merchant, clock=timezone.now)
    owner.post(f"{QUEUE}{access.id}/close/", outcome="file_given", note=f"{NAME} datang sendiri")
    owner.post(f"{QUEUE}{correction.id}/close/", outcome="corrected")
    with merchant_scope(merchant.id):
        return member(merchant=merchant, member_id=found.id)


def seen_of(person: StaffPerson, found: MemberFacts) -> dict[str, Any]:
    """Return the mark of what the form showed."""
    return dict(re.findall(r'name="(seen)" value="([^"]+)"', person.text(f"/members/{found.id}/edit/")))
