"""What became of the mails to a shop's staff."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from common.emails import email_key
from merchants.facts import MerchantFacts
from messaging.facts import MessageState, Purpose, StaffMail
from messaging.models import Message
from messaging.queries.addresses import address_hash


def latest_staff_mails(
    *, merchant: MerchantFacts, template_key: str, emails: Collection[str]
) -> Mapping[str, StaffMail]:
    """Return the newest mail of that text to each address; an address that never got one is left out."""
    by_hash = {address_hash(merchant=merchant, email_key=email_key(email)): email for email in emails}
    rows = Message.objects.filter(
        merchant_id=merchant.id,
        dispatch_id=merchant.id,
        purpose=Purpose.STAFF.value,
        template_key=template_key,
        address_hash__in=list(by_hash),
    )
    found = rows.order_by("created_at", "id").values_list("address_hash", "state", "reason")
    # The newest comes last and stays.
    return {
        by_hash[bytes(hashed)]: StaffMail(MessageState(state), reason)
        for hashed, state, reason in found
        if hashed is not None
    }
