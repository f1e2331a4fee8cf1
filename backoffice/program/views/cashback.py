"""Cashback: which promotions bring it, what members hold of it, and how long money in the wallet is valid."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.utils import timezone

from backoffice.access import StaffRequest, staff_page
from backoffice.program.forms.settings import WALLET
from backoffice.program.offers import offers_of_kinds
from backoffice.program.setting_pages import settings_page
from ledger.facts import Unit
from ledger.queries import liability
from ledger.wording import expiry_words
from merchants.facts import MerchantFacts, Permission


@staff_page(Permission.EDIT_PROGRAM)
def cashback(request: StaffRequest) -> HttpResponse:
    return settings_page(
        request,
        WALLET,
        here="backoffice:program_cashback",
        template="backoffice/program/cashback.html",
        describe=_describe_cashback,
    )


def _describe_cashback(merchant: MerchantFacts, changes: Mapping[str, Any]) -> Mapping[str, Any]:
    today = merchant.last_ended_day(timezone.now()) + timedelta(days=1)
    owed = liability(merchant=merchant, business_date=today, unit=Unit.WALLET)
    return {
        "offers": offers_of_kinds(merchant, ("cashback",)),
        "held": owed.outstanding,
        "holders": owed.members_with_balance,
        "today": today,
        "sentence": expiry_words(merchant.expiry_rule),
    }
