"""What is wrong with a definition, for the marketer who writes it."""

from collections.abc import Callable, Mapping

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rewards.engine import Problem


def problem_message(problem: Problem, *, language: str) -> str:
    """Say what is wrong and how to fix it, without the field's name."""
    with translation.override(language):
        write = PROBLEM_WORDS.get(problem.code)
        if write is None:
            return problem.message
        return write() % {"options": problem.message.partition(": ")[2].rstrip(".")}


def named_problem(problem: Problem, *, language: str) -> str:
    """Name the field as on the page, then what is wrong with it."""
    message = problem_message(problem, language=language)
    with translation.override(language):
        field = field_word(problem.pointer)
        return _("%(field)s: %(message)s") % {"field": field, "message": message} if field else message


def field_word(pointer: str) -> str:
    """Name the last part of a pointer as on the page; an unknown one by itself, '' for the whole."""
    named = [part for part in pointer.split("/") if part and not part.isdigit()]
    if not named:
        return ""
    word = FIELD_WORDS.get("/".join(named[-2:])) or FIELD_WORDS.get(named[-1])
    return str(word) if word is not None else named[-1]


FIELD_WORDS: Mapping[str, Promise] = {
    "title": gettext_lazy("Name"),
    "kind": gettext_lazy("Kind of promotion"),
    "priority": gettext_lazy("Priority"),
    "group": gettext_lazy("Group"),
    "exclusive": gettext_lazy("Cannot be combined"),
    "on_return": gettext_lazy("When goods come back"),
    "coupon_on_return": gettext_lazy("When everything comes back"),
    "value": gettext_lazy("Value"),
    "percent": gettext_lazy("Percentage"),
    "cap": gettext_lazy("At most"),
    "qty": gettext_lazy("Quantity"),
    "price": gettext_lazy("Price"),
    "factor": gettext_lazy("Factor"),
    "points": gettext_lazy("Points"),
    "spend": gettext_lazy("Spend"),
    "skus": gettext_lazy("Products"),
    "categories": gettext_lazy("Categories"),
    "filter": gettext_lazy("Goods"),
    "parts": gettext_lazy("Parts of the bundle"),
    "for_each": gettext_lazy("For each set of"),
    "multiplies": gettext_lazy("With every set"),
    "max_units": gettext_lazy("At most so many items"),
    "buy": gettext_lazy("What is bought"),
    "get": gettext_lazy("What is free"),
    "gift": gettext_lazy("Free gift"),
    "list_amount": gettext_lazy("List price"),
    "after_days": gettext_lazy("Days until it can be spent"),
    "min_subtotal": gettext_lazy("Minimum spend"),
    "min_qty": gettext_lazy("Minimum number of items"),
    "valid_from": gettext_lazy("First day"),
    "valid_to": gettext_lazy("Last day"),
    "weekdays": gettext_lazy("Weekdays"),
    "hours": gettext_lazy("Hours"),
    "hours/from": gettext_lazy("Hours from"),
    "hours/to": gettext_lazy("Hours to"),
    "outlets": gettext_lazy("Outlets"),
    "tiers_any": gettext_lazy("Tiers"),
    "segments_any": gettext_lazy("Segments"),
    "code": gettext_lazy("Code"),
    "moment": gettext_lazy("Moment"),
    "moment_days_before": gettext_lazy("Days before the moment"),
    "moment_days_after": gettext_lazy("Days after the moment"),
    "birthday_window_days": gettext_lazy("Days around the birthday"),
    "percent_limit": gettext_lazy("At most so much of a purchase"),
    "last_point_pays_rest": gettext_lazy("One more point may pay a rest below its value"),
    "points_cap": gettext_lazy("Limits of points"),
    "per_sale": gettext_lazy("Most points of one purchase"),
    "per_member_day": gettext_lazy("Most points of a member in a day"),
    "per_member_month": gettext_lazy("Most points of a member in a month"),
    "usage/limit": gettext_lazy("Uses in all"),
    "per_member_limit": gettext_lazy("Uses per member"),
    "per_day_limit": gettext_lazy("Uses per day"),
    "per_member_day_limit": gettext_lazy("Uses per member and day"),
    "budget": gettext_lazy("Budget"),
    "budget/limit": gettext_lazy("Budget"),
    "starts_at": gettext_lazy("Start"),
}


