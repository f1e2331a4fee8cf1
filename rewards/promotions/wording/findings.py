"""What the check before publishing has found, for the marketer: what happens, and what fixes it."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.quantities import format_number, format_percent
from rewards.engine.facts import Finding
from rewards.moments.facts import OwnCalendar
from rewards.moments.wording import moment_name
from rewards.promotions.wording.speaker import Speaker

Figures = Mapping[str, Any]
Write = Callable[[Figures, Speaker], str]


def finding_message(finding: Finding, *, currency: str, language: str, calendar: OwnCalendar) -> str:
    """Say it in one or two sentences with every promotion named that the finding is about."""
    with translation.override(language):
        figures: dict[str, Any] = dict(finding.figures)
        if "moment" in figures:
            figures["moment"] = moment_name(figures["moment"], calendar)
        if finding.others:
            figures["others"] = named(title for _id, title in finding.others)
        return WORDS[finding.code](figures, Speaker(language, currency))


def named(titles: Any) -> str:
    """Write “A”, “B”: at most five, then how many more."""
    listed = [f"“{title}”" for title in titles]
    if len(listed) <= 5:
        return ", ".join(listed)
    return _("%(names)s and %(count)s more") % {"names": ", ".join(listed[:5]), "count": len(listed) - 5}


def _without_figures(write: Callable[[], str]) -> Write:
    return lambda figures, say: write()


def _with_figures(write: Callable[[], str]) -> Write:
    return lambda figures, say: write() % figures


def _write_counted(write: Callable[[int], str]) -> Write:
    """Write of names that are one or several."""
    return lambda figures, say: write(int(figures["count"])) % figures


def _with_money(write: Callable[[], str]) -> Write:
    return lambda figures, say: write() % {name: say.money(value) for name, value in figures.items()}


def _write_over(figures: Figures, say: Speaker) -> str:
    return _("The last day, %(day)s, is over. Choose a later one.") % {"day": say.day(figures["day"].isoformat())}


def _write_budget(figures: Figures, say: Speaker) -> str:
    write = say.points if figures.get("unit") == "points" else say.money
    return _("The budget of %(limit)s does not reach for one use, which costs %(needed)s. Raise it.") % {
        "limit": write(figures["limit"]),
        "needed": write(figures["needed"]),
    }


def _minimum_above_cap(figures: Figures, say: Speaker) -> str:
    return _(
        "Nobody can use it: the least redemption, %(points)s, is worth more than the highest amount, %(cap)s. "
        "Raise the amount or lower the points."
    ) % {"points": say.points(figures["points"]), "cap": say.money(figures["cap"])}


def _adds_up(figures: Figures, say: Speaker) -> str:
    share = figures.get("basis_points")
    if share is None:
        return _("It adds up with %(others)s. If it should not, put them into one group or forbid combining.") % figures
    return _(
        "It adds up with %(others)s: together they take %(percent)s off. If they should not, put them into one group "
        "or forbid combining."
    ) % {"others": figures["others"], "percent": format_percent(share / 10_000, 2)}


def _free_units(figures: Figures, say: Speaker) -> str:
    return _(
        "All %(wanted)s free items are wanted at once, but at most %(most)s are given. Raise the maximum or give fewer."
    ) % {name: format_number(value) for name, value in figures.items()}


WORDS: Mapping[str, Write] = {
    "over": _write_over,
    "moment_unknown": _with_figures(lambda: _("There is no moment “%(moment)s”. Choose one of the calendar.")),
    "moment_not_ahead": _with_figures(
        lambda: _("The moment “%(moment)s” has no days ahead. Write its next days into the calendar.")
    ),
    "moment_outside_dates": _with_figures(
        lambda: _("Between the first and the last day “%(moment)s” does not come. Change the days or the moment.")
    ),
    "weekday_outside_dates": _without_figures(
        lambda: _("None of the chosen weekdays falls on its days. Change the weekdays or the days.")
    ),
    "first_purchase_of_buyers": _without_figures(
        lambda: _(
            "It is for a first purchase, but only for segments of people who have bought. Take one of the two off."
        )
    ),
    "unknown_tiers_any": _write_counted(
        lambda count: ngettext(
            "There is no tier %(names)s. Choose one that exists.",
            "There are no tiers %(names)s. Choose ones that exist.",
            count,
        )
    ),
    "unknown_segments_any": _write_counted(
        lambda count: ngettext(
            "There is no segment %(names)s. Choose one that exists.",
            "There are no segments %(names)s. Choose ones that exist.",
            count,
        )
    ),
    "unknown_personas_any": _write_counted(
        lambda count: ngettext(
            "There are no target groups yet, so %(names)s reaches no member. Choose segments instead.",
            "There are no target groups yet, so %(names)s reach no member. Choose segments instead.",
            count,
        )
    ),
    "unknown_outlets": _write_counted(
        lambda count: ngettext(
            "There is no outlet %(names)s. Choose one that exists.",
            "There are no outlets %(names)s. Choose ones that exist.",
            count,
        )
    ),
    "goods_cancel_out": _without_figures(
        lambda: _("All of the chosen goods are excluded again. Take the exclusion off.")
    ),
    "free_units_never_full": _free_units,
    "limit_of_nothing": _without_figures(
        lambda: _("A limit of 0 gives nothing. Write a higher number, or none for no limit.")
    ),
    "per_member_above_limit": _with_figures(
        lambda: _("One member could use it more often than all members together (%(limit)s). Lower one of the two.")
    ),
    "budget_below_one_use": _write_budget,
    "changes_nothing": _without_figures(lambda: _("Points times 1 are the same points. Write another factor.")),
    "gift_without_value": _with_figures(
        lambda: _("“%(name)s” has no list price, so receipts and the budget count it as nothing. Write its price.")
    ),
    "minimum_above_cap": _minimum_above_cap,
    "gives_everything": _without_figures(
        lambda: _("Everything would be free for everybody. Choose goods, ask for a code, or set a limit.")
    ),
    "discount_above_minimum": _with_money(
        lambda: _(
            "The minimum spend (%(minimum)s) is not above the discount (%(value)s), so somebody may pay nothing. "
            "Raise the minimum spend."
        )
    ),
    "cap_from_the_start": _with_money(
        lambda: _(
            "At the minimum spend of %(minimum)s the cap of %(cap)s is reached already: everybody gets %(cap)s. "
            "If that is not meant, raise the cap."
        )
    ),
    "nothing_to_multiply": _without_figures(
        lambda: _("No promotion gives points per amount, so there is nothing to multiply. Publish one first.")
    ),
    "points_without_value": _without_figures(
        lambda: _(
            "No rule says what a point is worth as payment, so nobody could be given this cashback as points. "
            "Publish points as payment first, or give it as wallet money."
        )
    ),
    "never_after_exclusive": _with_figures(
        lambda: _(
            "It would never apply: %(others)s cannot be combined and comes first in every such purchase. "
            "Give this promotion a lower priority number."
        )
    ),
    "sometimes_after_exclusive": _with_figures(
        lambda: _("Where %(others)s applies, this promotion does not: it comes first and cannot be combined.")
    ),
    "stops_others": _with_figures(
        lambda: _("Where this promotion applies, %(others)s does not: it comes first and cannot be combined.")
    ),
    "order_by_chance": _with_figures(
        lambda: _(
            "Neither this promotion nor %(others)s can be combined and both have the same priority. "
            "Give the one that should win a lower number."
        )
    ),
    "always_beaten": _with_figures(
        lambda: _(
            "It would never apply: in its group %(others)s always gives at least as much. "
            "Raise its value, or choose another group."
        )
    ),
    "always_beats": _with_figures(
        lambda: _("In its group this promotion always gives at least as much, so %(others)s will not apply any more.")
    ),
    "nothing_left": _with_figures(
        lambda: _("It would never apply: %(others)s comes first and leaves nothing to pay for these goods.")
    ),
    "adds_up": _adds_up,
    "points_add_up": _with_figures(
        lambda: _("Points add up with those of %(others)s. If only one should count, put them into one group.")
    ),
    "shares_units": _with_figures(
        lambda: _("An item serves one offer only: where %(others)s fits too, the lower priority number comes first.")
    ),
    "same_title": _with_figures(lambda: _("%(others)s has the same name; on receipts nobody can tell them apart.")),
    "code_without_coupon": _without_figures(
        lambda: _("A code belongs to a coupon. Make a shared code with this offer, and take the code off here.")
    ),
    "same_code": _with_figures(lambda: _("The code %(code)s opens %(others)s as well.")),
}
