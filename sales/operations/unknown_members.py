"""Sales that are paid and name a member who is not known: recorded without one, and theirs if they join soon."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from members.operations import await_member, lock_joining
from members.queries import MemberNotFound, find_member_id, member
from merchants.facts import MerchantFacts
from sales.facts import SaleDraft, SaleWarning
from sales.rules import MEMBER_WITHHELD


def without_unknown_member(
    *, merchant: MerchantFacts, draft: SaleDraft, sale_id: UUID, at: datetime
) -> tuple[SaleDraft, tuple[SaleWarning, ...]]:
    """Return the draft of a paid sale without the member it names if no one is known by that, and a warning.

    A phone or an e-mail is kept as a hash, for them to join. Any other draft comes back as it is; no statement for a
    sale that is not paid. It locks before any row is locked, but for the receipt. Where the till is not to learn
    whether anyone is known, the warning is the same for both.
    """
    if not draft.is_paid:
        return draft, ()
    said = (SaleWarning(MEMBER_WITHHELD, {}),) if draft.withholds_member else ()
    if _is_known(merchant, draft):
        return draft, said
    if draft.identifier is not None:
        lock_joining(merchant=merchant, is_alone=True)
        if _is_known(merchant, draft):  # they were joining at this moment
            return draft, said
        await_member(merchant=merchant, identifier=draft.identifier, sale_id=sale_id, at=at)
    return replace(draft, member_id=None, identifier=None), said or (SaleWarning("member_unknown", {}),)


def _is_known(merchant: MerchantFacts, draft: SaleDraft) -> bool:
    """Return whether the member that is named is there; True where none is named."""
    try:
        if draft.member_id is not None:
            member(merchant=merchant, member_id=draft.member_id)
        elif draft.identifier is not None:
            find_member_id(merchant=merchant, identifier=draft.identifier)
    except MemberNotFound:
        return False
    return True
