"""One coupon: looked up by its exact code, so often and no oftener; its history; blocked, released or cancelled."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.coupons.forms import LookUpForm
from backoffice.coupons.refusals import why_refused
from backoffice.coupons.words import benefit_of, conditions_of
from backoffice.limits import code_look_up_allowed
from backoffice.promotions.names import names_of
from backoffice.words import CODE_STATE_WORDS
from common.errors import Missing, Refusal
from members.queries import member as member_by_id
from merchants.facts import MerchantFacts, Permission
from merchants.rules import may
from merchants.tenancy import refusable
from rewards.coupons.facts import CouponStory
from rewards.coupons.operations import UNLIMITED, set_coupon_state
from rewards.coupons.queries import coupon_batch, coupon_story
from rewards.engine import stored_definition
from rewards.gift_cards.queries import check_gift_card

STEPS: Final = {"block": "blocked", "unblock": "issued", "cancel": "cancelled"}


@staff_page(Permission.LOOK_UP_CODES)
def code_look_up(request: StaffRequest) -> HttpResponse:
    """Look up a code; it is posted, never in an address, and what is found is shown under the coupon's own id."""
    form, status = LookUpForm(post_data(request)), 200
    if request.method == "POST" and form.is_valid():
        if request.staff.user_id is None or not code_look_up_allowed(request.staff.user_id):
            form.add_error("code", gettext("That were many codes in a short time. Wait some minutes and go on."))
            status = 429
        else:
            if found_at := _address_of_code(request.staff.merchant, form.cleaned_data["code"]):
                return redirect(found_at)
            form.add_error(
                "code", gettext("Neither a coupon nor a gift card has this code. Check every letter and digit.")
            )
    if form.errors and status == 200:
        status = 400
    sees_offers = may(request.staff.role, Permission.SEE_OFFERS)
    context = {"form": form, "sees_offers": sees_offers}
    return render(request, "backoffice/coupons/code_look_up.html", context, status=status)


def _address_of_code(merchant: MerchantFacts, code: str) -> str:
    """Return the page of the coupon or gift card of exactly this code; "" where neither has it."""
    now = timezone.now()
    try:
        return reverse("backoffice:coupon", args=[_load_story(merchant, code=code).coupon.id])
    except Missing:
        card = check_gift_card(merchant=merchant, code=code, at=now, today=merchant.day_of(now)).card
        return reverse("backoffice:gift_card", args=[card.id]) if card else ""


@staff_page(Permission.LOOK_UP_CODES)
def coupon_detail(request: StaffRequest, coupon_id: UUID) -> HttpResponse:
    """Show the code, why a till refuses it today, and what must be true when it is used."""
    merchant, now = request.staff.merchant, timezone.now()
    story = _load_story(merchant, coupon_id=coupon_id)
    coupon = story.coupon
    batch = coupon_batch(merchant=merchant, batch_id=story.batch_id)
    response = render(
        request,
        "backoffice/coupons/coupon.html",
        {
            "story": story,
            "coupon": coupon,
            "state": CODE_STATE_WORDS[coupon.status],
            "member": member_by_id(merchant=merchant, member_id=coupon.member_id, even_erased=True)
            if coupon.member_id
            else None,
            "may_edit": may(request.staff.role, Permission.EDIT_OFFERS),
            "sees_offers": may(request.staff.role, Permission.SEE_OFFERS),
            "why_refused": why_refused(merchant, story, at=now),
            "benefit": benefit_of(batch, merchant),
            "conditions": conditions_of(batch, merchant, names_of(merchant, [stored_definition(batch.offer)])),
            "unlimited": coupon.conditions["max_uses"] == UNLIMITED,
        },
    )
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@staff_page(Permission.EDIT_OFFERS)
def coupon_step(request: StaffRequest, coupon_id: UUID, step: str) -> HttpResponse:
    if step not in STEPS:
        raise Http404
    try:
        with refusable():
            set_coupon_state(
                merchant=request.staff.merchant,
                coupon_id=coupon_id,
                state=STEPS[step],
                at=timezone.now(),
                actor=actor_of(request),
            )
    except Missing:
        raise
    except Refusal:
        messages.error(request, gettext("This coupon has changed meanwhile; nothing was done."))
    else:
        messages.success(request, gettext("Done. Tills know it from now on."))
    return redirect("backoffice:coupon", coupon_id)


def _load_story(merchant: MerchantFacts, *, code: str = "", coupon_id: UUID | None = None) -> CouponStory:
    now = timezone.now()
    today = merchant.day_of(now)
    return coupon_story(merchant=merchant, at=now, today=today, code=code, coupon_id=coupon_id)
