"""How a merchant sends."""

from __future__ import annotations

from merchants.facts import MerchantFacts
from messaging.facts import SendingPolicyFacts
from messaging.models import SendingPolicy


def sending_policy(*, merchant: MerchantFacts) -> SendingPolicyFacts:
    """How the merchant sends; the defaults where nobody chose."""
    row = SendingPolicy.objects.filter(merchant_id=merchant.id).first() or SendingPolicy(merchant_id=merchant.id)
    return SendingPolicyFacts(
        sender_name=row.sender_name or merchant.name,
        reply_to=row.reply_to,
        throttle_per_minute=row.throttle_per_minute,
        quiet_from=row.quiet_from,
        quiet_until=row.quiet_until,
    )
