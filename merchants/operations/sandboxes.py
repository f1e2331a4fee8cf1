"""A shop's sandbox: a merchant of its own with the shop's program, where test keys lead."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext, override

from common.copies import write_copies
from merchants.facts import NIGHT_WORK, Actor, MerchantFacts
from merchants.models import DueWork, Merchant, Till, TillKey
from merchants.operations.audit import record_audit
from merchants.operations.due_work import enqueue_work
from merchants.queries import facts_of

LONGEST_NAME: Final = 120
_OWN: Final = frozenset({"id", "name", "slug", "created_at", "is_sample", "sandbox_of_id", "is_in_use"})


@dataclass(frozen=True)
class MovedKey:
    """A test key on its way from a sandbox that is emptied into the one that follows it: its hash, never its secret."""

    prefix: str
    secret_hash: bytes
    till_id: UUID
    scopes: list[str]
    created_at: datetime
    created_by: str


def open_sandbox(*, merchant: MerchantFacts, sandbox_id: UUID, at: datetime) -> MerchantFacts:
    """Open a sandbox with the shop's settings, not in use yet; the caller made its id and opened its scope."""
    shop = Merchant.objects.get(id=merchant.id)
    settings = {f.attname: getattr(shop, f.attname) for f in Merchant._meta.concrete_fields if f.name not in _OWN}
    with override(shop.language):
        name = gettext("%(name)s (test)") % {"name": shop.name[: LONGEST_NAME - 20]}
    row = Merchant.objects.create(
        id=sandbox_id,
        name=name,
        slug=f"{shop.slug[:40]}-test-{secrets.token_hex(4)}",
        created_at=at,
        sandbox_of_id=shop.id,
        is_in_use=False,
        **settings,
    )
    return facts_of(row)


def copy_outlets(*, merchant: MerchantFacts, rows: Sequence[Any]) -> None:
    """Write a shop's outlets and tills as the sandbox's, with the same ids; no till of it has been seen yet."""
    write_copies(merchant.id, rows, {Till: {"last_seen_at": None}})


def put_in_use(*, merchant: MerchantFacts, at: datetime) -> None:
    """Let the shop's test mode lead to this sandbox, and give it nights; the one before it is out of use already."""
    Merchant.objects.filter(id=merchant.id).update(is_in_use=True)
    enqueue_work(merchant=merchant, kind=NIGHT_WORK, due_at=merchant.bounds_of(merchant.day_of(at))[1])


def retire_sandbox(*, merchant: MerchantFacts) -> list[MovedKey]:
    """Take the sandbox out of use: it has no keys and no nights any more. Return its keys for the one that follows."""
    keys = TillKey.objects.filter(merchant_id=merchant.id, revoked_at__isnull=True).order_by("id")
    moved = [MovedKey(k.prefix, bytes(k.secret_hash), k.till_id, k.scopes, k.created_at, k.created_by) for k in keys]
    TillKey.objects.filter(merchant_id=merchant.id).delete()
    DueWork.objects.filter(merchant_id=merchant.id, kind=NIGHT_WORK.name).delete()
    Merchant.objects.filter(id=merchant.id).update(is_in_use=False)
    return moved


def take_over_keys(*, merchant: MerchantFacts, keys: Sequence[MovedKey], at: datetime, actor: Actor) -> None:
    """Give the sandbox the keys of the one before it; those of tills that are gone are dropped."""
    tills = set(Till.objects.filter(merchant_id=merchant.id).order_by("id").values_list("id", flat=True))
    for key in keys:
        if key.till_id not in tills:
            continue
        row = TillKey.objects.create(merchant_id=merchant.id, **vars(key))
        record_audit(
            merchant=merchant,
            actor=actor,
            action="till_key.issued",
            at=at,
            subject=("till", key.till_id),
            after={
                "key": row.id,
                "scopes": ", ".join(key.scopes),
                "digest": hashlib.sha256(key.secret_hash).hexdigest(),
            },
        )
