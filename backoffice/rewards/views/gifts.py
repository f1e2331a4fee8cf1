"""Gifts on their way to members: the queue, and one gift with its steps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from backoffice.access import StaffRequest, actor_of, staff_page
from backoffice.parts import Event, Page, filter_chips, page_urls
from backoffice.rewards.forms import StepForm
from backoffice.rewards.views.parts import reward_tabs
from backoffice.words import HANDOVER_WORDS, REWARD_STATE_WORDS, STEP_WORDS, actor_word
from common.errors import Refusal
from common.quantities import format_instant
from members.queries import member, members_by_id
from merchants.facts import MerchantFacts, Permission
from merchants.queries import all_outlets
from merchants.rules import may
from merchants.tenancy import refusable
from rewards.catalogue.facts import OPEN_FULFILMENTS, Fulfilment, TakenReward
from rewards.catalogue.operations import RedemptionHandedOver, StepNotPossible, move_gift, reverse_redemption
from rewards.catalogue.queries import fulfilment_queue, steps_of, taken_reward
from rewards.catalogue.rules import next_steps

COUNT_LIMIT = 10_000
AGES = {
    "3": _("Waiting for 3 days or more"),
    "7": _("Waiting for 7 days or more"),
    "30": _("Waiting for 30 days or more"),
}


@dataclass(frozen=True)
class GiftRow:
    taken: TakenReward
    url: str
    member: str
    outlet: str
    delivery_method: str
    days: int


@staff_page(Permission.SEE_MEMBERS)
def gifts(request: StaffRequest) -> HttpResponse:
    """List the longest waiting first; filtered by state, age and outlet."""
    merchant, now = request.staff.merchant, timezone.now()
    state, age = request.GET.get("state", ""), request.GET.get("age", "")
    places = {outlet.id: outlet.name for outlet in all_outlets(merchant=merchant)}
    outlet_id = next((place for place in places if str(place) == request.GET.get("outlet", "")), None)
    queue = fulfilment_queue(
        merchant=merchant,
        states=(Fulfilment(state),) if state in set(Fulfilment) else OPEN_FULFILMENTS,
        outlet_id=outlet_id,
        before=now - timedelta(days=int(age)) if age in AGES else None,
        after=request.GET.get("after"),
    )
    people = members_by_id(merchant=merchant, member_ids=[taken.member_id for taken in queue.taken])
    newer_url, older_url = page_urls(request.GET, queue.next_after)
    page = Page(
        rows=[
            GiftRow(
                taken=taken,
                url=reverse("backoffice:gift", args=[taken.id]),
                member=people[taken.member_id].display_name,
                outlet=places.get(taken.outlet_id, "") if taken.outlet_id else "",
                delivery_method=str(HANDOVER_WORDS[taken.handover]),
                days=(now - taken.since).days,
            )
            for taken in queue.taken
        ],
        total=min(queue.total, COUNT_LIMIT),
        total_is_capped=queue.total > COUNT_LIMIT,
        newer_url=newer_url,
        older_url=older_url,
    )
    words = {
        "state": gettext("State: %(name)s") % {"name": REWARD_STATE_WORDS[state][0]}
        if state in REWARD_STATE_WORDS
        else "",
        "age": str(AGES.get(age, "")),
        "outlet": gettext("Outlet: %(name)s") % {"name": places[outlet_id]} if outlet_id else "",
    }
    context = {
        "page": page,
        "tabs": reward_tabs(request, "gifts"),
        "chips": filter_chips(request.GET, {name: word for name, word in words.items() if word}),
        "chosen": request.GET,
        "states": [(s.value, REWARD_STATE_WORDS[s.value][0]) for s in Fulfilment],
        "ages": AGES.items(),
        "outlets": places.items(),
        "state_words": REWARD_STATE_WORDS,
    }
    return render(request, "backoffice/rewards/gifts.html", context)


@staff_page(Permission.SEE_MEMBERS)
def gift(request: StaffRequest, redemption_id: UUID) -> HttpResponse:
    merchant = request.staff.merchant
    taken = taken_reward(merchant=merchant, redemption_id=redemption_id)
    places = {outlet.id: outlet.name for outlet in all_outlets(merchant=merchant)}
    possible = next_steps(taken.handover, taken.fulfilment) if taken.fulfilment else ()
    context = {
        "taken": taken,
        "member": member(merchant=merchant, member_id=taken.member_id, even_erased=True),
        "outlet": places.get(taken.outlet_id, "") if taken.outlet_id else "",
        "delivery_method": HANDOVER_WORDS[taken.handover],
        "events": _make_events(merchant, taken),
        "steps": [(step.value, STEP_WORDS[step.value]) for step in possible if step is not Fulfilment.CANCELLED],
        "may_cancel": Fulfilment.CANCELLED in possible,
        "may_edit": may(request.staff.role, Permission.EDIT_MEMBERS),
        "form": StepForm(),
    }
    return render(request, "backoffice/rewards/gift.html", context)


def _make_events(merchant: MerchantFacts, taken: TakenReward) -> list[Event]:
    """Return the steps, newest first."""
    return [
        Event(
            when=format_instant(step.at, merchant.timezone),
            title=str(REWARD_STATE_WORDS[step.to_state][0]),
            icon=REWARD_STATE_WORDS[step.to_state][1],
            detail=step.note,
            actor="" if step.actor_label == "till" else actor_word(step.actor_label),
        )
        for step in reversed(steps_of(merchant=merchant, redemption_id=taken.id))
    ]


@require_POST
@staff_page(Permission.EDIT_MEMBERS)
def gift_step(request: StaffRequest, redemption_id: UUID) -> HttpResponse:
    """Move one step on, or cancel with points and stock given back."""
    merchant, at, actor = request.staff.merchant, timezone.now(), actor_of(request)
    form, to = StepForm(request.POST), request.POST.get("to", "")
    note = form.cleaned_data["note"] if form.is_valid() else ""
    try:
        with refusable():
            if to == Fulfilment.CANCELLED.value:
                reverse_redemption(
                    merchant=merchant,
                    redemption_id=redemption_id,
                    at=at,
                    business_date=merchant.day_of(timezone.now()),
                    actor=actor,
                    note=note,
                )
                done = gettext("Cancelled. The points and the piece are given back.")
            elif to in STEP_WORDS:
                move_gift(
                    merchant=merchant, redemption_id=redemption_id, to=Fulfilment(to), at=at, actor=actor, note=note
                )
                done = gettext("Noted.")
            else:
                raise StepNotPossible(status=to)
    except (StepNotPossible, RedemptionHandedOver, Refusal):
        messages.error(request, gettext("This step is not possible any more: here is where the gift is now."))
    else:
        messages.success(request, done)
    return redirect("backoffice:gift", redemption_id=redemption_id)
