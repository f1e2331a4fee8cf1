"""How a merchant sends, and whether a dispatch may go out now."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from merchants.facts import MerchantFacts
from messaging.facts import DispatchState, Purpose, SendingPolicyFacts
from messaging.models import Dispatch, SendingPolicy
from messaging.rules.pauses import is_quiet


def sending_policy(*, merchant: MerchantFacts) -> SendingPolicyFacts:
    """Return how the merchant sends; the defaults if nothing was saved."""
    row = SendingPolicy.objects.filter(merchant_id=merchant.id).first() or SendingPolicy(merchant_id=merchant.id)
    return SendingPolicyFacts(
        sender_name=row.sender_name or merchant.name,
        reply_to=row.reply_to,
        throttle_per_minute=row.throttle_per_minute,
        quiet_from=row.quiet_from,
        quiet_until=row.quiet_until,
        frequency_cap_days=row.frequency_cap_days,
    )


def purpose_to_send(
    *, merchant: MerchantFacts, dispatch_id: UUID, policy: SendingPolicyFacts, now: datetime
) -> Purpose | None:
    """Return the purpose of an open dispatch; None while it is held, closed or in its quiet hours."""
    row = Dispatch.objects.filter(merchant_id=merchant.id, id=dispatch_id, state=DispatchState.OPEN.value).first()
    if row is None or (
        row.keeps_quiet
        and is_quiet(now, zone=merchant.timezone, quiet_from=policy.quiet_from, quiet_until=policy.quiet_until)
    ):
        return None
    return Purpose(row.purpose)
