"""The fields of a member that the store defines: listed, made, renamed, retired."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import gettext

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.settings.forms.attributes import KIND_WORDS, AttributeForm, NewAttributeForm
from common.errors import BadInput
from common.form_errors import add_errors
from members.facts import AttributeFacts
from members.operations import AttributeMoved, add_attribute, change_attribute
from members.queries import attribute, attribute_mark, attributes
from merchants.facts import Permission
from merchants.tenancy import refusable


@staff_page(Permission.EDIT_PROGRAM)
def attribute_list(request: StaffRequest) -> HttpResponse:
    rows = [
        {"one": one, "kind": KIND_WORDS[one.kind.value], "choices": ", ".join(one.choices)}
        for one in attributes(merchant=request.staff.merchant)
    ]
    return render(request, "backoffice/settings/attributes.html", {"rows": rows})


@staff_page(Permission.EDIT_PROGRAM)
def attribute_new(request: StaffRequest) -> HttpResponse:
    form = NewAttributeForm(post_data(request), initial={"kind": "text"})
    if request.method == "POST" and form.is_valid():
        try:
            with refusable():
                made = add_attribute(
                    merchant=request.staff.merchant, draft=form.draft, at=timezone.now(), actor=actor_of(request)
                )
        except BadInput as bad:
            add_errors(form, bad)
        else:
            messages.success(request, gettext("%(name)s is on every member's page now.") % {"name": made.label})
            return redirect("backoffice:attributes")
    return render(request, "backoffice/settings/attribute_new.html", {"form": form}, status=400 if form.errors else 200)


@staff_page(Permission.EDIT_PROGRAM)
def attribute_edit(request: StaffRequest, attribute_id: UUID) -> HttpResponse:
    found = attribute(merchant=request.staff.merchant, attribute_id=attribute_id)
    form = _form_over(request, found, post_data(request))
    if request.method == "POST" and form.is_valid():
        try:
            with refusable():
                change_attribute(
                    merchant=request.staff.merchant,
                    attribute_id=found.id,
                    label=form.cleaned_data["label"],
                    choices=form.cleaned_data.get("choices") or (),
                    is_active=form.cleaned_data["is_active"],
                    at=timezone.now(),
                    actor=actor_of(request),
                    seen=form.cleaned_data["seen"],
                )
        except BadInput as bad:
            add_errors(form, bad)
        except AttributeMoved:
            found = attribute(merchant=request.staff.merchant, attribute_id=found.id)
            form = _form_after_change(request, found)
        else:
            messages.success(request, gettext("Saved."))
            return redirect("backoffice:attributes")
    return render(
        request,
        "backoffice/settings/attribute_edit.html",
        {"form": form, "found": found, "kind": KIND_WORDS[found.kind.value]},
        status=400 if form.errors else 200,
    )


def _form_over(request: StaffRequest, found: AttributeFacts, data: QueryDict | None) -> AttributeForm:
    return AttributeForm(found, data, seen=attribute_mark(merchant=request.staff.merchant, attribute=found))


def _form_after_change(request: StaffRequest, found: AttributeFacts) -> AttributeForm:
    """Return the same entries over the field as stored now, with a note that names what differs; nothing is saved."""
    entries = request.POST.copy()
    entries["seen"] = attribute_mark(merchant=request.staff.merchant, attribute=found)
    form = _form_over(request, found, entries)
    form.is_valid()
    form.add_error(
        None,
        gettext("Somebody changed this field while you had the form open. Nothing was saved; review your entries."),
    )
    stored = {
        "label": found.label,
        "choices": ", ".join(found.choices),
        "is_active": gettext("yes") if found.is_active else gettext("no"),
    }
    for name in form.changed_data:
        form[name].help_text = gettext("Stored now: %(stored)s") % {"stored": escape(stored[name])}
    return form
