"""How a merchant sends."""

from __future__ import annotations

from datetime import datetime

from common.emails import EmailError, normalise_email
from common.errors import BadInput
from common.text import one_line
from merchants.facts import Actor, MerchantFacts
from merchants.operations import record_audit
from messaging.facts import MOST_CAP_DAYS, SendingPolicyFacts
from messaging.models import SendingPolicy
from messaging.queries.policies import sending_policy
from messaging.wording import field_error


def save_sending_policy(
    *, merchant: MerchantFacts, policy: SendingPolicyFacts, at: datetime, actor: Actor
) -> SendingPolicyFacts:
    """Save how the merchant sends, from the next claim on.

    Raises BadInput (reply_to, throttle_per_minute, frequency_cap_days).
    """
    throttle = policy.throttle_per_minute
    errors = []
    if not _is_usable(policy.reply_to):
        errors.append(field_error("reply_to", "reply_to_malformed"))
    if throttle is not None and throttle < 1:
        errors.append(field_error("throttle_per_minute", "throttle_range"))
    if not 0 <= policy.frequency_cap_days <= MOST_CAP_DAYS:
        errors.append(field_error("frequency_cap_days", "cap_days_range"))
    if errors:
        raise BadInput(errors)
    columns = {
        "sender_name": one_line(policy.sender_name, 80),
        "reply_to": policy.reply_to.strip(),
        "throttle_per_minute": throttle,
        "quiet_from": policy.quiet_from,
        "quiet_until": policy.quiet_until,
        "frequency_cap_days": policy.frequency_cap_days,
    }
    before = sending_policy(merchant=merchant)
    SendingPolicy.objects.update_or_create(merchant_id=merchant.id, defaults=columns)
    record_audit(
        merchant=merchant,
        actor=actor,
        action="sending_policy.changed",
        at=at,
        subject=("merchant", merchant.id),
        before=_audited_policy(before),
        after=_audited_policy(sending_policy(merchant=merchant)),
    )
    return sending_policy(merchant=merchant)


def _audited_policy(policy: SendingPolicyFacts) -> dict[str, object]:
    """Return what the audit trail keeps; the reply address is left out because it may be a person's."""
    return {
        "sender_name": policy.sender_name,
        "throttle_per_minute": policy.throttle_per_minute,
        "quiet_from": policy.quiet_from.isoformat("minutes"),
        "quiet_until": policy.quiet_until.isoformat("minutes"),
        "frequency_cap_days": policy.frequency_cap_days,
    }


def lock_throttle(*, merchant: MerchantFacts) -> int | None:
    """Lock and return how many messages a minute are allowed, None for no limit; the lock keeps workers within it."""
    policy = (
        SendingPolicy.objects.select_for_update(no_key=True)
        .filter(merchant_id=merchant.id, throttle_per_minute__isnull=False)
        .first()
    )
    return policy.throttle_per_minute if policy else None


def _is_usable(reply_to: str) -> bool:
    if not reply_to.strip():
        return True
    try:
        return normalise_email(reply_to).isascii()
    except EmailError:
        return False
