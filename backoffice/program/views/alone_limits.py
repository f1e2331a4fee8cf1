"""Above what coupons and files of members need a second person; an owner sets it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.form_fields import AmountField, WholeField
from backoffice.requests import approvers
from merchants.facts import MerchantFacts, Permission
from merchants.operations import LimitsMoved, change_alone_limits
from merchants.queries import merchant_by_id
from merchants.rules import MOST_ALONE_AMOUNT, MOST_ALONE_MEMBERS, alone_limits_seen
from merchants.tenancy import refusable


class AloneLimitsForm(forms.Form):
    """Two boxes; an empty one is no limit. `seen`: a mark of the limits that were shown."""

    coupons_alone_amount = AmountField(
        label=_("Coupons that may cost more than"),
        help_text=_("All codes and uses together. Codes that may cost any amount are always above."),
        required=False,
        currency="IDR",
        most_amount=MOST_ALONE_AMOUNT,
    )
    export_alone_members = WholeField(
        label=_("Files with contacts of more than"),
        help_text=_("Phone numbers and e-mail addresses in full, taken out of the list of members."),
        required=False,
        min_value=0,
        max_value=MOST_ALONE_MEMBERS,
        unit=_("members"),
    )
    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, merchant: MerchantFacts, entries: QueryDict | None = None, *, has_others: bool = True) -> None:
        super().__init__(
            entries,
            initial={
                "coupons_alone_amount": merchant.coupons_alone_amount,
                "export_alone_members": merchant.export_alone_members,
                "seen": alone_limits_seen(merchant),
            },
        )
        self.merchant, self.has_others = merchant, has_others
        amount: Any = self.fields["coupons_alone_amount"]
        amount.for_currency(merchant.currency)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        for name in ("coupons_alone_amount", "export_alone_members"):
            if not self.has_others and data.get(name) is not None and data[name] != getattr(self.merchant, name):
                self.add_error(name, gettext("Nobody else here could approve. Invite another owner or manager first."))
        return data


@staff_page(Permission.MANAGE_STAFF)
def alone_limits(request: StaffRequest) -> HttpResponse:
    """Set what one person may do alone with coupons and with files of members."""
    merchant = merchant_by_id(request.staff.merchant.id)
    others = approvers(merchant, request.staff.user_id)
    form = AloneLimitsForm(merchant, post_data(request), has_others=bool(others))
    if request.method == "POST" and form.is_valid():
        try:
            with refusable():
                change_alone_limits(
                    merchant=merchant,
                    coupons_amount=form.cleaned_data["coupons_alone_amount"],
                    export_members=form.cleaned_data["export_alone_members"],
                    seen=form.cleaned_data["seen"],
                    at=timezone.now(),
                    actor=actor_of(request),
                )
        except LimitsMoved:
            form = _form_after_change(merchant, request, has_others=bool(others))
        else:
            messages.success(request, gettext("The limits are saved. They count from now on."))
            return redirect("backoffice:program_limits")
    status = 400 if form.errors else 200
    context = {"form": form, "approvers": others}
    return render(request, "backoffice/program/alone_limits.html", context, status=status)


def _form_after_change(merchant: MerchantFacts, request: StaffRequest, *, has_others: bool) -> AloneLimitsForm:
    """Return the same entries beside the limits as they are now, with a note."""
    entries = request.POST.copy()
    entries["seen"] = alone_limits_seen(merchant)
    fresh = AloneLimitsForm(merchant, entries, has_others=has_others)
    fresh.is_valid()
    fresh.add_error(
        None,
        gettext("Somebody changed these limits while you had them open. Your entries are kept: look at them again."),
    )
    return fresh
