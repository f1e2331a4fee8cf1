"""Arguments that commands of several apps take."""

from __future__ import annotations

from django.core.management.base import CommandError

from common.errors import Missing
from common.ids import uuid_or_none
from merchants.facts import MerchantFacts
from merchants.queries import merchant_by_id, merchant_by_slug


def find_merchant(text: str) -> MerchantFacts:
    """Return the merchant of this id or short name; raises CommandError."""
    merchant_id = uuid_or_none(text)
    try:
        return merchant_by_slug(text) if merchant_id is None else merchant_by_id(merchant_id)
    except Missing as missing:
        raise CommandError(f"there is no merchant {text!r}") from missing
