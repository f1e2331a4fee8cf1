"""Writing a promotion: a pattern or a kind, its gaps, a basket to try it on, what the check says, when it starts.

What is written can be kept as a draft. A published promotion is never edited in place but gets a next version.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.promotions.forms import BY_CODE, FIRST_ONES, KINDS, PATTERNS, FormContext, PromotionForm, says_all
from backoffice.promotions.naming import form_context_of, names_of, surroundings_of
from backoffice.promotions.trials import BasketTrial, trial_of
from backoffice.promotions.views.checks import UNKNOWN_GOODS, Checked, check
from common.errors import BadInput, Missing
from merchants.facts import MerchantFacts, Permission
from merchants.tenancy import refusable
from rewards.engine import Problem
from rewards.promotions.operations import (
    NotExplainable,
    PromotionEnded,
    VersionMoved,
    discard_draft,
    keep_draft,
    publish_checked,
)
from rewards.promotions.queries import DraftFacts, PromotionDetails, draft, draft_of, offer
from rewards.promotions.wording import KIND_WORDS, Names

NOT_WRITTEN: Final = frozenset({"csrfmiddlewaretoken", "seen", "publish", "check", "keep"})


class WritingForm(Protocol):
    """A form a promotion is written in, whatever its boxes."""

    def add_error(self, field: str | None, error: Any) -> None: ...

    def add_problems(self, problems: Iterable[Problem]) -> None: ...


@dataclass
class Editor:
    """Somebody writing a promotion: `found` gets a next version, `kept` is the draft it was kept in so far."""

    request: StaffRequest
    now: datetime
    kind: str
    start: Mapping[str, Any]
    found: PromotionDetails | None = None
    kept: DraftFacts | None = None

    @property
    def merchant(self) -> MerchantFacts:
        return self.request.staff.merchant

    @cached_property
    def names(self) -> Names:
        return names_of(self.merchant)

    @cached_property
    def form_context(self) -> FormContext:
        return form_context_of(self.merchant, self.names, self.now)

    @property
    def data(self) -> QueryDict | None:
        """What was sent or, when a draft is opened, what was kept."""
        if self.request.method == "POST" or self.kept is None:
            return post_data(self.request)
        data = QueryDict(mutable=True)
        for name, texts in self.kept.written.items():
            data.setlist(name, list(texts))
        return data

    @property
    def after(self) -> str:
        """The number of the version it is written from; "" for a new promotion."""
        if self.found is None:
            return ""
        kept = self.data.get("after") if self.data is not None else None
        return str(kept or self.found.latest_number)

    @cached_property
    def form(self) -> PromotionForm:
        return PromotionForm(self.kind, self.form_context, self.start, self.data)

    @cached_property
    def trial(self) -> BasketTrial:
        return trial_of(self.merchant, self.form_context, self.data, self.start)

    @property
    def pressed(self) -> str:
        return next((name for name in ("publish", "check", "keep") if name in self.request.POST), "")


# --- pages -------------------------------------------------------------------------------------------------------


@staff_page(Permission.EDIT_OFFERS)
def promotion_new(request: StaffRequest) -> HttpResponse:
    kinds = sorted(((code, str(word)) for code, word in KIND_WORDS.items()), key=lambda item: item[1])
    context = {"first_ones": FIRST_ONES, "others": PATTERNS[len(FIRST_ONES) :], "kinds": kinds}
    return render(request, "backoffice/promotions/patterns.html", context)


@staff_page(Permission.EDIT_OFFERS)
def promotion_write(request: StaffRequest, pattern: str) -> HttpResponse:
    """A new one, from a pattern."""
    if pattern not in BY_CODE:
        raise Missing("pattern_not_found")
    chosen = BY_CODE[pattern]
    start = {"title": "", **chosen.in_currency(request.staff.merchant.currency)}
    return _edit(Editor(request, timezone.now(), chosen.kind, start))


@staff_page(Permission.EDIT_OFFERS)
def promotion_blank(request: StaffRequest, kind: str) -> HttpResponse:
    """A new one, with nothing filled in."""
    if kind not in KINDS:
        raise Missing("kind_not_found")
    return _edit(Editor(request, timezone.now(), kind, {"title": "", "kind": kind}))


@staff_page(Permission.EDIT_OFFERS)
def promotion_draft(request: StaffRequest, draft_id: UUID) -> HttpResponse:
    """A new one that somebody has begun."""
    kept = draft(merchant=request.staff.merchant, draft_id=draft_id)
    if kept.promotion_id is not None:
        return redirect("backoffice:promotion_edit", promotion_id=kept.promotion_id)
    start = {"title": kept.title, "kind": kept.kind}
    return _edit(Editor(request, timezone.now(), kept.kind, start, kept=kept))


@staff_page(Permission.EDIT_OFFERS)
def promotion_edit(request: StaffRequest, promotion_id: UUID) -> HttpResponse:
    """The next version, in the form where it can say all of the latest one, else as JSON."""
    merchant, now = request.staff.merchant, timezone.now()
    found = offer(merchant=merchant, promotion_id=promotion_id, at=now)
    if not says_all(found.latest):
        return redirect("backoffice:promotion_json", promotion_id=promotion_id)
    kept = draft_of(merchant=merchant, promotion_id=promotion_id)
    if kept is not None and kept.kind != found.latest.kind:
        kept = None
    return _edit(Editor(request, now, found.latest.kind, found.latest.source, found=found, kept=kept))


@require_POST
@staff_page(Permission.EDIT_OFFERS)
def draft_discard(request: StaffRequest, draft_id: UUID) -> HttpResponse:
    promotion_id = discard_draft(merchant=request.staff.merchant, draft_id=draft_id)
    messages.success(request, gettext("The draft is thrown away."))
    if promotion_id is None:
        return redirect("backoffice:promotions")
    return redirect("backoffice:promotion", promotion_id=promotion_id)


# --- what happens there ------------------------------------------------------------------------------------------


def _edit(editor: Editor) -> HttpResponse:
    request, form = editor.request, editor.form
    if request.method == "POST" and editor.pressed == "keep":
        return _keep(editor)
    checked = _checked(editor) if form.is_bound else None
    if getattr(request, "htmx", False):
        context = {**_context(editor, checked), "missing": form.missing if form.is_bound else []}
        return render(request, "backoffice/promotions/checked.html", context)
    if request.method == "POST":
        if checked is not None:
            form.add_problems(checked.problems)
        if checked is not None and checked.definition is not None and editor.pressed == "publish":
            published = _publish(editor, checked)
            if published is not None:
                return published
    status = 400 if request.method == "POST" and form.errors else 200
    return render(request, "backoffice/promotions/editor.html", _context(editor, checked), status=status)


def _context(editor: Editor, checked: Checked | None) -> dict[str, Any]:
    return {
        "form": editor.form,
        "basket": editor.trial.form,
        "checked": _with_boxes(checked, editor.form) if checked else None,
        "warned": bool(editor.pressed and checked and checked.warnings and not checked.refusals),
        "found": editor.found,
        "after": editor.after,
        "kept": editor.kept,
        "kind": KIND_WORDS[editor.kind],
    }


def _with_boxes(checked: Checked, form: PromotionForm) -> Checked:
    """Findings that know the field that mends them."""
    boxes = {note.pointer: form.box_of(note.pointer) for note in checked.noted}
    located = [replace(note, box=form[box].auto_id if (box := boxes[note.pointer]) else "") for note in checked.noted]
    return replace(checked, noted=located)


def _checked(editor: Editor) -> Checked | None:
    """None while the boxes say nothing complete."""
    form = editor.form
    if not form.is_valid():
        return None
    return check(
        editor.merchant,
        editor.names,
        form.definition,
        found=editor.found,
        trial=editor.trial,
        starts_at=form.starts_at or editor.now,
        now=editor.now,
        with_past=editor.pressed in ("publish", "check"),
    )


def _keep(editor: Editor) -> HttpResponse:
    """Whatever stands in the boxes is kept, also when it says nothing yet."""
    request, checked = editor.request, _checked(editor)
    sent = request.POST
    draft_id = keep_draft(
        merchant=editor.merchant,
        title=sent.get("title", "").strip(),
        kind=editor.kind,
        written={name: sent.getlist(name) for name in sent if name not in NOT_WRITTEN},
        definition=checked.definition if checked else None,
        at=editor.now,
        actor=actor_of(request),
        draft_id=editor.kept.id if editor.kept and not editor.found else None,
        promotion_id=editor.found.row.id if editor.found else None,
    )
    messages.success(request, gettext("Kept as a draft. Tills do not see it until you publish it."))
    if editor.found is not None:
        return redirect("backoffice:promotion_edit", promotion_id=editor.found.row.id)
    return redirect("backoffice:promotion_draft", draft_id=draft_id)


def _publish(editor: Editor, checked: Checked) -> HttpResponse | None:
    form, starts_at = editor.form, editor.form.starts_at
    if starts_at is not None and starts_at < editor.now:
        form.add_error("start_on", gettext("The start is in the past. Choose now or a later time."))
        return None
    for note in checked.refusals:
        form.add_finding(note.pointer, note.text)
    if checked.warnings and editor.request.POST.get("seen") != checked.warnings:
        for note in checked.noted:
            if note.code == UNKNOWN_GOODS:
                form.add_finding(note.pointer, note.text)
    if checked.refusals:
        return None
    return publish(
        editor.request,
        form,
        form.definition,
        checked,
        found=editor.found,
        starts_at=starts_at,
        now=editor.now,
        names=editor.names,
        draft_id=editor.kept.id if editor.kept else None,
    )


def publish(
    request: StaffRequest,
    form: WritingForm,
    definition: Mapping[str, Any],
    checked: Checked,
    *,
    found: PromotionDetails | None,
    starts_at: datetime | None,
    now: datetime,
    names: Names,
    draft_id: UUID | None = None,
) -> HttpResponse | None:
    """None where it was not published: the form says why. Warnings are shown once before they are passed over."""
    if checked.warnings and request.POST.get("seen") != checked.warnings:
        form.add_error(None, gettext("Read the warnings first. Press the button again to publish all the same."))
        return None
    try:
        with refusable():
            published = publish_checked(
                merchant=request.staff.merchant,
                definition=definition,
                promotion_id=found.row.id if found else None,
                starts_at=starts_at or now,
                at=now,
                actor=actor_of(request),
                surroundings=surroundings_of(names),
                draft_id=draft_id,
                after=_number(request.POST.get("after", "")) if found else None,
            )
    except NotExplainable:
        form.add_error(None, gettext("This cannot be published yet: nobody could explain it. See the check."))
    except PromotionEnded:
        form.add_error(None, gettext("This promotion has ended. Make a new one."))
    except VersionMoved as moved:
        text = gettext("Version %(number)s was published while you were writing. Look at it, then start again.")
        form.add_error(None, text % {"number": moved.facts["number"]})
    except BadInput as bad:
        form.add_problems([Problem(error.pointer, error.code, error.message) for error in bad.errors])
    else:
        messages.success(request, _published_text(starts_at, is_next=found is not None))
        return redirect("backoffice:promotion", promotion_id=published)
    return None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _published_text(starts_at: datetime | None, *, is_next: bool) -> str:
    if starts_at is not None:
        return gettext("Scheduled. Until then everything stays as it is.")
    return gettext("The new version is in force.") if is_next else gettext("The promotion is live at the tills.")
