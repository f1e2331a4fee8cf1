"""What a member's points can buy and what they took; and the code that confirms it at the till."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from ledger.queries import balance
from member_pages.access import PageVisit, member_page
from member_pages.presentation import code_words, reward_tiles, taken_lines
from member_pages.throttle import code_throttle
from members.operations import issue_verification_code
from members.queries import member_by_card_token, redeemable_points
from rewards.catalogue.queries import rewards_for_member, taken_by

TAKEN_SHOWN = 10


@require_safe
@member_page
def rewards(request: HttpRequest, visit: PageVisit, token: str) -> HttpResponse:
    """Show the catalogue with what is missing, and the member's own redemptions with their states."""
    merchant = visit.merchant
    member = member_by_card_token(merchant=merchant, token=token)
    points = balance(merchant=merchant, owner_id=member.id, business_date=visit.today, at=visit.at)
    available = redeemable_points(
        merchant=merchant, member=member, points=points, business_date=visit.today, at=visit.at
    )
    found = rewards_for_member(merchant=merchant, member=member, available=available, at=visit.at, today=visit.today)
    taken = taken_by(merchant=merchant, member_id=member.id, limit=TAKEN_SHOWN)
    context = {
        "store_name": merchant.name,
        "slug": merchant.slug,
        "token": token,
        "rewards": reward_tiles(found, merchant, visit.language),
        "taken": taken_lines(taken, merchant, visit.language),
        "asks_for_code": merchant.verify_above_points is not None and not member.is_blocked,
    }
    return render(request, "member_pages/rewards.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def verification_code(request: HttpRequest, visit: PageVisit, token: str) -> HttpResponse:
    """Show a new code when asked to; the one before it is void then. Only where the shop asks for codes."""
    merchant = visit.merchant
    member = member_by_card_token(merchant=merchant, token=token)
    context = {"store_name": merchant.name, "slug": merchant.slug, "token": token, "blocked": member.is_blocked}
    if merchant.verify_above_points is None:
        return render(request, "member_pages/verification_code.html", {**context, "not_asked": True}, status=404)
    status = 200
    if request.method == "POST" and not member.is_blocked:
        if code_throttle().allows(str(merchant.id), str(member.id)):
            context["code"] = code_words(
                issue_verification_code(merchant=merchant, member_id=member.id, at=visit.at), merchant, visit.language
            )
        else:
            context["too_many"], status = True, 429
    return render(request, "member_pages/verification_code.html", context, status=status)
