"""The member that a cart names, as its price goes by them; a sale that is paid goes on without one who is blocked."""

from __future__ import annotations

from dataclasses import replace

from common.errors import Refusal
from members.facts import MemberFacts
from members.operations import lock_member, note_shown_card, shown_card_state
from members.queries import find_shown, member, tier_code_at
from rewards.engine import is_personal
from sales.facts import SaleWarning
from sales.operations.cart_fingerprints import fingerprint_request
from sales.operations.pricing_context import NOTHING_RESERVED, PricingContext, ReservedItems


class MemberBlocked(Refusal):
    """The member is blocked: nothing may be earned or spent until staff lift it."""

    code = "member_blocked"


def with_member(context: PricingContext, *, lock: bool, reserved: ReservedItems = NOTHING_RESERVED) -> PricingContext:
    """Add the member that the cart names, locked when the caller will write, and whether the sale is paid.

    A quote that was reserved for this member and cart is honored, also when the member was blocked since. Raises
    Missing('member_not_found') and MemberBlocked.
    """
    found = _find_member(context, lock=lock)
    pays_quote = reserved.fingerprint is not None and reserved.fingerprint == fingerprint_request(
        context.draft, member_id=found.id if found else None
    )
    context = replace(context, pays_quote=pays_quote, is_paid=pays_quote or context.draft.is_paid)
    if found is not None and found.is_blocked and not pays_quote:
        if not context.is_paid:
            raise MemberBlocked
        if context.draft.withholds_member:
            return context
        return replace(context, doubts=(*context.doubts, SaleWarning("member_blocked", {})))
    return replace(context, member=found, tier_code=_find_tier_code(context, found))


def _find_tier_code(context: PricingContext, found: MemberFacts | None) -> str | None:
    """Return the code of the tier that counts; no statement for a sale of today."""
    if found is None:
        return None
    now = found.tier.code if found.tier else None
    if not context.sale_time.is_past:
        return now
    return tier_code_at(merchant=context.merchant, member_id=found.id, at=context.sale_time.at, now=now)


def _find_member(context: PricingContext, *, lock: bool) -> MemberFacts | None:
    merchant, draft = context.merchant, context.draft
    read_member = lock_member if lock else member
    if draft.member_id is not None:
        return read_member(merchant=merchant, member_id=draft.member_id)
    if draft.identifier is None:
        return None
    shown = find_shown(merchant=merchant, identifier=draft.identifier)
    found = read_member(merchant=merchant, member_id=shown.member_id)
    if lock and shown.is_waiting:
        seen = replace(shown, member_id=found.id)
        note_shown_card(merchant=merchant, till_id=context.till.id, shown=seen, at=context.now)
    return found


def with_card_state(context: PricingContext) -> PricingContext:
    """Note by which card the member is known, where the cart may have, see or spend what is for this member.

    With the member locked: a card confirmed or ended meanwhile is seen as it is now. No statement for other carts.
    """
    found = context.member
    if found is None or not (context.spends_of_member or any(map(is_personal, context.promotions))):
        return context
    state = shown_card_state(
        merchant=context.merchant,
        till_id=context.till.id,
        member_id=found.id,
        identifier=context.draft.identifier,
        at=context.now,
    )
    return replace(context, card_state=state)
