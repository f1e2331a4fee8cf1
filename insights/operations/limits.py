"""The merchant's own limits from which discounts are too many."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from django.utils.translation import gettext

from common.errors import BadInput, FieldError
from insights.facts import DiscountLimits
from insights.models import DiscountLimit
from insights.queries import discount_limits
from merchants.facts import Actor, MerchantFacts
from merchants.operations import record_audit


def set_discount_limits(*, merchant: MerchantFacts, limits: DiscountLimits, at: datetime, actor: Actor) -> None:
    """Set percentages from 1 to 100. Raises BadInput naming the field."""
    wrong = [name for name, value in asdict(limits).items() if not 1 <= value <= 100]
    if wrong:
        words = gettext("Give a percentage from 1 to 100.")
        raise BadInput([FieldError(f"/{name}", "not_a_percentage", words) for name in wrong])
    before = discount_limits(merchant=merchant)
    DiscountLimit.objects.update_or_create(merchant_id=merchant.id, defaults={**asdict(limits), "changed_at": at})
    record_audit(
        merchant=merchant,
        actor=actor,
        action="discount_limits.changed",
        at=at,
        subject=("merchant", merchant.id),
        before=asdict(before),
        after=asdict(limits),
    )
