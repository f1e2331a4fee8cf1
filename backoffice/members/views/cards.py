"""A member's cards: which one is in force, which wait, and the link that the member opens."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.members.card_mail import (
    CardMailNotPossible,
    card_mail_in_words,
    send_card_link,
    why_no_card_mail,
)
from backoffice.members.forms import PrintedCardForm
from backoffice.sent_texts import without_nul
from common.errors import BadInput, Refusal
from common.form_errors import add_errors
from common.ids import uuid_or_none
from members.operations import CardNotFound, CardNumberTaken, confirm_card, note_link_shown, replace_card, revoke_card
from members.queries import card_token_in_force, cards, member
from merchants.facts import Permission
from merchants.tenancy import refusable


@staff_page(Permission.EDIT_MEMBERS)
def member_card(request: StaffRequest, member_id: UUID) -> HttpResponse:
    """Show the cards; after a POST the link of the card in force too, which leaves an audit entry."""
    merchant = request.staff.merchant
    found = member(merchant=merchant, member_id=member_id)
    held = cards(merchant=merchant, member_id=found.id)
    token = None
    if request.method == "POST":
        token = card_token_in_force(merchant=merchant, member_id=found.id)
        note_link_shown(merchant=merchant, member_id=found.id, at=timezone.now(), actor=actor_of(request))
    context = {
        "member": found,
        "in_force": next((card for card in held if card.is_in_force), None),
        "waiting": [
            {
                "id": card.id,
                "dialog_id": f"confirm-{card.id}",
                "shown_name": card.shown_name,
                "issued_at": card.issued_at,
            }
            for card in held
            if card.is_waiting
        ],
        "token": token,
        "no_mail": why_no_card_mail(merchant=merchant, member=found),
        "mail_state": card_mail_in_words(merchant=merchant, member_id=found.id),
        "link": f"{settings.PUBLIC_URL}{reverse('member_pages:card', args=[merchant.slug, token])}" if token else "",
        "print_url": reverse("member_pages:card_print", args=[merchant.slug, token]) if token else "",
    }
    response = render(request, "backoffice/members/card.html", context)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@staff_page(Permission.EDIT_MEMBERS)
def card_confirm(request: StaffRequest, member_id: UUID, card_id: UUID) -> HttpResponse:
    try:
        confirm_card(
            merchant=request.staff.merchant,
            member_id=member_id,
            card_id=card_id,
            at=timezone.now(),
            actor=actor_of(request),
        )
    except CardNotFound:
        messages.error(request, gettext("This card has ended meanwhile. Nothing was changed."))
    else:
        messages.success(request, gettext("The card is confirmed. Every other link of this member has ended."))
    return redirect("backoffice:member_card", member_id=member_id)


@require_POST
@staff_page(Permission.EDIT_MEMBERS)
def card_mail(request: StaffRequest, member_id: UUID) -> HttpResponse:
    """Send the link of the card in force to the member's own address."""
    try:
        with refusable():
            send_card_link(
                merchant=request.staff.merchant, member_id=member_id, at=timezone.now(), actor=actor_of(request)
            )
    except CardMailNotPossible as refusal:
        messages.error(request, refusal.facts["why"])
    else:
        messages.success(request, gettext("The link is on its way to the member's e-mail address."))
    return redirect("backoffice:member_card", member_id=member_id)


@require_POST
@staff_page(Permission.EDIT_MEMBERS)
def card_replace(request: StaffRequest, member_id: UUID) -> HttpResponse:
    replace_card(
        merchant=request.staff.merchant,
        member_id=member_id,
        reason="replaced by staff",
        at=timezone.now(),
        actor=actor_of(request),
    )
    messages.success(request, gettext("There is a new card. Links made before it open nothing any more."))
    return redirect("backoffice:member_card", member_id=member_id)


@require_POST
@staff_page(Permission.EDIT_MEMBERS)
def card_revoke(request: StaffRequest, member_id: UUID) -> HttpResponse:
    try:
        with refusable():
            revoke_card(
                merchant=request.staff.merchant,
                member_id=member_id,
                reason=without_nul(request.POST).get("reason", "")[:300],
                at=timezone.now(),
                actor=actor_of(request),
            )
    except Refusal:
        messages.error(request, gettext("Write the reason. Nothing was changed."))
    else:
        messages.success(request, gettext("The card is revoked. No link or QR code of this member opens any more."))
    return redirect("backoffice:member_card", member_id=member_id)


@staff_page(Permission.EDIT_MEMBERS)
def card_printed(request: StaffRequest, member_id: UUID) -> HttpResponse:
    """Put a card of the store's own in force by its printed number; another member's is taken over after a look."""
    merchant = request.staff.merchant
    found = member(merchant=merchant, member_id=member_id)
    form, owner = PrintedCardForm(post_data(request)), None
    if request.method == "POST" and form.is_valid():
        try:
            with refusable():
                replace_card(
                    merchant=merchant,
                    member_id=member_id,
                    reason="printed card",
                    number=form.cleaned_data["number"],
                    taken_from=uuid_or_none(request.POST.get("confirmed", "")),
                    at=timezone.now(),
                    actor=actor_of(request),
                )
        except CardNumberTaken as taken:
            owner = member(merchant=merchant, member_id=taken.member_id)
        except BadInput as bad:
            add_errors(form, bad)
        else:
            messages.success(request, gettext("The card is in force. Links made before it open nothing any more."))
            return redirect("backoffice:member_card", member_id=member_id)
    context = {"member": found, "form": form, "owner": owner}
    return render(request, "backoffice/members/card_printed.html", context, status=400 if form.errors else 200)
