"""A merchant signs up and can ring up the first sale a minute later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext, override

from ledger.operations import open_house_accounts
from members.operations import open_default_tiers
from merchants.facts import SYSTEM, MerchantFacts, OutletFacts, Role
from merchants.operations import add_outlet, add_staff, add_till, create_merchant, create_user
from rewards.promotions.operations import open_starter_program


@dataclass(frozen=True)
class OpenedMerchant:
    merchant: MerchantFacts
    owner_id: UUID
    outlet: OutletFacts
    till_id: UUID


def open_merchant(
    *,
    merchant_id: UUID,
    name: str,
    at: datetime,
    owner_id: UUID | None = None,
    owner_name: str = "",
    email: str = "",
    password: str | None = None,
    currency: str = "IDR",
    timezone: str = "Asia/Jakarta",
    language: str = "id",
    outlet_name: str | None = None,
    settings: Mapping[str, Any] | None = None,
    program_from: datetime | None = None,
) -> OpenedMerchant:
    """Open a merchant with its owner, first outlet and till, house accounts, four tiers and a starter program.

    The caller makes `merchant_id` and opens its scope. The owner is an existing account (`owner_id`), or one made
    here with an address that the caller vouches for. `program_from` puts the rules in force earlier than now, for
    sales that will be imported. Raises merchants' EmailTaken.
    """
    if owner_id is None:
        owner_id = create_user(email=email, name=owner_name, password=password, language=language).id
    merchant = create_merchant(
        merchant_id=merchant_id,
        name=name,
        currency=currency,
        timezone=timezone,
        language=language,
        at=at,
        settings=settings,
    )
    add_staff(merchant=merchant, user_id=owner_id, role=Role.OWNER, at=at, actor=SYSTEM)
    with override(language):
        outlet = add_outlet(
            merchant=merchant, name=outlet_name or gettext("Main outlet"), timezone=timezone, at=at, actor=SYSTEM
        )
        till_id = add_till(merchant=merchant, outlet_id=outlet.id, name=gettext("Till 1"), at=at, actor=SYSTEM)
        titles = {"earn": gettext("Shopping points"), "redeem": gettext("Pay with points")}
    open_house_accounts(merchant=merchant)
    open_default_tiers(merchant=merchant)
    open_starter_program(merchant=merchant, titles=titles, starts_at=program_from or at, at=at)
    return OpenedMerchant(merchant=merchant, owner_id=owner_id, outlet=outlet, till_id=till_id)
