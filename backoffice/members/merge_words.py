"""Two records side by side, and why a merge is refused or stays, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.audit_words import LANGUAGE_WORDS
from backoffice.members.attribute_fields import value_in_words
from common.errors import DomainError
from common.languages import reader_language
from common.quantities import format_day, format_money, format_number, format_points
from members.facts import AttributeFacts, MatchReason, MemberFacts, TierFacts
from members.rules import ATTRIBUTE, choices_between, fields_of, mask_email, mask_phone, show_phone, tier_of_both
from merchants.facts import MerchantFacts

MATCH_WORDS: Final[Mapping[MatchReason, str | Promise]] = {
    MatchReason.PHONE: _("Same phone number"),
    MatchReason.EMAIL: _("Same e-mail"),
    MatchReason.BIRTHDAY: _("Same name and birthday"),
    MatchReason.DEVICE: _("Joined on the same device"),
}
FIELD_LABELS: Final[Mapping[str, str | Promise]] = {
    "name": _("Name"),
    "phone": _("Mobile number"),
    "email": _("E-mail"),
    "birth_date": _("Birthday"),
    "area": _("Area"),
    "language": _("Language"),
    "outlet_id": _("Outlet"),
    "external_ref": _("Number in the old system"),
}
_REFUSED: Final[Mapping[str, str | Promise]] = {
    "same": _("These are the same record."),
    "merged": _("One of the two was merged already."),
    "blocked": _("One of the two is blocked. Lift the block first."),
    "restricted": _("The data of one of the two is only kept. Use it again first."),
    "requested": _("A request about the data of one of the two is open. Answer it first."),
    "inactive": _("One of the two is no active member."),
    "household": _("Others share the phone of the record to be merged. Keep that record instead."),
    "too_late": _("The 7 days in which a merge can be undone are over."),
    "erased": _("The member was erased since."),
    "undone": _("This merge was undone already."),
    "merged_again": _("The record was merged into a third one since. Undo that merge first."),
    "fields_edited": _("A value that the merge chose was changed since."),
}
_CODES: Final[Mapping[str, str | Promise]] = {
    "points_on_hold": _("A till is paying with points of this record right now. Wait ten minutes."),
    "debt_too_large": _("Both together owe more points than the store allows. Adjust the points first."),
    "profile_moved": _("One of the two was changed meanwhile. Here is what they hold now."),
    "temporarily_unavailable": _("A till is booking for this record right now. Try again."),
    "merged_points_moved": _("Points or money that came with the merge were used or have lapsed since."),
    "merged_coupons_used": _("A coupon that came with the merge was used since."),
    "merged_stamps_used": _("Stamps that came with the merge were used since."),
    "merged_rewards_used": _("A reward that came with the merge was handed over or cancelled since."),
    "merged_sales_returned": _("Goods of a purchase that came with the merge were returned since."),
}


def refusal_words(error: DomainError) -> str:
    """Say why a merge is refused, or why it can no longer be undone."""
    reason = str(error.facts.get("reason", ""))
    return str(_REFUSED.get(reason) or _CODES.get(error.code) or gettext("This is not possible now."))


@dataclass(frozen=True)
class ChoiceRow:
    """One field of both records. `is_choice`: both fill it, and differently."""

    name: str
    label: str
    ours: str
    theirs: str
    is_choice: bool


def choice_rows(
    survivor: MemberFacts,
    merged: MemberFacts,
    *,
    definitions: Sequence[AttributeFacts],
    outlets: Mapping[UUID, str],
    sees_contacts: bool,
) -> list[ChoiceRow]:
    """List the fields that at least one record fills; what only one has is kept without asking."""
    ours, theirs = fields_of(survivor), fields_of(merged)
    asked = set(choices_between(survivor, merged))
    named = {f"{ATTRIBUTE}{one.key}": one for one in definitions}
    words = _value_words(named, outlets, sees_contacts)
    return [
        ChoiceRow(
            name=name,
            label=str(FIELD_LABELS.get(name) or (named[name].label if name in named else name.removeprefix(ATTRIBUTE))),
            ours=words(name, ours.get(name)),
            theirs=words(name, theirs.get(name)),
            is_choice=name in asked,
        )
        for name in dict.fromkeys([*ours, *theirs])
        if ours.get(name) or theirs.get(name)
    ]


def _value_words(
    named: Mapping[str, AttributeFacts], outlets: Mapping[UUID, str], sees_contacts: bool
) -> Callable[[str, Any], str]:
    def in_words(name: str, value: Any) -> str:
        if not value:
            return ""
        match name:
            case "phone":
                return (show_phone(value) if sees_contacts else mask_phone(value)) or ""
            case "email":
                return value if sees_contacts else mask_email(value) or ""
            case "external_ref":
                return value if sees_contacts else mask_phone(value) or ""
            case "birth_date":
                return format_day(value, reader_language())
            case "language":
                return LANGUAGE_WORDS[value]
            case "outlet_id":
                return outlets.get(value, "")
        return value_in_words(value, named[name]) if name in named else str(value)

    return in_words


@dataclass(frozen=True)
class FigureRow:
    """A figure of both records, and of both together, in words."""

    label: str
    ours: str
    theirs: str
    together: str


def added_row(label: str, ours: int, theirs: int, words: Callable[[int], str]) -> FigureRow:
    """Return a figure that is added up."""
    return FigureRow(label, words(ours), words(theirs), words(ours + theirs))


def figure_rows(
    merchant: MerchantFacts,
    survivor: MemberFacts,
    merged: MemberFacts,
    *,
    points: tuple[int, int],
    wallet: tuple[int, int],
) -> list[FigureRow]:
    """List what comes together; `points` and `wallet` are the balances of both."""
    language = reader_language()

    def in_money(amount: int) -> str:
        return format_money(amount, merchant.currency, language)

    def in_points(amount: int) -> str:
        return format_points(amount, language, merchant.points_name or None)

    def tier_words(tier: TierFacts | None) -> str:
        return tier.name if tier else "–"

    def consent_of(one: MemberFacts) -> str:
        return gettext("yes") if one.promo_email else gettext("no")

    tier_after = tier_of_both(survivor, merged)
    agree = survivor.promo_email == merged.promo_email
    said_last = consent_of(survivor) if agree else gettext("what was said last")
    return [
        added_row(gettext("Balance"), *points, in_points),
        added_row(gettext("Wallet money"), *wallet, in_money),
        added_row(gettext("Purchases"), survivor.purchase_count, merged.purchase_count, format_number),
        added_row(gettext("Net spend, all time"), survivor.spend_amount, merged.spend_amount, in_money),
        FigureRow(gettext("Tier"), tier_words(survivor.tier), tier_words(merged.tier), tier_words(tier_after)),
        FigureRow(gettext("Offers by e-mail"), consent_of(survivor), consent_of(merged), said_last),
        FigureRow(
            gettext("Member since"),
            format_day(survivor.joined_on, language),
            format_day(merged.joined_on, language),
            format_day(survivor.joined_on, language),
        ),
    ]


class MergeForm(forms.Form):
    """One choice per field that both records fill differently; the kept record's value is the one proposed."""

    def __init__(self, rows: Sequence[ChoiceRow], data: Any = None) -> None:
        super().__init__(data)
        for row in rows:
            if row.is_choice:
                self.fields[f"keep-{row.name}"] = forms.ChoiceField(
                    label=row.label,
                    choices=[("ours", row.ours), ("theirs", row.theirs)],
                    widget=forms.RadioSelect,
                    initial="ours",
                )

    @property
    def chosen(self) -> list[str]:
        """Return the fields in which the other record's value was chosen."""
        return [name.removeprefix("keep-") for name, kept in self.cleaned_data.items() if kept == "theirs"]
