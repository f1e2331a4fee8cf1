"""Definitions as files: taken out, brought in. The format is the one `manage.py evaluate` reads.

Both are for who connects tills and other systems; a merchant who only makes offers never meets them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NoReturn
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.no_permission import refuse_for_role
from backoffice.promotions.editor import PromotionEditor
from backoffice.promotions.obstacles import NotPublished
from backoffice.promotions.views.drafts import may_integrate, published_text, version_after
from common.languages import reader_language
from merchants.facts import Permission
from rewards.engine import Problem
from rewards.promotions.queries import as_written, offer
from rewards.promotions.wording import named_problem

EXAMPLE = {"title": "3 untuk Rp 70.000", "kind": "bundle_price", "qty": 3, "price": 70_000}


class JsonForm(forms.Form):
    text = forms.CharField(
        label=_("Definition (JSON)"),
        widget=forms.Textarea(attrs={"rows": 18, "spellcheck": "false", "class": "mono"}),
        max_length=50_000,
        required=False,
    )
    upload = forms.FileField(label=_("Or a file"), required=False, help_text=_("At most 50 kB."))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        file = given.get("upload")
        if file is not None and file.size > 50_000:
            self.add_error("upload", gettext("The file is larger than 50 kB. One promotion is far smaller."))
            return given
        if file is None and not given.get("text"):
            self.add_error("text", gettext("Paste a definition or choose a file."))
            return given
        field = "text" if file is None else "upload"
        try:
            text = given["text"] if file is None else file.read().decode("utf-8")
            given["definition"] = read_json(text)
        except UnicodeDecodeError:
            self.add_error(field, gettext("The file is not text in UTF-8."))
        except ValueError as error:
            self.add_error(field, str(error))
        else:
            self._show_text(text)
        return given

    def _show_text(self, text: str) -> None:
        """Show the text of a file in the box from then on: the button pressed again must mean the same."""
        sent: Any = self.data
        self.data = {**sent.dict(), "text": text}

    def add_problems(self, problems: Iterable[Problem]) -> None:
        """Add each with its place in the definition, its name on the page and the reason."""
        for problem in problems:
            self.add_error("text", f"{problem.pointer or '/'} – {named_problem(problem, language=reader_language())}")

    def add_reasons(self, refused: NotPublished) -> None:
        """Say why it was not published; a finding is in the check beside it, with its reason."""
        if refused.check_refuses:
            self.add_error(None, gettext("This cannot be published yet: nobody could explain it. See the check."))
        for obstacle in refused.obstacles:
            if obstacle.pointer is None:
                self.add_error(None, obstacle.text)
        self.add_problems(refused.problems)


def read_json(text: str) -> dict[str, Any]:
    """Read one definition without its id. Raises ValueError with a sentence for the reader."""
    try:
        data = json.loads(text, parse_float=Decimal, parse_constant=_no_number)
    except RecursionError:
        raise ValueError(gettext("This is not JSON: it is nested too deep.")) from None
    except json.JSONDecodeError as error:
        where = {"line": error.lineno, "column": error.colno, "reason": error.msg}
        raise ValueError(gettext("This is not JSON: line %(line)s, column %(column)s: %(reason)s.") % where) from None
    if not isinstance(data, dict):
        raise ValueError(gettext("A promotion must be an object with named fields."))
    return {name: value for name, value in data.items() if name != "id"}


def _no_number(name: str) -> NoReturn:
    raise ValueError(gettext("%(name)s is not a number. Write figures such as 12.5.") % {"name": name})


@staff_page(Permission.EDIT_OFFERS)
def promotion_json(request: StaffRequest, promotion_id: UUID | None = None) -> HttpResponse:
    """Show a whole definition: changed, checked and published like any other."""
    if not may_integrate(request):
        return refuse_for_role(request, Permission.MANAGE_TILLS)
    merchant, now = request.staff.merchant, timezone.now()
    found = offer(merchant=merchant, promotion_id=promotion_id, at=now) if promotion_id else None
    data = post_data(request)
    editor = PromotionEditor(merchant, actor_of(request), now, found=found, after=version_after(found, data))
    start = as_written(found.latest) if found else EXAMPLE
    files = request.FILES if request.method == "POST" else None
    form = JsonForm(data, files, initial={"text": json.dumps(start, indent=2, ensure_ascii=False)})
    checked = None
    if request.method == "POST" and form.is_valid():
        definition = form.cleaned_data["definition"]
        checked = editor.check(definition, with_past=True)
        form.add_problems(checked.problems)
        if checked.definition is not None and "publish" in request.POST:
            try:
                published = editor.publish(definition, checked, starts_at=None, seen=request.POST.get("seen", ""))
            except NotPublished as refused:
                form.add_reasons(refused)
            else:
                messages.success(request, published_text(None, is_next=found is not None))
                return redirect("backoffice:promotion", promotion_id=published)
    context = {"form": form, "checked": checked, "found": found, "seen": checked.warnings if checked else ""}
    return render(request, "backoffice/promotions/json.html", context, status=400 if form.errors else 200)


@staff_page(Permission.SEE_OFFERS)
def promotion_export(request: StaffRequest, promotion_id: UUID) -> HttpResponse:
    """Send the definition in force as a file."""
    if not may_integrate(request):
        return refuse_for_role(request, Permission.MANAGE_TILLS)
    found = offer(merchant=request.staff.merchant, promotion_id=promotion_id, at=timezone.now())
    text = json.dumps(found.definition.to_json(), indent=2, ensure_ascii=False)
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="promotion-{found.row.id}.json"'
    return response
