"""What is wrong with a definition, for the marketer who writes it."""

from collections.abc import Callable

from django.utils import translation
from django.utils.translation import gettext as _

from rewards.engine import Problem


def problem_message(problem: Problem, *, language: str) -> str:
    """What is wrong with a definition, for the marketer who writes it."""
    with translation.override(language):
        message = _PROBLEMS.get(problem.code)
        return message() if message is not None else problem.message


_PROBLEMS: dict[str, Callable[[], str]] = {
    "required": lambda: _("This field is required."),
    "unknown_field": lambda: _("This field does not exist here."),
    "unknown_kind": lambda: _("There is no such kind of promotion."),
    "not_an_object": lambda: _("This must be an object with named fields."),
    "not_an_amount": lambda: _("Give a whole amount, in the currency's smallest unit."),
    "not_points": lambda: _("Give a whole number of points above 0."),
    "not_a_quantity": lambda: _("Give a whole number above 0."),
    "not_a_count": lambda: _("Give a whole number of 0 or more."),
    "not_a_priority": lambda: _("Give a whole number; the lowest acts first."),
    "not_text": lambda: _("Give a text."),
    "not_yes_or_no": lambda: _("Answer yes or no."),
    "not_a_list": lambda: _("Give a list."),
    "not_a_number": lambda: _("Give a number, such as 12.5."),
    "not_a_percentage": lambda: _("Give a percentage above 0 and up to 100."),
    "not_a_share": lambda: _("Give a percentage above 0 and up to 100, with at most two decimals."),
    "not_an_id": lambda: _("Give the id of one of your partners."),
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
}
