"""The card on the phone: QR and number, tier, balance, coupons, history."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from common.errors import BadInput
from common.quantities import format_points
from ledger.facts import EntryFacts, Unit
from ledger.queries import balance, entries
from member_pages.access import PageVisit, member_page
from member_pages.invitations import Invitation, invitation
from member_pages.presentation import CardPage, card_page, history_lines
from members.facts import MemberFacts
from members.queries import member_by_card_token, perks_of_tier, shared_wallet, waiting_name
from members.rules import show_number
from rewards.coupons.queries import coupons_and_stamps
from rewards.promotions.queries import live_promotions, names_of_conditions, offers_of_tier, program_rules
from rewards.promotions.wording import Names, offer_in_words
from rewards.referrals.queries import program_in_force, referral_counts

HISTORY_LINES = 20


@require_safe
@member_page
def card(request: HttpRequest, visit: PageVisit, token: str) -> HttpResponse:
    name = waiting_name(merchant=visit.merchant, token=token)
    if name is not None:
        return _waiting_card(request, visit, token, name=name)
    member = member_by_card_token(merchant=visit.merchant, token=token)
    lines = _load_history(visit, member, before=request.GET.get("before"))
    shown = history_lines(lines[:HISTORY_LINES], visit.merchant, visit.language)
    context = {
        "store_name": visit.merchant.name,
        "card": _card_page(visit, member, token),
        "lines": shown,
        "older": lines[HISTORY_LINES - 1].cursor if len(lines) > HISTORY_LINES else "",
        "is_later_page": "before" in request.GET,
        "asks_for_code": visit.merchant.verify_above_points is not None,
        "invitation": _find_invitation(visit, member),
    }
    return render(request, "member_pages/card.html", context)


def _waiting_card(request: HttpRequest, visit: PageVisit, token: str, *, name: str) -> HttpResponse:
    """Show what was just typed and nothing else: the same page for a new member and for a known number."""
    context = {
        "store_name": visit.merchant.name,
        "token": token,
        "name": name,
        "points": format_points(0, visit.language, visit.merchant.points_name),
    }
    return render(request, "member_pages/waiting_card.html", context)


@require_safe
@member_page
def card_print(request: HttpRequest, visit: PageVisit, token: str) -> HttpResponse:
    """Show the card in ID-1 size, for a printer."""
    member = member_by_card_token(merchant=visit.merchant, token=token)
    context = {
        "store_name": visit.merchant.name,
        "name": member.name,
        "number": show_number(member.number),
        "qr_text": token,
        "token": token,
        "slug": visit.merchant.slug,
    }
    return render(request, "member_pages/card_print.html", context)


def _find_invitation(visit: PageVisit, member: MemberFacts) -> Invitation | None:
    program = program_in_force(merchant=visit.merchant, at=visit.at)
    if program is None or not program.terms.is_open:
        return None
    return invitation(
        merchant=visit.merchant,
        member=member,
        program=program,
        counts=referral_counts(merchant=visit.merchant, referrer_id=member.id),
        language=visit.language,
    )


def _card_page(visit: PageVisit, member: MemberFacts, token: str) -> CardPage:
    merchant = visit.merchant
    coupons, stamps = coupons_and_stamps(merchant=merchant, member_id=member.id, at=visit.at, today=visit.today)
    return card_page(
        merchant=merchant,
        member=member,
        token=token,
        points=balance(merchant=merchant, owner_id=member.id, business_date=visit.today, at=visit.at),
        wallet=balance(merchant=merchant, owner_id=member.id, unit=Unit.WALLET, business_date=visit.today, at=visit.at),
        coupons=coupons,
        stamps=stamps,
        redemption_rules=program_rules(merchant=merchant, at=visit.at)[1],
        today=visit.today,
        perks=_perks_of(visit, member),
        shared=shared_wallet(merchant=merchant, member=member, business_date=visit.today, at=visit.at),
        language=visit.language,
    )


def _perks_of(visit: PageVisit, member: MemberFacts) -> tuple[str, ...]:
    """Say what the member's tier gives; promotions for a segment are left out, whose word a card never shows."""
    if member.tier is None:
        return ()
    merchant = visit.merchant
    live = live_promotions(merchant=merchant, at=visit.at)
    own = [
        offer
        for offer in offers_of_tier(live, tier_code=member.tier.code, today=visit.today)
        if offer.when.segments_any is None and offer.when.members_any is None
    ]
    names = names_of_conditions(merchant=merchant, offers=own) if own else Names()
    return perks_of_tier(merchant=merchant, tier_id=member.tier.id) + tuple(
        " ".join(offer_in_words(offer, currency=merchant.currency, language=visit.language, names=names))
        for offer in own
    )


def _load_history(visit: PageVisit, member: MemberFacts, *, before: str | None) -> list[EntryFacts]:
    """Load one line more than is shown; a wrong cursor starts at the top."""
    for cursor in (before, None):
        try:
            return entries(merchant=visit.merchant, owner_id=member.id, before=cursor, limit=HISTORY_LINES + 1)
        except BadInput:
            continue
    return []
