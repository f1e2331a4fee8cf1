"""Segments in words: names, definitions, the reason per member, zones. In the active language unless one is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_noop, ngettext, override
from django.utils.translation import gettext_lazy as _

from common.errors import FieldError
from common.languages import reader_language
from common.quantities import format_day, format_number
from segments.facts import Cause, Segment, SegmentReason, Thresholds, Zone
from segments.rules import MAX_DAYS, MAX_PURCHASES

SEGMENT_NAMES: Final[Mapping[Segment, Promise]] = {
    Segment.NEW: _("New"),
    Segment.ACTIVE: _("Active"),
    Segment.LOYAL: _("Loyal"),
    Segment.LAPSED: _("Lapsed"),
}


@dataclass(frozen=True)
class ZoneWords:
    """A zone's name, who is in it and what to do with them."""

    name: Promise
    meaning: Promise
    play: Promise


ZONE_WORDS: Final[Mapping[Zone, ZoneWords]] = {
    Zone.CHAMPIONS: ZoneWords(
        _("Champions"),
        _("Bought recently and buy most often."),
        _("Thank them: a promotion for your highest tier."),
    ),
    Zone.PROMISING: ZoneWords(
        _("Promising"),
        _("Came recently and have started to come back."),
        _("A coupon on the receipt, good for the next visit."),
    ),
    Zone.FIRST_STEPS: ZoneWords(
        _("First steps"),
        _("Came recently, and have bought least often."),
        _("Welcome them with a coupon for the second visit."),
    ),
    Zone.REGULARS: ZoneWords(
        _("Regulars"),
        _("Buy steadily, not in the very last days."),
        _("More points on quiet weekdays keep them coming."),
    ),
    Zone.FADING: ZoneWords(
        _("Fading"),
        _("Bought a few times and come less and less."),
        _("A campaign with a coupon to active members reaches them."),
    ),
    Zone.AT_RISK: ZoneWords(
        _("At risk"),
        _("Used to buy often and have stopped."),
        _("A campaign with a good coupon to lapsed members."),
    ),
    Zone.DORMANT: ZoneWords(
        _("Dormant"),
        _("Bought a few times, long ago."),
        _("One strong coupon in a campaign to lapsed members, then leave them in peace."),
    ),
    Zone.ONE_TIME: ZoneWords(
        _("Rare visits"),
        _("Bought least often, and not of late."),
        _("Spend little: one campaign to lapsed members is enough."),
    ),
}


def definition(segment: Segment, thresholds: Thresholds) -> str:
    """Return the segment's definition in one sentence, with the merchant's own numbers."""
    match segment:
        case Segment.NEW:
            return gettext("First purchase at most %(new)s ago, or a single purchase so far, and not lapsed.") % {
                "new": _count_of_days(thresholds.new_within_days)
            }
        case Segment.ACTIVE:
            return gettext("Bought within the last %(lapsed)s, and neither new nor loyal.") % {
                "lapsed": _count_of_days(thresholds.lapsed_after_days)
            }
        case Segment.LOYAL:
            return gettext(
                "At least %(purchases)s within %(window)s, the last one at most %(lapsed)s ago, and no longer new."
            ) % {
                "purchases": _count_of_purchases(thresholds.loyal_purchases),
                "window": _count_of_days(thresholds.loyal_window_days),
                "lapsed": _count_of_days(thresholds.lapsed_after_days),
            }
        case Segment.LAPSED:
            return gettext("No purchase for more than %(lapsed)s.") % {
                "lapsed": _count_of_days(thresholds.lapsed_after_days)
            }


def reason_sentence(reason: SegmentReason, language: str | None = None) -> str:
    """Return 'Hilang: terakhir belanja 12 Mar 2026, 112 hari lalu (batas 90 hari)'; `language` None: the active one."""
    shown = language or reader_language()
    with override(shown):
        return _write_reason(reason, shown)


def _write_reason(reason: SegmentReason, language: str) -> str:
    figures, limits = reason.figures, reason.thresholds
    if figures is None or reason.silent_days is None:
        return gettext("No purchases yet")
    facts = {
        "first": format_day(figures.first_purchase_on, language),
        "last": format_day(figures.last_purchase_on, language),
        "first_ago": _days_ago(figures.first_purchase_on, reason.as_of),
        "last_ago": _days_ago(figures.last_purchase_on, reason.as_of),
        "new": _count_of_days(limits.new_within_days),
        "lapsed": _count_of_days(limits.lapsed_after_days),
        "window": _count_of_days(limits.loyal_window_days),
        "purchases": _count_of_purchases(figures.window_purchases),
        "needed": format_number(limits.loyal_purchases),
    }
    return gettext(_PATTERNS[reason.cause]) % facts


_PATTERNS: Final[Mapping[Cause, str]] = {
    Cause.LONG_SILENCE: gettext_noop("Lapsed: last purchase %(last)s, %(last_ago)s (limit %(lapsed)s)"),
    Cause.FIRST_PURCHASE_RECENT: gettext_noop("New: first purchase %(first)s, %(first_ago)s (limit %(new)s)"),
    Cause.ONE_PURCHASE: gettext_noop("New: a single purchase, on %(last)s, %(last_ago)s (limit %(lapsed)s)"),
    Cause.MANY_PURCHASES: gettext_noop(
        "Loyal: %(purchases)s within %(window)s (from %(needed)s), last purchase %(last)s, %(last_ago)s"
    ),
    Cause.STILL_BUYING: gettext_noop(
        "Active: last purchase %(last)s, %(last_ago)s (limit %(lapsed)s); "
        "%(purchases)s within %(window)s (loyal from %(needed)s)"
    ),
}


def threshold_errors(problems: Mapping[str, str]) -> list[FieldError]:
    """Return the field errors of a rule that is not allowed, worded in the active language."""
    texts = {
        "out_of_range": gettext("Choose a whole number of days from 1 to %(days)s.")
        % {"days": format_number(MAX_DAYS)},
        "new_exceeds_lapsed": gettext(
            "The days as new may not be more than the days until lapsed. Lower one or raise the other."
        ),
    }
    purchases = gettext("Choose a whole number of purchases from 2 to %(purchases)s.") % {
        "purchases": format_number(MAX_PURCHASES)
    }
    return [
        FieldError(field, code, purchases if field == "loyal_purchases" and code == "out_of_range" else texts[code])
        for field, code in problems.items()
    ]


def _count_of_days(days: int) -> str:
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": format_number(days)}


def _count_of_purchases(count: int) -> str:
    return ngettext("%(count)s purchase", "%(count)s purchases", count) % {"count": format_number(count)}


def _days_ago(day: date, as_of: date) -> str:
    days = (as_of - day).days
    if days == 0:
        return gettext("on the day of the count")
    return ngettext("%(count)s day ago", "%(count)s days ago", days) % {"count": format_number(days)}
