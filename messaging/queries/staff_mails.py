"""What became of single mails: those to a shop's staff, and those that staff send a member."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from common.emails import email_key
from merchants.facts import MerchantFacts
from messaging.facts import MessageState, ProgramMail, Purpose, StaffMail
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


def latest_program_mail(*, merchant: MerchantFacts, template_key: str, member_id: UUID) -> ProgramMail | None:
    """Return the newest mail of that text about the program to the member; None where there is none."""
    rows = Message.objects.filter(
        merchant_id=merchant.id, member_id=member_id, purpose=Purpose.PROGRAM.value, template_key=template_key
    )
    found = rows.order_by("-created_at", "-id").values_list("state", "reason", "created_at").first()
    return ProgramMail(MessageState(found[0]), found[1], found[2]) if found else None
