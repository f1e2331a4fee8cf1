"""Tax, service charge and tip: which of them count, with two bills that the engine works out from the boxes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.access import StaffRequest, actor_of, post_data, staff_page
from backoffice.receipts.bill_rows import BillRow, list_bill_rows
from backoffice.settings.forms.bill import BillForm
from common.quantities import currency_digits
from merchants.facts import BillChoices, MerchantFacts, Permission
from merchants.operations import SettingsMoved, change_bill_choices
from merchants.queries import merchant_by_id
from merchants.tenancy import refusable
from rewards.engine.facts import Bill
from rewards.promotions.queries import WorkedBill, program_rules, worked_bill


@dataclass(frozen=True)
class Example:
    """One bill under the choices that count now and, where they differ, under those that are ticked."""

    title: Promise
    worked: Sequence[WorkedBill]

    @property
    def rows(self) -> list[tuple[BillRow, ...]]:
        """Return what is beside the goods, each part under all the choices."""
        return list(zip(*(list_bill_rows(one.bill) for one in self.worked), strict=True))


@staff_page(Permission.EDIT_PROGRAM)
def bill(request: StaffRequest) -> HttpResponse:
    """Ask, show what the ticked choices make of two bills, then save exactly what was shown."""
    merchant = merchant_by_id(request.staff.merchant.id)
    now = merchant.promotion_settings.bill
    form = BillForm(now, post_data(request))
    choices = now
    if request.method == "POST" and form.is_valid():
        choices = form.choices
        if request.POST.get("confirmed") == repr(choices.to_json()):
            try:
                return _save_choices(request, merchant, choices, form.cleaned_data["seen"])
            except SettingsMoved as moved:
                now = choices = moved.facts["merchant"].promotion_settings.bill
                form = BillForm(now)
                messages.error(request, gettext("Another person changed this while you had it open. Here it is now."))
        elif choices == now and "HX-Request" not in request.headers:
            messages.info(request, gettext("Nothing was changed."))
            return redirect("backoffice:bill")
    context: dict[str, Any] = {
        "form": form,
        "differs": choices != now,
        "mark": repr(choices.to_json()) if choices != now else "",
        "examples": _work_examples(merchant, [now] if choices == now else [now, choices]),
    }
    page = "parts/worked_bills" if "HX-Request" in request.headers else "bill"
    return render(request, f"backoffice/settings/{page}.html", context, status=400 if form.errors else 200)


def _save_choices(
    request: StaffRequest, merchant: MerchantFacts, choices: BillChoices, seen: BillChoices
) -> HttpResponse:
    with refusable():
        change_bill_choices(merchant=merchant, choices=choices, seen=seen, at=timezone.now(), actor=actor_of(request))
    messages.success(request, gettext("Saved. It counts from the next receipt on, at every till."))
    return redirect("backoffice:bill")


def _work_examples(merchant: MerchantFacts, choices: Sequence[BillChoices]) -> list[Example]:
    """Return a bill with tax and service on top of the prices, and one with both in them."""
    at = timezone.now()
    earning, _redemption = program_rules(merchant=merchant, at=at)
    unit = 1_000 if merchant.currency == "IDR" else 10 ** currency_digits(merchant.currency)
    on_top = Bill(
        84 * unit // 10, 4 * unit, 5 * unit, -4 * unit // 10, prices_include_tax=False, prices_include_service=False
    )
    inside = Bill(105 * unit // 10, 5 * unit, 5 * unit)
    bills = ((_("Added at the till"), 100 * unit, on_top), (_("In the price"), 1_155 * unit // 10, inside))
    return [
        Example(
            title,
            [
                worked_bill(merchant=merchant, choices=one, earning=earning, price_amount=price, bill=shown, at=at)
                for one in choices
            ],
        )
        for title, price, shown in bills
    ]
