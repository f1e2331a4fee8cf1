"""Gift cards: the list, one card's story, issuing a batch, its codes for print, blocking and cancelling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.gift_cards.forms import GiftCardBatchForm
from backoffice.limits import code_look_up_allowed
from backoffice.parts import Figure, Page, Tab, filter_chips, page_urls
from backoffice.sent_texts import without_nul
from backoffice.slow_pages import slow_page
from backoffice.timelines import gift_card_timeline
from backoffice.words import GIFT_CARD_STATE_WORDS
from common.errors import BadInput, Refusal
from common.form_errors import add_errors
from common.ids import new_id, uuid_or_none
from common.languages import reader_language
from common.quantities import format_day, format_money, format_number
from merchants.facts import MerchantFacts, Permission
from merchants.rules import may
from merchants.tenancy import refusable
from rewards.gift_cards.facts import GiftCardBatchDraft, GiftCardFacts
from rewards.gift_cards.operations import cancel_gift_card, issue_gift_cards, record_codes_shown, set_gift_card_blocked
from rewards.gift_cards.queries import (
    GiftCardFilter,
    check_gift_card,
    gift_card,
    gift_card_batch,
    gift_card_batches,
    gift_card_codes,
    gift_card_figures,
    gift_card_reason,
    gift_cards_page,
)
from rewards.gift_cards.wording import gift_card_message

PAGE_SIZE: Final = 50
COUNT_LIMIT: Final = 10_000
STATES: Final = tuple(GIFT_CARD_STATE_WORDS)


@dataclass(frozen=True)
class CardRow:
    url: str
    code: str
    state: str
    balance: int
    amount: int
    expires_on: date | None
    issued_at: datetime


@staff_page(Permission.SEE_FIGURES)
def gift_cards(request: StaffRequest) -> HttpResponse:
    merchant, now = request.staff.merchant, timezone.now()
    if request.GET.get("tab") == "batches":
        return _render_batches(request)
    state = request.GET.get("state", "")
    filters = GiftCardFilter(
        state=state if state in STATES else "", batch_id=uuid_or_none(request.GET.get("batch", ""))
    )
    found = gift_cards_page(
        merchant=merchant,
        filters=filters,
        after=uuid_or_none(request.GET.get("after", "")),
        limit=PAGE_SIZE,
        at=now,
        today=merchant.day_of(timezone.now()),
    )
    newer_url, older_url = page_urls(request.GET, str(found.next_after) if found.next_after else None)
    page = Page(
        rows=_card_rows(found.cards),
        total=min(found.total, COUNT_LIMIT),
        total_is_capped=found.total > COUNT_LIMIT,
        newer_url=newer_url,
        older_url=older_url,
    )
    words = {"state": gettext("State: %(name)s") % {"name": GIFT_CARD_STATE_WORDS.get(state, "")}}
    if filters.batch_id is not None:
        batch = gift_card_batch(merchant=merchant, batch_id=filters.batch_id)
        words["batch"] = gettext("Batch: %(name)s") % {"name": batch.title}
    context = {
        "page": page,
        "tabs": _make_tabs(""),
        "figures": _make_figures(merchant),
        "chips": filter_chips(request.GET, words),
        "states": GIFT_CARD_STATE_WORDS.items(),
        "chosen": request.GET,
        "may_issue": may(request.staff.role, Permission.EDIT_PROGRAM),
    }
    return render(request, "backoffice/gift_cards/list.html", context)


def _render_batches(request: StaffRequest) -> HttpResponse:
    context = {
        "batches": gift_card_batches(merchant=request.staff.merchant),
        "tabs": _make_tabs("batches"),
        "may_issue": may(request.staff.role, Permission.EDIT_PROGRAM),
    }
    return render(request, "backoffice/gift_cards/batches.html", context)


def _make_tabs(current: str) -> list[Tab]:
    words = (("", gettext("Cards")), ("batches", gettext("Batches")))
    return [Tab(word, f"?tab={code}" if code else "?", current=current == code) for code, word in words]


def _card_rows(cards: Sequence[GiftCardFacts]) -> list[CardRow]:
    return [
        CardRow(
            url=reverse("backoffice:gift_card", args=[card.id]),
            code=card.code_masked,
            state=card.status,
            balance=card.balance_amount,
            amount=card.amount,
            expires_on=card.expires_on,
            issued_at=card.issued_at,
        )
        for card in cards
    ]


def _make_figures(merchant: MerchantFacts) -> list[Figure]:
    found = gift_card_figures(merchant=merchant)
    now = format_day(merchant.day_of(timezone.now()), reader_language())
    listed = reverse("backoffice:gift_cards")
    return [
        Figure(
            gettext("Owed on gift cards"),
            format_money(found.outstanding_amount, merchant.currency),
            gettext("What is left on all cards that were sold or given away, blocked ones too."),
            now,
        ),
        Figure(
            gettext("Usable cards"),
            format_number(found.active),
            gettext("Sold or given away, and neither blocked nor cancelled; some may be empty."),
            now,
            url=f"{listed}?state=active",
        ),
        Figure(
            gettext("Printed, not sold yet"),
            format_number(found.inactive),
            gettext("Worth nothing until a till sells them."),
            now,
            url=f"{listed}?state=inactive",
        ),
    ]


@require_POST
@staff_page(Permission.LOOK_UP_CODES)
def gift_card_find(request: StaffRequest) -> HttpResponse:
    """Find by the exact code, sent in the body so that no address holds one; looking up is limited."""
    if request.staff.user_id is None or not code_look_up_allowed(request.staff.user_id):
        messages.error(request, gettext("You have looked up many codes. Wait a few minutes and try again."))
        return redirect("backoffice:gift_cards")
    merchant = request.staff.merchant
    code = request.POST.get("code", "")[:64]
    check = check_gift_card(merchant=merchant, code=code, at=timezone.now(), today=merchant.day_of(timezone.now()))
    if check.card is None:
        messages.error(request, gettext("No gift card has this code. Check it and try again."))
        return redirect("backoffice:gift_cards")
    return redirect("backoffice:gift_card", card_id=check.card.id)


@staff_page(Permission.LOOK_UP_CODES)
def gift_card_detail(request: StaffRequest, card_id: UUID) -> HttpResponse:
    merchant = request.staff.merchant
    now = timezone.now()
    card = gift_card(merchant=merchant, card_id=card_id, at=now, today=merchant.day_of(now))
    reason = gift_card_reason(merchant=merchant, card_id=card_id, at=now, today=merchant.day_of(now))
    context = {
        "card": card,
        "why_refused": gift_card_message(reason, language=reader_language()) if reason else "",
        "sees_cards": may(request.staff.role, Permission.SEE_FIGURES),
        "batch": gift_card_batch(merchant=merchant, batch_id=card.batch_id) if card.batch_id else None,
        "events": gift_card_timeline(merchant=merchant, card=card),
        "may_change": may(request.staff.role, Permission.EDIT_PROGRAM),
    }
    return render(request, "backoffice/gift_cards/card.html", context)


@require_POST
@staff_page(Permission.EDIT_PROGRAM)
def gift_card_change(request: StaffRequest, card_id: UUID, step: str) -> HttpResponse:
    """Block, unblock or cancel, with a reason."""
    merchant = request.staff.merchant
    given: dict[str, Any] = {
        "merchant": merchant,
        "card_id": card_id,
        "reason": without_nul(request.POST).get("reason", "")[:300],
        "at": timezone.now(),
        "actor": actor_of(request),
    }
    try:
        with refusable():
            if step == "cancel":
                taken = cancel_gift_card(**given, business_date=merchant.day_of(timezone.now()))
                shown = format_money(taken, merchant.currency)
                done = gettext("The card is cancelled; %(amount)s were taken off it.") % {"amount": shown}
            else:
                set_gift_card_blocked(**given, blocked=step == "block")
                done = gettext("The card is blocked.") if step == "block" else gettext("The card can be used again.")
    except BadInput as bad:
        messages.error(request, bad.errors[0].message)
    except Refusal:
        messages.error(request, gettext("A till is just using this card. Block it, and cancel it in ten minutes."))
    else:
        messages.success(request, done)
    return redirect("backoffice:gift_card", card_id=card_id)


@staff_page(Permission.EDIT_PROGRAM)
def gift_card_new(request: StaffRequest) -> HttpResponse:
    """Ask, then show what the merchant will owe in all, then issue."""
    merchant = request.staff.merchant
    form = GiftCardBatchForm(merchant.currency, post_data(request), initial={"key": new_id()})
    draft: GiftCardBatchDraft | None = None
    if request.method == "POST" and form.is_valid():
        draft = form.draft
        if request.POST.get("confirmed") == str(draft.total_amount):
            try:
                return _issue_batch(request, form, draft)
            except BadInput as bad:
                add_errors(form, bad)
                draft = None
    context = {"form": form, "draft": draft}
    return render(request, "backoffice/gift_cards/new.html", context, status=400 if form.errors else 200)


def _issue_batch(request: StaffRequest, form: GiftCardBatchForm, draft: GiftCardBatchDraft) -> HttpResponse:
    merchant = request.staff.merchant
    with refusable():
        issue_gift_cards(
            merchant=merchant,
            draft=draft,
            batch_id=form.batch_id,
            at=timezone.now(),
            business_date=merchant.day_of(timezone.now()),
            actor=actor_of(request),
        )
    messages.success(request, gettext("The cards are there. Print their codes, or open them later under Batches."))
    return redirect(f"{reverse('backoffice:gift_cards')}?batch={form.batch_id}")


@require_POST
@staff_page(Permission.EDIT_PROGRAM)
@slow_page
def gift_card_print(request: StaffRequest, batch_id: UUID) -> HttpResponse:
    """Show every code of a batch in plain text; each opening goes into the audit trail, the page is not stored."""
    merchant, now = request.staff.merchant, timezone.now()
    batch = gift_card_batch(merchant=merchant, batch_id=batch_id)
    cards = gift_card_codes(merchant=merchant, batch_id=batch_id, at=now, today=merchant.day_of(timezone.now()))
    record_codes_shown(merchant=merchant, batch_id=batch_id, count=len(cards), at=now, actor=actor_of(request))
    response = render(request, "backoffice/gift_cards/print.html", {"batch": batch, "cards": cards})
    response["Cache-Control"] = "no-store"
    return response
