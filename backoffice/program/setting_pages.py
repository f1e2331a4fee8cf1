"""A page of settings, of the store or the program: what follows from a change is shown before it is saved."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from backoffice.access import StaffRequest, actor_of, post_data
from backoffice.audit_words import field_word, value_word
from backoffice.program.forms.settings import SettingsForm
from common.quantities import format_number
from merchants.facts import ExpiryKind, MerchantFacts
from merchants.operations import SettingsMoved, change_merchant_settings
from merchants.queries import merchant_by_id
from merchants.rules import settings_seen
from merchants.tenancy import refusable


def settings_page(
    request: StaffRequest,
    names: Collection[str],
    *,
    here: str,
    template: str,
    describe: Callable[[MerchantFacts, Mapping[str, Any]], Mapping[str, Any]] | None = None,
) -> HttpResponse:
    """Ask for these settings, then show what changes and what follows, then save exactly what was shown.

    `describe` says what else the template shows, of the merchant and the changes.
    """
    merchant, now = merchant_by_id(request.staff.merchant.id), timezone.now()
    form = SettingsForm(merchant, now, names, post_data(request))
    changes: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        changes = form.changes(merchant)
        if not changes:
            messages.info(request, gettext("Nothing was changed."))
            return redirect(here)
        if form.cleaned_data["seen"] != settings_seen(merchant):
            form, changes = _form_after_change(form, merchant, request)
        elif request.POST.get("confirmed") == _preview_mark(changes):
            try:
                _save_settings(request, merchant, changes)
            except SettingsMoved as moved:
                form, changes = _form_after_change(form, moved.facts["merchant"], request)
            else:
                return redirect(here)
    context = {
        "form": form,
        "store": merchant,
        "changes": _in_words(merchant, changes),
        "effects": effects_of(merchant, changes),
        "mark": _preview_mark(changes),
        **(describe(merchant, changes) if describe else {}),
    }
    return render(request, template, context, status=400 if form.errors else 200)


def _save_settings(request: StaffRequest, merchant: MerchantFacts, changes: Mapping[str, Any]) -> None:
    with refusable():
        change_merchant_settings(
            merchant=merchant,
            changes=changes,
            at=timezone.now(),
            actor=actor_of(request),
            seen=request.POST.get("seen", ""),
        )
    messages.success(request, gettext("The settings are saved. Who changed what is in the audit trail."))


def _form_after_change(
    form: SettingsForm, merchant: MerchantFacts, request: StaffRequest
) -> tuple[SettingsForm, dict[str, Any]]:
    """Return the same entries over the settings as they are now, with a note; nothing is confirmed by it."""
    entries = request.POST.copy()
    entries["seen"] = settings_seen(merchant)
    fresh = SettingsForm(merchant, timezone.now(), form.names, entries)
    fresh.is_valid()
    fresh.add_error(
        None,
        gettext("Somebody changed these settings while you had them open. Your entries are kept: review them again."),
    )
    return fresh, {}


def _preview_mark(changes: Mapping[str, Any]) -> str:
    """Return the mark of what a preview was shown for; other changes are shown again before they are saved."""
    return "|".join(f"{name}={changes[name]!r}" for name in sorted(changes))


def _in_words(merchant: MerchantFacts, changes: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    return [
        (field_word(name), value_word(name, getattr(merchant, name), merchant), value_word(name, value, merchant))
        for name, value in changes.items()
    ]


def effects_of(merchant: MerchantFacts, changes: Mapping[str, Any]) -> list[str]:
    """Return what follows from each change, one sentence each, in the order of the form."""
    said = [_EFFECTS[name](merchant, changes[name]) for name in _EFFECTS if name in changes]
    if changes.keys() & EXPIRY:
        said.append(_say_expiry(merchant, changes.get("points_expiry", merchant.points_expiry)))
    return list(dict.fromkeys(said))


EXPIRY: Final = frozenset(
    {"points_expiry", "points_valid_months", "points_rounding", "points_end_month", "points_kept_years"}
)
"""One rule, so that one sentence says what follows, however many of its boxes were changed."""


def _say_expiry(merchant: MerchantFacts, kind: str) -> str:
    """Say what a changed rule of lapsing does to points that members have."""
    was, will = merchant.expiry_rule.follows_purchases, kind == ExpiryKind.INACTIVITY
    if was and will:
        return gettext(
            "Points earned from now on, and each member's next purchase: it never moves a last day to an earlier one."
        )
    if was:
        return gettext(
            "Only points earned from now on. Points that members have keep the last day that purchases gave them; "
            "further purchases no longer move it."
        )
    if will:
        return gettext(
            "Only points earned from now on. Points that members have keep their last day, whatever they buy."
        )
    return gettext("Only points earned from now on. Points that members have keep their last day.")


_EFFECTS: Mapping[str, Any] = {
    "name": lambda merchant, value: (
        gettext(
            "Members see the new name at once, also on cards that are printed already as QR codes. The address of your "
            "public pages stays /m/%(slug)s/."
        )
        % {"slug": merchant.slug}
    ),
    "language": lambda merchant, value: gettext("Mails and till messages without a language of their own change."),
    "day_starts_at": lambda merchant, value: gettext(
        "The next business day begins at the new time. Days that are over keep their sales; days of points that are "
        "booked stay."
    ),
    "points_name": lambda merchant, value: gettext("Every page, mail and receipt says it from now on."),
    "stored_value_valid_months": lambda merchant, value: gettext(
        "Only money paid in from now on. What is on wallets and cards keeps its last day."
    ),
    "pending_days": lambda merchant, value: gettext(
        "Only points earned from now on. Points that wait already keep their day."
    ),
    "join_bonus_points": lambda merchant, value: gettext(
        "Whoever joins from now on. Nobody gets or loses anything for having joined before."
    ),
    "refund_policy": lambda merchant, value: gettext(
        "Returns from now on, also of purchases made before. Returns that are booked stay."
    ),
    "max_debt_points": lambda merchant, value: gettext("Debts that are higher already stay and are repaid as before."),
    "till_debt_limit_amount": lambda merchant, value: gettext(
        "Sales that tills send from now on. What members owe already stays."
    ),
    "return_grace_days": lambda merchant, value: gettext("Returns from now on."),
    "most_points_per_sale": lambda merchant, value: gettext("Purchases from now on."),
    "most_points_per_day": lambda merchant, value: gettext(
        "Purchases from now on. What members were given before today counts for nothing."
    ),
    "most_points_per_month": lambda merchant, value: gettext(
        "Purchases from now on. What members were given before a limit was set counts for nothing."
    ),
    **dict.fromkeys(
        ("money_rounding", "round_at", "remainder"),
        lambda merchant, value: gettext("Quotes and purchases from now on; returns go by their purchase."),
    ),
    "adding_groups": lambda merchant, value: gettext(
        "In these groups all promotions act from now on; in every other one only the best."
    ),
    "claim_days": lambda merchant, value: (
        ngettext(
            "A receipt of %(days)s day ago can be claimed, an older one cannot.",
            "A receipt of %(days)s days ago can be claimed, an older one cannot.",
            value,
        )
        % {"days": format_number(value)}
    ),
}
