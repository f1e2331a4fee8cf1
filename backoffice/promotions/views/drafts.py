"""Pages on which a promotion is written: choose a pattern or a kind, fill its gaps, try it, keep it, publish it.

Each parses what was sent, asks the `PromotionEditor`, and renders its answer. A published promotion is never edited in
place but gets a next version.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.promotions.checked import Checked
from backoffice.promotions.editor import PromotionEditor
from backoffice.promotions.forms import BY_CODE, FIRST_ONES, KINDS, PATTERNS, PromotionForm, says_all
from backoffice.promotions.names import describe, form_context_of, names_of
from backoffice.promotions.obstacles import NotPublished
from backoffice.promotions.trials import BasketTrial, trial_of
from backoffice.sent_texts import without_nul
from common.errors import Missing
from common.languages import reader_language
from merchants.facts import Permission
from merchants.rules import may
from rewards.promotions.operations import discard_draft
from rewards.promotions.queries import DraftFacts, PromotionDetails, draft, draft_of, offer
from rewards.promotions.wording import KIND_WORDS

NOT_WRITTEN: Final = frozenset({"csrfmiddlewaretoken", "seen", "publish", "check", "keep"})


@dataclass(frozen=True)
class WritingPage:
    """The boxes of a promotion and of the basket it is tried on, filled from what was sent, kept, or begun with."""

    editor: PromotionEditor
    kind: str
    form: PromotionForm
    trial: BasketTrial
    pressed: str
    """"publish", "check", "keep", or "" while the person writes."""

    @property
    def after(self) -> str:
        """Return the number of the version it is written from; "" for a new promotion."""
        return "" if self.editor.after is None else str(self.editor.after)


# --- pages -------------------------------------------------------------------------------------------------------


@staff_page(Permission.EDIT_OFFERS)
def promotion_new(request: StaffRequest) -> HttpResponse:
    kinds = sorted(((code, str(word)) for code, word in KIND_WORDS.items()), key=lambda item: item[1])
    context = {
        "first_ones": FIRST_ONES,
        "others": PATTERNS[len(FIRST_ONES) :],
        "kinds": kinds,
        "may_integrate": may_integrate(request),
    }
    return render(request, "backoffice/promotions/patterns.html", context)


@staff_page(Permission.EDIT_OFFERS)
def promotion_write(request: StaffRequest, pattern: str) -> HttpResponse:
    """Write a new one, from a pattern."""
    if pattern not in BY_CODE:
        raise Missing("pattern_not_found")
    chosen = BY_CODE[pattern]
    start = {"title": "", **chosen.in_currency(request.staff.merchant.currency)}
    return _edit_draft(request, chosen.kind, start, now=timezone.now())


@staff_page(Permission.EDIT_OFFERS)
def promotion_blank(request: StaffRequest, kind: str) -> HttpResponse:
    """Write a new one, with nothing filled in."""
    if kind not in KINDS:
        raise Missing("kind_not_found")
    return _edit_draft(request, kind, {"title": "", "kind": kind}, now=timezone.now())


@staff_page(Permission.EDIT_OFFERS)
def promotion_draft(request: StaffRequest, draft_id: UUID) -> HttpResponse:
    """Go on with a new one that a person has begun."""
    kept = draft(merchant=request.staff.merchant, draft_id=draft_id)
    if kept.promotion_id is not None:
        return redirect("backoffice:promotion_edit", promotion_id=kept.promotion_id)
    start = {"title": kept.title, "kind": kept.kind}
    return _edit_draft(request, kept.kind, start, now=timezone.now(), kept=kept)


@staff_page(Permission.EDIT_OFFERS)
def promotion_edit(request: StaffRequest, promotion_id: UUID) -> HttpResponse:
    """Write the next version, in the form where it can say all of the latest one; else say who can change it."""
    merchant, now = request.staff.merchant, timezone.now()
    found = offer(merchant=merchant, promotion_id=promotion_id, at=now)
    if not says_all(found.latest):
        return _refer_to_integrator(request, found)
    kept = draft_of(merchant=merchant, promotion_id=promotion_id)
    if kept is not None and kept.kind != found.latest.kind:
        kept = None
    return _edit_draft(request, found.latest.kind, found.latest.source, now=now, found=found, kept=kept)


def may_integrate(request: StaffRequest) -> bool:
    """Return whether this person connects systems, so that JSON is offered."""
    return may(request.staff.role, Permission.MANAGE_TILLS)


def _refer_to_integrator(request: StaffRequest, found: PromotionDetails) -> HttpResponse:
    """Show a promotion that the form cannot say whole; who connects systems finds the way to its JSON."""
    merchant = request.staff.merchant
    names = names_of(merchant, [found.latest])
    context = {
        "found": found,
        "sentences": describe(found.latest, names, merchant.currency, reader_language()),
        "may_integrate": may_integrate(request),
    }
    return render(request, "backoffice/promotions/beyond_form.html", context)


@require_POST
@staff_page(Permission.EDIT_OFFERS)
def draft_discard(request: StaffRequest, draft_id: UUID) -> HttpResponse:
    promotion_id = discard_draft(merchant=request.staff.merchant, draft_id=draft_id)
    messages.success(request, gettext("The draft is deleted."))
    if promotion_id is None:
        return redirect("backoffice:promotions")
    return redirect("backoffice:promotion", promotion_id=promotion_id)


# --- what happens there ------------------------------------------------------------------------------------------


def _edit_draft(
    request: StaffRequest,
    kind: str,
    start: Mapping[str, Any],
    *,
    now: datetime,
    found: PromotionDetails | None = None,
    kept: DraftFacts | None = None,
) -> HttpResponse:
    page = _read_page(request, kind, start, now=now, found=found, kept=kept)
    checked = _check_boxes(page)
    if page.pressed == "keep":
        return _keep_draft(request, page, checked)
    if getattr(request, "htmx", False):
        context = {**_page_context(page, checked), "missing": page.form.missing if page.form.is_bound else []}
        return render(request, "backoffice/promotions/answer.html", context)
    if request.method == "POST" and checked is not None and page.form.is_valid():
        page.form.add_problems(checked.problems)
        if page.pressed == "check":
            page.form.add_notes(checked.unknown_goods)
        if checked.definition is not None and page.pressed == "publish":
            try:
                published = page.editor.publish(
                    page.form.definition, checked, starts_at=page.form.starts_at, seen=request.POST.get("seen", "")
                )
            except NotPublished as refused:
                page.form.add_reasons(refused)
            else:
                messages.success(request, published_text(page.form.starts_at, is_next=found is not None))
                return redirect("backoffice:promotion", promotion_id=published)
    status = 400 if request.method == "POST" and page.form.errors else 200
    return render(request, "backoffice/promotions/editor.html", _page_context(page, checked), status=status)


def _read_page(
    request: StaffRequest,
    kind: str,
    start: Mapping[str, Any],
    *,
    now: datetime,
    found: PromotionDetails | None,
    kept: DraftFacts | None,
) -> WritingPage:
    """Return the boxes as sent or, when a draft is opened, as kept; else filled from `start`, half a definition."""
    data = post_data(request) if request.method == "POST" or kept is None else _kept_data(kept)
    after = version_after(found, data)
    editor = PromotionEditor(request.staff.merchant, actor_of(request), now, found=found, kept=kept, after=after)
    form_context = form_context_of(editor.merchant, editor.names, now)
    return WritingPage(
        editor,
        kind,
        PromotionForm(kind, form_context, start, data, kept=kept.written if kept else {}),
        trial_of(editor.merchant, form_context, data, start),
        next((name for name in ("publish", "check", "keep") if name in request.POST), ""),
    )


def _kept_data(kept: DraftFacts) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, texts in kept.written.items():
        data.setlist(name, list(texts))
    return data


def _check_boxes(page: WritingPage) -> Checked | None:
    """Return None while the boxes say nothing complete; before a button is pressed, what is filled so far counts."""
    if not page.form.is_bound:
        return None
    if not page.form.is_valid():
        so_far = None if page.pressed else page.form.said_so_far
        checked = page.editor.check(so_far, trial=page.trial) if so_far else None
        return checked if checked and checked.definition else None
    return page.editor.check(
        page.form.definition,
        trial=page.trial,
        starts_at=page.form.starts_at,
        with_past=page.pressed in ("publish", "check"),
    )


def _keep_draft(request: StaffRequest, page: WritingPage, checked: Checked | None) -> HttpResponse:
    sent, editor = without_nul(request.POST), page.editor
    written = {name: sent.getlist(name) for name in sent if name not in NOT_WRITTEN}
    draft_id = editor.keep(title=sent.get("title", "").strip(), kind=page.kind, written=written, checked=checked)
    messages.success(request, gettext("Kept as a draft. Tills do not see it until you publish it."))
    if editor.found is not None:
        return redirect("backoffice:promotion_edit", promotion_id=editor.found.row.id)
    return redirect("backoffice:promotion_draft", draft_id=draft_id)


def _page_context(page: WritingPage, checked: Checked | None) -> dict[str, Any]:
    if checked and checked.definition:
        sentences = checked.sentences
    else:
        sentences = page.editor.read_back(page.form.said_so_far or {})
    return {
        "form": page.form,
        "sentences": sentences,
        "basket": page.trial.form,
        "checked": _with_boxes(checked, page.form) if checked else None,
        "warned": bool(page.pressed and checked and checked.warnings and not checked.refusals),
        "found": page.editor.found,
        "after": page.after,
        "kept": page.editor.kept,
        "kind": KIND_WORDS[page.kind],
    }


def _with_boxes(checked: Checked, form: PromotionForm) -> Checked:
    """Return the same with the id of the field that fixes each finding."""
    boxes = {note.pointer: form.box_of(note.pointer) for note in checked.noted}
    located = [replace(note, box=form[box].auto_id if (box := boxes[note.pointer]) else "") for note in checked.noted]
    return replace(checked, noted=located)


def version_after(found: PromotionDetails | None, data: QueryDict | None) -> int | None:
    """Return the version that the page was written from, as sent or else the latest; None for a new promotion."""
    if found is None:
        return None
    text = data.get("after", "") if data is not None else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else found.latest_number


def published_text(starts_at: datetime | None, *, is_next: bool) -> str:
    """Return the message shown after publishing."""
    if starts_at is not None:
        return gettext("Scheduled. Until then everything stays as it is.")
    return gettext("The new version is in force.") if is_next else gettext("The promotion is live at the tills.")