PROBLEM_WORDS: dict[str, Callable[[], str]] = {
    "no_sets": lambda: _("Say first what must be bought for it."),
    "two_kinds_of_sets": lambda: _("Choose one: complete sets of the goods themselves, or for each set of others."),
    "not_multipliable": lambda: _("A price does not grow with the sets. Choose more items, or one set is enough."),
    "no_unit_limit": lambda: _("Say for how many items each set is good."),
    "too_many_parts": lambda: _("A set has at most 6 parts."),
    "required": lambda: _("This field is required."),
    "unknown_field": lambda: _("This field does not exist here."),
    "unknown_kind": lambda: _("There is no such kind of promotion."),
    "not_an_object": lambda: _("This must be an object with named fields."),
    "not_an_amount": lambda: _("Give a whole amount, in the currency's smallest unit."),
    "not_points": lambda: _("Give a whole number of points above 0."),
    "not_a_quantity": lambda: _("Give a whole number above 0."),
    "not_a_count": lambda: _("Give a whole number of 0 or more."),
    "not_a_priority": lambda: _("Give a whole number; the lowest acts first."),
    "gives_no_points": lambda: _("This promotion gives no points, so there is nothing to limit. Leave these empty."),
    "no_last_point": lambda: _("Take it off: it works only where points are used one by one, each at a value."),
    "text_unprintable": lambda: _("Take out the characters that cannot be printed."),
    "not_unique": lambda: _("The same stands here twice."),
    "not_text": lambda: _("Give a text."),
    "not_yes_or_no": lambda: _("Answer yes or no."),
    "not_a_list": lambda: _("Give a list."),
    "not_a_number": lambda: _("Give a number, such as 12.5."),
    "not_a_percentage": lambda: _("Give a percentage above 0 and up to 100."),
    "not_a_share": lambda: _("Give a percentage above 0 and up to 100, with at most two decimals."),
    "not_an_id": lambda: _("Give the id of one of your partners."),
    "not_repriceable": lambda: _("Only discounts can be priced anew when goods come back."),
    "not_fundable": lambda: _("A partner can share in discounts and gifts only."),
    "unknown_partner": lambda: _("You have no partner of this id. Add them first, or choose another."),
    "not_positive": lambda: _("Give a number above 0."),
    "not_a_day": lambda: _("Give a day as YYYY-MM-DD."),
    "not_a_time": lambda: _("Give a time as HH:MM."),
    "not_hours": lambda: _("Give hours from and to."),
    "no_hours": lambda: _("The hours begin and end at the same time."),
    "not_a_weekday": lambda: _("Weekdays are 1 (Monday) to 7 (Sunday)."),
    "not_days": lambda: _("Give 0 to 182 days."),
    "not_moment_days": lambda: _("Give 0 to 60 days."),
    "no_moment": lambda: _("Days around a moment need the moment."),
    "ends_before_start": lambda: _("The last day is before the first day."),
    "too_many_days": lambda: _("Give at most 3650 days."),
    "no_delay": lambda: _("A discount is given now; it cannot come days later."),
    "not_a_choice": lambda: _("Choose one of: %(options)s."),
    "not_one_way": lambda: _("Give exactly one way to count: leave the others empty."),
    "budget_unit_fixed": lambda: _(
        "Part of the budget is used up and cannot be counted in another unit. Make a new promotion."
    ),
    "starts_in_past": lambda: _("The start is in the past. Choose now or a later time."),
    "unknown_batch": lambda: _("There is no such batch of coupons. Choose one that exists."),
}
