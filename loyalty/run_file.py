"""var/run.json: what someone outside needs to drive a running product, secrets included (0600).

    {url, merchants: [{id, name, currency, owner: {email, password}, till_key, join_path, outlet}], smtp_dir,
     mail_url}

Two merchants: the demo shop and an empty one with the same program; `outlet` is the name of the till's outlet.
`mail_url` is the page that shows what the local mail sink caught, or null where mail goes elsewhere.
Passwords and till keys can be read only when they are made, so what is in the file is kept; where it is
missing, new ones are issued.
"""

import json
import secrets
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from common.errors import Missing
from loyalty.demo import furnish
from merchants.facts import SYSTEM, MerchantFacts, Role
from merchants.operations import confirm_address, issue_till_key, set_staff_password
from merchants.queries import merchant_by_id, sample_merchant, staff, till_list, user_by_email
from merchants.tenancy import merchant_scope
from onboarding.operations import open_merchant

EMPTY_MERCHANT_ID = UUID("01930000-0000-7000-8000-000000000002")
EMPTY_MERCHANT_NAME = "Toko Baru"
EMPTY_MERCHANT_OWNER = "owner@tokobaru.example"


def refresh(path: Path, *, url: str, smtp_dir: Path | None, mail_url: str | None, now: datetime) -> None:
    """Write the file for this start: today's address, and access to both merchants, issued again only where unknown."""
    known = {entry["id"]: entry for entry in json.loads(path.read_text())["merchants"]} if path.exists() else {}
    merchants = [merchant for merchant in (sample_merchant(), empty_merchant(now=now)) if merchant is not None]
    entries = [known.get(str(merchant.id)) or issue_access(merchant, now=now) for merchant in merchants]
    for entry in entries:
        vouch_for(entry["owner"]["email"])
    facts = {"url": url, "merchants": entries, "smtp_dir": str(smtp_dir) if smtp_dir else None, "mail_url": mail_url}
    fresh = path.with_suffix(".fresh")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n")
    fresh.replace(path)


def empty_merchant(*, now: datetime) -> MerchantFacts:
    """Return the merchant without members; opened if it does not exist yet."""
    try:
        return merchant_by_id(EMPTY_MERCHANT_ID)
    except Missing:
        with merchant_scope(EMPTY_MERCHANT_ID):
            merchant = open_merchant(
                merchant_id=EMPTY_MERCHANT_ID,
                name=EMPTY_MERCHANT_NAME,
                owner_name="Sari",
                email=EMPTY_MERCHANT_OWNER,
                password=None,
                at=now,
            ).merchant
            furnish(merchant=merchant, at=now)
            return merchant


def vouch_for(email: str) -> None:
    """Mark an owner's invented address as proved; accounts of earlier versions proved none."""
    with suppress(Missing), transaction.atomic():  # the owner may have changed the address by now
        confirm_address(user_id=user_by_email(email).id)


def issue_access(merchant: MerchantFacts, *, now: datetime) -> dict[str, Any]:
    """Issue a new password for the owner and a new key for the first till; earlier ones were shown to others."""
    password = secrets.token_urlsafe(12)
    with merchant_scope(merchant.id):
        owner = next(one for one in staff(merchant=merchant) if one.role is Role.OWNER and one.is_active)
        set_staff_password(user_id=owner.user_id, password=password)
        till = next(till for till, _ in till_list(merchant=merchant) if till.kind == "pos")
        till_key = issue_till_key(merchant=merchant, till_id=till.id, at=now, actor=SYSTEM)
        outlet = till.outlet.name
    return {
        "id": str(merchant.id),
        "name": merchant.name,
        "currency": merchant.currency,
        "owner": {"email": owner.email, "password": password},
        "till_key": till_key,
        "join_path": reverse("member_pages:join", args=[merchant.slug]),
        "outlet": outlet,
    }
