"""How a merchant sends."""

from __future__ import annotations

from datetime import datetime

from campaigns.facts import SendingPolicyFacts
from campaigns.models import SendingPolicy
from campaigns.operations.drafts import failed
from campaigns.queries.campaigns import sending_policy
from common.emails import EmailError, normalise_email
from common.errors import BadInput
from common.text import one_line
from merchants.facts import Actor, MerchantFacts
from merchants.operations import record_audit


def save_sending_policy(
    *, merchant: MerchantFacts, policy: SendingPolicyFacts, at: datetime, actor: Actor
) -> SendingPolicyFacts:
    """Raises BadInput (reply_to, throttle_per_minute). Running campaigns obey it from the next claim on."""
    throttle = policy.throttle_per_minute
    errors = failed(
        [
            ("reply_to", "reply_to_malformed", lambda: not _usable(policy.reply_to)),
            ("throttle_per_minute", "throttle_range", lambda: throttle is not None and throttle < 1),
        ]
    )
    if errors:
        raise BadInput(errors)
    columns = {
        "sender_name": one_line(policy.sender_name, 80),
        "reply_to": policy.reply_to.strip(),
        "throttle_per_minute": throttle,
        "quiet_from": policy.quiet_from,
        "quiet_until": policy.quiet_until,
    }
    SendingPolicy.objects.update_or_create(merchant_id=merchant.id, defaults=columns)
    record_audit(
        merchant=merchant,
        actor=actor,
        action="sending_policy.changed",
        at=at,
        subject=("merchant", merchant.id),
        after={"throttle_per_minute": throttle},
    )
    return sending_policy(merchant=merchant)


def _usable(reply_to: str) -> bool:
    if not reply_to.strip():
        return True
    try:
        return normalise_email(reply_to).isascii()
    except EmailError:
        return False
