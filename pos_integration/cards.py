"""Collects what the till learns about one member: short reads over ledger and rewards."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from ledger.facts import Balance, Unit
from ledger.queries import balance
from members.facts import MemberFacts
from members.operations import ShownState, shown_card_state
from members.queries import card_token_in_force, perks_of_tier, shared_wallet
from members.rules import birth_date_for_offers
from pos_integration.names import condition_names
from pos_integration.pipeline import Call
from pos_integration.presentation import MemberCard, card_url, referral_link
from rewards.coupons.queries import coupons_and_stamps
from rewards.engine import is_personal
from rewards.engine.facts import Decision, Definition
from rewards.promotions.queries import birthday_benefit_open, live_promotions, offers_in_force, offers_of_tier
from rewards.promotions.wording import Names, offer_in_words
from rewards.referrals.queries import program_in_force


def today_of(call: Call) -> date:
    """Return the merchant's business day at the moment the request came in."""
    return call.merchant.day_of(call.received_at)


def _is_referring(call: Call) -> bool:
    """Return whether a friend who joins now by the member's link brings them something."""
    program = program_in_force(merchant=call.merchant, at=call.received_at)
    return program is not None and program.terms.is_open


def knows_by_waiting_card(call: Call, member_id: UUID) -> bool:
    """Return whether this till was shown only a waiting card: nothing of the member's is spent or shown."""
    state = shown_card_state(
        merchant=call.merchant,
        till_id=call.credential.till_id,
        member_id=member_id,
        identifier=None,
        at=call.received_at,
    )
    return state is ShownState.WAITING


def told_by_waiting_card(call: Call, decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """Return the decisions that say nothing about the member: none of a rule that asks who they are."""
    all_of_them = tuple(decisions)
    offers = offers_in_force(
        merchant=call.merchant, promotion_ids=[UUID(d.promotion_id) for d in all_of_them], at=call.received_at
    )
    open_to_all = {str(promotion_id) for promotion_id, offer in offers.items() if not is_personal(offer)}
    return tuple(d for d in all_of_them if d.promotion_id in open_to_all or d.reason == "card_not_confirmed")


def card_of(
    call: Call, member: MemberFacts, *, by_waiting_card: bool = False, hands_out_card: bool = False
) -> MemberCard:
    """Return what the till learns of the member.

    `by_waiting_card`: what was shown is a card that is not confirmed. `hands_out_card`: its link is given in any case;
    otherwise not where a shop asks members for the code of their card page, which proves nothing at a till that can
    open it.
    """
    merchant, now, today = call.merchant, call.received_at, today_of(call)
    if by_waiting_card:
        return MemberCard(
            member=member,
            points=Balance(),
            wallet=Balance(),
            coupons=(),
            stamps=(),
            today=today,
            referral_link=None,
            card_confirmed=False,
            by_waiting_card=True,
        )
    coupons, stamps = coupons_and_stamps(merchant=merchant, member_id=member.id, at=now, today=today)
    birth_date = birth_date_for_offers(member, on=today)
    live = live_promotions(merchant=merchant, at=now) if birth_date or member.tier else []
    gives_link = hands_out_card or merchant.verify_above_points is None
    token = card_token_in_force(merchant=merchant, member_id=member.id) if gives_link else None
    return MemberCard(
        member=member,
        points=balance(merchant=merchant, owner_id=member.id, unit=Unit.POINTS, business_date=today, at=now),
        wallet=balance(merchant=merchant, owner_id=member.id, unit=Unit.WALLET, business_date=today, at=now),
        coupons=tuple(coupons),
        stamps=tuple(stamps),
        today=today,
        birthday_benefit_open=birthday_benefit_open(
            merchant=merchant, birth_date=birth_date, at=now, today=today, promotions=live
        ),
        referral_link=referral_link(merchant, member) if _is_referring(call) else None,
        card_confirmed=member.has_card_in_force,
        card_url=card_url(merchant, token) if token else None,
        perks=_perks_of(call, member, live),
        shared=shared_wallet(merchant=merchant, member=member, business_date=today, at=now),
    )


def _perks_of(call: Call, member: MemberFacts, live: Iterable[Definition]) -> tuple[str, ...]:
    """Say what the member's tier gives: the store's own words, then what promotions in force give to it alone.

    One text each, for a customer. One statement, at most four more where promotions name what has a name of its own.
    """
    if member.tier is None:
        return ()
    own = offers_of_tier(live, tier_code=member.tier.code, today=today_of(call))
    names = condition_names(call.merchant, own) if own else Names()
    return perks_of_tier(merchant=call.merchant, tier_id=member.tier.id) + tuple(
        " ".join(offer_in_words(offer, currency=call.merchant.currency, language=call.language, names=names))
        for offer in own
    )
