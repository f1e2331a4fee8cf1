"""What each role may move by hand before another person has to approve; an owner sets it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.context import ROLE_WORDS
from backoffice.form_fields import PointsField
from merchants.facts import MerchantFacts, MovementLimit, MovementLimits, Permission
from merchants.operations import LimitsMoved, change_movement_limits
from merchants.queries import merchant_by_id
from merchants.rules import MOST_MOVED, limits_seen
from merchants.tenancy import refusable


@dataclass(frozen=True)
class RoleBoxes:
    """A role's two boxes."""

    word: str
    at_once: forms.BoundField
    per_day: forms.BoundField


class RoleLimitsForm(forms.Form):
    """Two boxes for each role that may move points at all. `seen`: a mark of the limits that were shown."""

    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, merchant: MerchantFacts, entries: QueryDict | None = None) -> None:
        self.limits = merchant.movement_limits.of_roles()
        boxes = merchant.movement_limits.by_field()
        super().__init__(entries, initial={**boxes, "seen": limits_seen(merchant.movement_limits)})
        for name in boxes:
            label = _("In one go") if name.endswith("at_once") else _("In a day")
            box = PointsField(label=label, least_points=1, most_points=MOST_MOVED)
            box.unit_after = merchant.points_name
            self.fields[name] = box

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for role in self.limits:
            at_once, per_day = cleaned.get(f"{role.value}_at_once"), cleaned.get(f"{role.value}_per_day")
            if at_once is not None and per_day is not None and per_day < at_once:
                self.add_error(f"{role.value}_per_day", _("A day allows at least what one go allows. Write more here."))
        return cleaned

    def rows(self) -> Sequence[RoleBoxes]:
        return [
            RoleBoxes(str(ROLE_WORDS[role]), self[f"{role.value}_at_once"], self[f"{role.value}_per_day"])
            for role in self.limits
        ]

    def chosen(self) -> MovementLimits:
        """Return the limits as they were written."""
        return MovementLimits(
            {
                role: MovementLimit(
                    self.cleaned_data[f"{role.value}_at_once"], self.cleaned_data[f"{role.value}_per_day"]
                )
                for role in self.limits
            }
        )


@staff_page(Permission.MANAGE_STAFF)
def role_limits(request: StaffRequest) -> HttpResponse:
    """Set what owners, managers and care may move by hand alone."""
    merchant = merchant_by_id(request.staff.merchant.id)
    form = RoleLimitsForm(merchant, post_data(request))
    if request.method == "POST" and form.is_valid():
        try:
            _save_limits(request, merchant, form)
        except LimitsMoved:
            form = _form_after_change(merchant, request)
        else:
            return redirect("backoffice:program_limits")
    status = 400 if form.errors else 200
    return render(request, "backoffice/program/role_limits.html", {"form": form}, status=status)


def _save_limits(request: StaffRequest, merchant: MerchantFacts, form: RoleLimitsForm) -> None:
    if form.chosen().of_roles() == form.limits:
        messages.info(request, gettext("Nothing was changed."))
        return
    with refusable():
        change_movement_limits(
            merchant=merchant,
            limits=form.chosen(),
            seen=form.cleaned_data["seen"],
            at=timezone.now(),
            actor=actor_of(request),
        )
    messages.success(request, gettext("The limits are saved. They count from the next movement on."))


def _form_after_change(merchant: MerchantFacts, request: StaffRequest) -> RoleLimitsForm:
    """Return the same entries beside the limits as they are now, with a note."""
    entries = request.POST.copy()
    entries["seen"] = limits_seen(merchant.movement_limits)
    fresh = RoleLimitsForm(merchant, entries)
    fresh.is_valid()
    fresh.add_error(
        None,
        gettext("Somebody changed these limits while you had them open. Your entries are kept: look at them again."),
    )
    return fresh
