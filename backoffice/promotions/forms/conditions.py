"""What every kind of promotion may ask for: whom, how much, when, where, how often, beside what."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.promotions.forms.field_bindings import (
    FieldBinding,
    FormContext,
    MembersField,
    amount,
    choice,
    clock,
    clock_of,
    clock_text,
    day,
    day_of,
    flag,
    goods_bindings,
    iso,
    points,
    text,
    whole,
    yes_no,
    yes_no_text,
)
from rewards.promotions.wording import weekday_names

FRIENDS: Final = [
    ("", _("Everybody")),
    ("yes", _("Only friends who were brought along")),
    ("no", _("Everybody but friends who were brought along")),
]
FIRST: Final = [("", _("Every purchase")), ("yes", _("Only the first purchase")), ("no", _("Not the first purchase"))]
BASES: Final = [("", _("What is left after promotions before it")), ("original", _("The full price"))]
ON_RETURN: Final = [
    ("", _("Their discount goes back too")),
    ("reprice", _("What stays is priced anew, as if bought alone")),
]
EXCEED: Final = [("reject", _("Stop")), ("trim", _("Give what is left"))]


def _choices_field(
    label: Any, of: Callable[[FormContext], Sequence[tuple[str, Any]]], *, gone: Any = None
) -> Callable[[FormContext], Any]:
    """`gone`: what is said of a choice that is offered no more."""
    return lambda form_context: forms.MultipleChoiceField(
        label=label,
        choices=list(of(form_context)),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        error_messages={"invalid_choice": gone} if gone else None,
    )


def _weekday_choices(form_context: FormContext) -> list[tuple[str, str]]:
    return [(str(number), name) for number, name in enumerate(weekday_names(), start=1)]


def _moment_field(form_context: FormContext) -> forms.Field:
    return forms.ChoiceField(label=_("Moment"), choices=[("", _("No moment")), *form_context.moments], required=False)


def _members_field(form_context: FormContext) -> forms.Field:
    return MembersField(
        form_context,
        label=_("Only for these members"),
        required=False,
        help_text=_("Member numbers or mobile numbers, with commas between."),
    )


def _not_100(value: Any) -> Any:
    return None if value == 100 else value


BUDGET_AMOUNT: Final = "budget_amount"
WHOM: Final = [
    FieldBinding("members_only", "when/members_only", flag(_("Only for members"))),
    FieldBinding(
        "segments",
        "when/segments_any",
        _choices_field(_("Only these segments"), lambda form_context: form_context.segments),
        read=list,
    ),
    FieldBinding(
        "tiers",
        "when/tiers_any",
        _choices_field(_("Only these tiers"), lambda form_context: form_context.tiers),
        read=list,
    ),
]
WHOM_MORE: Final = [
    FieldBinding("first_purchase", "when/first_purchase", choice(_("Which purchase"), FIRST), yes_no, yes_no_text),
    FieldBinding("referred", "when/referred", choice(_("Brought by a friend"), FRIENDS), yes_no, yes_no_text),
    FieldBinding("birthday_days", "when/birthday_window_days", whole(_("Around the birthday"), 0, 182, unit=_("days"))),
    FieldBinding("members", "when/members_any", _members_field, read=list),
]
HOW_MUCH: Final = [
    FieldBinding("min_subtotal", "when/min_subtotal", amount(_("Minimum spend"), needed=False)),
]
HOW_MANY: Final = [
    FieldBinding("min_qty", "when/min_qty", whole(_("Minimum number of items"))),
]
HOW_MUCH_MORE: Final = [
    *goods_bindings(
        "when/subtotal_filter",
        "spend_",
        words=(_("Minimum spend on these products"), _("Minimum spend on these categories")),
    ),
    FieldBinding("subtotal_basis", "when/subtotal_basis", choice(_("Minimum spend counted on"), BASES)),
    *goods_bindings(
        "when/qty_filter",
        "count_",
        words=(_("Minimum number of these products"), _("Minimum number of these categories")),
    ),
]
WHEN: Final = [
    FieldBinding("moment", "when/moment", _moment_field),
    FieldBinding("moment_days_before", "when/moment_days_before", whole(_("Days before"), 0, 60, unit=_("days"))),
    FieldBinding("moment_days_after", "when/moment_days_after", whole(_("Days after"), 0, 60, unit=_("days"))),
    FieldBinding("valid_from", "when/valid_from", day(_("First day")), iso, day_of),
    FieldBinding("valid_to", "when/valid_to", day(_("Last day")), iso, day_of),
    FieldBinding("hours_from", "when/hours/from", clock(_("From")), clock_text, clock_of),
    FieldBinding("hours_to", "when/hours/to", clock(_("Until")), clock_text, clock_of),
    FieldBinding(
        "weekdays",
        "when/weekdays",
        _choices_field(_("Only on these days"), _weekday_choices),
        lambda chosen: [int(one) for one in chosen or ()],
        lambda found: [str(one) for one in found],
    ),
    FieldBinding(
        "outlets",
        "when/outlets",
        _choices_field(
            _("Only at these outlets"),
            lambda form_context: form_context.outlets,
            gone=_("This outlet is closed. Choose another one."),
        ),
        read=list,
    ),
]
LIMITS: Final = [
    FieldBinding("limit", "usage/limit", whole(_("Uses in all"), most=10**9)),
    FieldBinding("per_member_limit", "usage/per_member_limit", whole(_("Uses per member"))),
    FieldBinding(BUDGET_AMOUNT, "budget/limit", amount(_("Budget"), needed=False)),
    FieldBinding("on_exceed", "budget/on_exceed", choice(_("When the budget is used up"), EXCEED)),
]
LIMITS_MORE: Final = [
    FieldBinding("per_day_limit", "usage/per_day_limit", whole(_("Uses per day"))),
    FieldBinding("per_member_day_limit", "usage/per_member_day_limit", whole(_("Uses per member and day"))),
]
CAPS: Final = [
    FieldBinding("per_sale", "points_cap/per_sale", points(_("Most points of one purchase"), needed=False)),
    FieldBinding(
        "per_member_day", "points_cap/per_member_day", points(_("Most points of a member in a day"), needed=False)
    ),
    FieldBinding(
        "per_member_month", "points_cap/per_member_month", points(_("Most points of a member in a month"), needed=False)
    ),
]
"""Asked for where a kind may give points."""
GROUP_HELP: Final = _(
    "Of a group only the promotion worth most to the customer acts. Steps, such as 5% from one amount and 10% from "
    "another, are one group."
)
BESIDE: Final = [
    FieldBinding(
        "priority",
        "priority",
        whole(_("Priority"), -(10**6), 10**6, help_text=_("The lowest number acts first; 100 is usual.")),
        _not_100,
    ),
    FieldBinding("group", "group", text(_("Group"), 40, needed=False, help_text=GROUP_HELP)),
    FieldBinding("exclusive", "exclusive", flag(_("Cannot be combined with later ones"))),
]
RETURNS: Final = [
    FieldBinding(
        "on_return",
        "on_return",
        choice(
            _("When part of the goods comes back"),
            ON_RETURN,
            help_text=_("Priced anew, no more is kept back than was given."),
        ),
    ),
]
"""Asked for discounts only."""
ALL: Final = [
    *WHOM,
    *WHOM_MORE,
    *HOW_MUCH,
    *HOW_MANY,
    *HOW_MUCH_MORE,
    *WHEN,
    *LIMITS,
    *LIMITS_MORE,
    *BESIDE,
    *RETURNS,
]
GIVES_POINTS: Final = frozenset({"earn", "earn_multiplier", "earn_bonus", "cashback"})


def bindings_of(kind: str) -> list[FieldBinding]:
    """Return the conditions that a promotion of this kind may have."""
    return [*ALL, *CAPS] if kind in GIVES_POINTS else ALL


def finish(made: dict[str, Any]) -> None:
    """Finish what no single binding can say: hours are a list of spans, a budget without an amount is none.

    Budgets counted in uses are left to JSON: a limit of uses says the same.
    """
    when = made.get("when", {})
    if "hours" in when:
        when["hours"] = [when["hours"]]
    if "limit" in made.get("budget", {}):
        made["budget"]["type"] = "spend"
    else:
        made.pop("budget", None)
    for goods, needs in (
        ("subtotal_filter", "min_subtotal"),
        ("subtotal_basis", "min_subtotal"),
        ("qty_filter", "min_qty"),
    ):
        if goods in when and needs not in when:
            del when[goods]
    if not when:
        made.pop("when", None)


def start(source: dict[str, Any]) -> None:
    """Start with one span of hours in two boxes; more are left to JSON."""
    when: Mapping[str, Any] = source.get("when") or {}
    spans = when.get("hours")
    if isinstance(spans, list) and len(spans) == 1 and isinstance(when, dict):
        when["hours"] = dict(spans[0])
