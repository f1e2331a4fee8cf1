"""Changing the ladder: asked, then shown with who moves, then saved exactly as shown, and never over another's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.program.forms.tiers import LadderForm, draft_text, ladder_of, preview_mark
from backoffice.program.words import climbing_words, measured_words
from backoffice.slow_pages import slow_page
from common.errors import BadInput
from common.form_errors import add_errors
from members.facts import LadderDraft, TierDraft, TierFacts, TierShift
from members.operations import LadderMoved, TierHeld, change_ladder
from members.queries import (
    ladder_mark,
    ladder_shifts,
    perks_by_tier,
    tier_program,
    tier_sizes,
    tiers,
    tiers_ever_held,
)
from members.rules import window_starts_on
from merchants.facts import MerchantFacts, Permission
from merchants.rules import may
from merchants.tenancy import refusable
from rewards.engine import name_key
from rewards.promotions.queries import live_promotions

SPEND_VIEW = "sales_spend"
"""What the night counts tiers from: published by sales."""


@dataclass(frozen=True)
class ShiftRow:
    """One way between two levels, and the address of the members behind it."""

    before: str
    after: str
    is_up: bool
    members: int
    url: str


@dataclass(frozen=True)
class LadderPreview:
    """What a draft brings about in the coming night. `anyway`: who would move without it."""

    sentences: Sequence[str]
    levels: Sequence[tuple[TierDraft, str]]
    rows: Sequence[ShiftRow]
    moved: int
    anyway: int
    base: int
    first: date
    last: date
    mark: str


@staff_page(Permission.EDIT_PROGRAM)
@slow_page
def tiers_edit(request: StaffRequest) -> HttpResponse:
    merchant = request.staff.merchant
    form = _form_over(merchant, post_data(request))
    preview = None
    if request.method == "POST" and form.is_valid():
        _refuse_named_levels(merchant, form)
        if form.is_valid() and form.cleaned_data["seen"] != ladder_mark(merchant=merchant):
            form = _form_after_change(merchant, request)
        elif form.is_valid() and request.POST.get("confirmed") == preview_mark(form.draft):
            try:
                return _save_ladder(request, form)
            except BadInput as bad:
                add_errors(form, bad)
            except TierHeld as held:
                form.add_error(None, _held_words(held))
            except LadderMoved:
                form = _form_after_change(merchant, request)
        if form.is_valid():
            preview = _preview_draft(request, form.draft)
    return render(
        request,
        "backoffice/program/tiers_edit.html",
        {"form": form, "preview": preview, "sees_members": may(request.staff.role, Permission.SEE_MEMBERS)},
        status=400 if form.errors else 200,
    )


def _form_over(merchant: MerchantFacts, data: QueryDict | None) -> LadderForm:
    return LadderForm(
        merchant,
        tiers(merchant=merchant),
        tier_program(merchant=merchant),
        data,
        perks=perks_by_tier(merchant=merchant),
        held=tiers_ever_held(merchant=merchant),
        seen=ladder_mark(merchant=merchant),
    )


def _form_after_change(merchant: MerchantFacts, request: StaffRequest) -> LadderForm:
    """Return the same entries over the ladder as it is now, with a note; nothing is confirmed by it."""
    entries = request.POST.copy()
    entries["seen"] = ladder_mark(merchant=merchant)
    fresh = _form_over(merchant, entries)
    fresh.is_valid()
    fresh.add_error(
        None,
        gettext("Another person changed the tiers while you had them open. Your entries are kept: review them again."),
    )
    return fresh


def _refuse_named_levels(merchant: MerchantFacts, form: LadderForm) -> None:
    """Keep a level that a promotion in force is for: without it the promotion would act for no one."""
    kept = {level.id for level in form.draft.levels}
    gone = {name_key(tier.code): tier for tier in tiers(merchant=merchant) if tier.id not in kept}
    if not gone:
        return
    for offer in live_promotions(merchant=merchant, at=timezone.now()):
        for code in (offer.when.tiers_any or frozenset()) & gone.keys():
            said = gettext("The promotion %(title)s is for %(tier)s. Change or end it first.")
            form.add_error(None, said % {"title": offer.title, "tier": gone[code].name})


def _held_words(held: TierHeld) -> str:
    said = gettext("Members have held %(names)s, so it stays in their history. Rename it or ask for more instead.")
    return said % {"names": ", ".join(held.facts["names"])}


def _save_ladder(request: StaffRequest, form: LadderForm) -> HttpResponse:
    with refusable():
        change_ladder(
            merchant=request.staff.merchant,
            draft=form.draft,
            seen=form.cleaned_data["seen"],
            at=timezone.now(),
            actor=actor_of(request),
        )
    messages.success(request, gettext("The tiers are saved. Members move with their next purchase or in the night."))
    return redirect("backoffice:tiers")


def _preview_draft(request: StaffRequest, draft: LadderDraft) -> LadderPreview:
    """Count who would move in the coming night, with the draft and without it."""
    merchant = request.staff.merchant
    ladder, program = tiers(merchant=merchant), tier_program(merchant=merchant)
    on = merchant.day_of(timezone.now()) + timedelta(days=1)
    shifts, anyway = (
        ladder_shifts(merchant=merchant, draft=each, on=on, source_view=SPEND_VIEW)
        for each in (draft, ladder_of(ladder, program))
    )
    sizes = tier_sizes(merchant=merchant)
    return LadderPreview(
        sentences=climbing_words(draft.measure, draft.program),
        levels=[(level, measured_words(merchant, draft.measure, level.threshold)) for level in draft.levels],
        rows=shift_rows(draft, ladder, shifts),
        moved=sum(shift.members for shift in shifts),
        anyway=sum(shift.members for shift in anyway),
        base=sum(size.members for size in sizes.values()),
        first=window_starts_on(on, draft.program.window_days),
        last=on - timedelta(days=1),
        mark=preview_mark(draft),
    )


def shift_rows(draft: LadderDraft, ladder: Sequence[TierFacts], shifts: Sequence[TierShift]) -> list[ShiftRow]:
    """Return the ways in words, up before down, the highest goal first."""
    names = {tier.id: tier.name for tier in ladder} | {level.id: level.name for level in draft.levels}
    ranks = {level.id: rank for rank, level in enumerate(draft.levels, start=1)}
    page, text = reverse("backoffice:tier_shifts"), draft_text(draft)
    rows = []
    for shift in sorted(shifts, key=lambda one: -ranks[one.to_tier_id]):
        before = ranks.get(shift.from_tier_id, 0) if shift.from_tier_id else 0
        query = urlencode({"from": shift.from_tier_id or "", "to": shift.to_tier_id, "draft": text})
        rows.append(
            ShiftRow(
                before=names.get(shift.from_tier_id, "–") if shift.from_tier_id else "–",
                after=names[shift.to_tier_id],
                is_up=ranks[shift.to_tier_id] > before,
                members=shift.members,
                url=f"{page}?{query}",
            )
        )
    return sorted(rows, key=lambda row: not row.is_up)
