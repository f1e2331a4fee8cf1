"""What a promotion says about points and cashback: what they pay for, how far, and how many are given at most."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.quantities import format_number, format_percent
from rewards.engine.facts import Definition
from rewards.engine.shares import Ratio
from rewards.promotions.wording.speaker import Speaker


def share_text(value: Ratio) -> str:
    return format_percent(Decimal(value.num) / Decimal(value.den), 2)


def finer_terms(definition: Definition, say: Speaker) -> Iterator[str]:
    """Say how far points may pay, and how many of them are given at most."""
    terms, cap = definition.terms, definition.points_cap
    if definition.kind == "redeem_points":
        if terms.percent_limit is not None:
            yield _("Points pay at most %(percent)s of a purchase.") % {"percent": share_text(terms.percent_limit)}
        if terms.last_point_pays_rest:
            yield _("One more point may pay a rest below its value; what is left of that point is lost.")
    if definition.kind == "cashback" and terms.credit == "points" and say.point_value is not None:
        yield _cashback_in_points(terms, *say.point_value, say)
    if cap is None:
        return
    if cap.per_sale is not None:
        yield _("At most %(points)s in one purchase.") % {"points": say.points(cap.per_sale)}
    if cap.per_member_day is not None:
        yield _("At most %(points)s for a member in a day.") % {"points": say.points(cap.per_member_day)}
    if cap.per_member_month is not None:
        yield _("At most %(points)s for a member in a month.") % {"points": say.points(cap.per_member_month)}


def _cashback_in_points(terms: Any, num: int, den: int, say: Speaker) -> str:
    """Say the other figure: points beside the money."""
    if terms.value is not None:
        return _("That is %(points)s at what a point pays for now.") % {"points": say.points(terms.value * den // num)}
    slots = {"points": say.points(100), "amount": say.money(100 * num // den)}
    return _("That is %(points)s for every %(amount)s of cashback, at what a point pays for now.") % slots


def cashback_text(t: Any, say: Speaker) -> str:
    amount = share_text(t.percent) if t.percent is not None else say.money(t.value)
    slots = {"amount": amount, "days": format_number(t.after_days)}
    if t.cap is not None:
        slots["cap"] = say.money(t.cap)
    return CASHBACK[t.credit, t.cap is not None, bool(t.after_days)](t.after_days) % slots


CASHBACK: Mapping[tuple[str, bool, bool], Callable[[int], str]] = {
    ("discount", False, False): lambda days: _("%(amount)s cashback, taken off at once."),
    ("discount", True, False): lambda days: _("%(amount)s cashback up to %(cap)s, taken off at once."),
    ("wallet", False, False): lambda days: _("%(amount)s cashback as wallet money."),
    ("wallet", True, False): lambda days: _("%(amount)s cashback up to %(cap)s as wallet money."),
    ("wallet", False, True): lambda days: ngettext(
        "%(amount)s cashback as wallet money after %(days)s day.",
        "%(amount)s cashback as wallet money after %(days)s days.",
        days,
    ),
    ("wallet", True, True): lambda days: ngettext(
        "%(amount)s cashback up to %(cap)s as wallet money after %(days)s day.",
        "%(amount)s cashback up to %(cap)s as wallet money after %(days)s days.",
        days,
    ),
    ("points", False, False): lambda days: _("%(amount)s cashback as points."),
    ("points", True, False): lambda days: _("%(amount)s cashback up to %(cap)s as points."),
    ("points", False, True): lambda days: ngettext(
        "%(amount)s cashback as points after %(days)s day.", "%(amount)s cashback as points after %(days)s days.", days
    ),
    ("points", True, True): lambda days: ngettext(
        "%(amount)s cashback up to %(cap)s as points after %(days)s day.",
        "%(amount)s cashback up to %(cap)s as points after %(days)s days.",
        days,
    ),
}


def redemption_text(t: Any, say: Speaker) -> str:
    if t.value_per_point is None:
        slots = {"points": say.points(t.fixed_points), "percent": share_text(t.percent)}
        return _("%(points)s pay %(percent)s of the purchase.") % slots
    hundred = t.value_per_point.num * 100 // t.value_per_point.den
    slots = {"points": say.points(100), "amount": say.money(hundred)}
    if t.amount_limit is not None:
        slots["most"] = say.money(t.amount_limit)
        return _("Points pay: %(points)s are worth %(amount)s, at most %(most)s per purchase.") % slots
    return _("Points pay: %(points)s are worth %(amount)s.") % slots
