"""What a promotion asks for: people, thresholds, days; each condition in a sentence of its own."""

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.quantities import format_day, format_number
from rewards.engine.facts import HourRange, When
from rewards.moments.wording import moment_name
from rewards.promotions.wording.names import Names, listed
from rewards.promotions.wording.speaker import Speaker


def people_sentences(when: When, names: Names) -> Iterator[str]:
    if when.members_any is not None:
        yield ngettext(
            "Only for %(count)s chosen member.", "Only for %(count)s chosen members.", len(when.members_any)
        ) % {"count": format_number(len(when.members_any))}
    if when.segments_any is not None:
        yield ngettext(
            "Only for the segment %(names)s.", "Only for the segments %(names)s.", len(when.segments_any)
        ) % {"names": listed(when.segments_any, names.segments)}
    if when.personas_any is not None:
        yield ngettext(
            "Only for the target group %(names)s.", "Only for the target groups %(names)s.", len(when.personas_any)
        ) % {"names": listed(when.personas_any, names.segments)}
    if when.tiers_any is not None:
        yield ngettext("Only for the tier %(names)s.", "Only for the tiers %(names)s.", len(when.tiers_any)) % {
            "names": listed(when.tiers_any, names.tiers)
        }
    if when.referred is not None:
        yield (
            _("Only for friends who were brought along.")
            if when.referred
            else _("Not for friends who were brought along.")
        )
    if when.first_purchase is not None:
        yield _("Only on the first purchase.") if when.first_purchase else _("Not on the first purchase.")
    if when.birthday_window_days is not None:
        yield ngettext(
            "Within %(days)s day of the birthday.", "Within %(days)s days of the birthday.", when.birthday_window_days
        ) % {"days": when.birthday_window_days}
    if when.members_only:
        yield _("Only for members.")
    if isinstance(when.code, str):
        yield _("With the code %(code)s.") % {"code": when.code}
    elif when.code:
        yield _("With a coupon.")


def threshold_sentences(when: When, say: Speaker) -> Iterator[str]:
    if when.min_subtotal:
        slots = {"amount": say.money(when.min_subtotal), "goods": say.goods(when.subtotal_filter)}
        if when.subtotal_filter is not None:
            yield _("Minimum spend %(amount)s on %(goods)s.") % slots
        else:
            yield _("Minimum spend %(amount)s.") % slots
    if when.min_qty:
        yield ngettext(
            "At least %(count)s item of %(goods)s.", "At least %(count)s items of %(goods)s.", when.min_qty
        ) % {
            "count": format_number(when.min_qty),
            "goods": say.goods(when.qty_filter),
        }


def day_sentences(when: When, say: Speaker, names: Names) -> Iterator[str]:
    yield from _say_moment(when, names)
    first = format_day(when.valid_from, say.language) if when.valid_from else ""
    last = format_day(when.valid_to, say.language) if when.valid_to else ""
    if first and last:
        yield _("From %(first)s to %(last)s.") % {"first": first, "last": last}
    elif first:
        yield _("From %(first)s on.") % {"first": first}
    elif last:
        yield _("Until %(last)s.") % {"last": last}
    if when.weekdays is not None:
        yield _("On %(days)s.") % {"days": ", ".join(weekday_names()[day - 1] for day in sorted(when.weekdays))}
    if when.hours:
        yield _("Between %(hours)s o'clock.") % {"hours": hours_text(when.hours)}
        if any(span.passes_midnight for span in when.hours):
            yield _("Hours past midnight belong to the day they begin on.")
    if when.outlets is not None:
        yield _("At %(names)s.") % {"names": listed(when.outlets, names.outlets)}


def _days_in_words(days: int) -> str:
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": format_number(days)}


def _say_moment(when: When, names: Names) -> Iterator[str]:
    if when.moment is None:
        return
    slots = {
        "moment": moment_name(when.moment, names.calendar),
        "before": when.moment_days_before,
        "after": when.moment_days_after,
    }
    if when.moment_days_before and when.moment_days_after:
        span = {"before": _days_in_words(when.moment_days_before), "after": _days_in_words(when.moment_days_after)}
        yield _("At %(moment)s, from %(before)s before to %(after)s after, every time it comes.") % {**slots, **span}
    elif when.moment_days_before:
        yield (
            ngettext(
                "At %(moment)s and the day before, every time it comes.",
                "At %(moment)s and the %(before)s days before, every time it comes.",
                when.moment_days_before,
            )
            % slots
        )
    elif when.moment_days_after:
        yield (
            ngettext(
                "At %(moment)s and the day after, every time it comes.",
                "At %(moment)s and the %(after)s days after, every time it comes.",
                when.moment_days_after,
            )
            % slots
        )
    else:
        yield _("At %(moment)s, every time it comes.") % slots


def hours_text(hours: Iterable[HourRange]) -> str:
    """Write '07.00–10.00, 22.00–24.00'."""
    return ", ".join(
        f"{span.start:%H.%M}–{'24.00' if span.end is None else format(span.end, '%H.%M')}" for span in hours
    )


def weekday_names() -> list[str]:
    """Return the weekdays, Monday first."""
    return [_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday")]
