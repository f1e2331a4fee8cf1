"""When points lapse, in sentences that owners, members and tills read."""

from __future__ import annotations

from django.utils.dates import MONTHS
from django.utils.translation import gettext, ngettext

from common.quantities import format_number
from merchants.facts import ExpiryKind, ExpiryRounding, ExpiryRule


def expiry_words(rule: ExpiryRule) -> str:
    """Say when points that are earned now lapse."""
    if rule.kind is ExpiryKind.CALENDAR:
        month = {"month": MONTHS[rule.end_month], "years": format_number(rule.kept_years)}
        if not rule.kept_years:
            return gettext("What is earned lapses at the end of the next %(month)s.") % month
        said = ngettext(
            "What is earned in a year lapses at the end of %(month)s of the year after.",
            "What is earned in a year lapses at the end of %(month)s, %(years)s years later.",
            rule.kept_years,
        )
        return said % month
    if rule.months is None:
        return gettext("Points never lapse.")
    if rule.follows_purchases:
        return _kept_words(rule, rule.months)
    said = {
        ExpiryRounding.DAY: ngettext(
            "Each point lapses %(months)s month after it was earned.",
            "Each point lapses %(months)s months after it was earned.",
            rule.months,
        ),
        ExpiryRounding.MONTH: ngettext(
            "Each point lapses %(months)s month after it was earned, at the end of that month.",
            "Each point lapses %(months)s months after it was earned, at the end of that month.",
            rule.months,
        ),
        ExpiryRounding.YEAR: ngettext(
            "Each point lapses %(months)s month after it was earned, at the end of that year.",
            "Each point lapses %(months)s months after it was earned, at the end of that year.",
            rule.months,
        ),
    }[rule.rounding]
    return said % {"months": format_number(rule.months)}


def _kept_words(rule: ExpiryRule, months: int) -> str:
    """Say when points lapse that each purchase keeps."""
    said = {
        ExpiryRounding.DAY: ngettext(
            "Points lapse %(months)s month after the last purchase: each purchase keeps all of them.",
            "Points lapse %(months)s months after the last purchase: each purchase keeps all of them.",
            months,
        ),
        ExpiryRounding.MONTH: ngettext(
            "Points lapse at the end of the month, %(months)s month after the last purchase: each purchase keeps all "
            "of them.",
            "Points lapse at the end of the month, %(months)s months after the last purchase: each purchase keeps all "
            "of them.",
            months,
        ),
        ExpiryRounding.YEAR: ngettext(
            "Points lapse at the end of the year, %(months)s month after the last purchase: each purchase keeps all of "
            "them.",
            "Points lapse at the end of the year, %(months)s months after the last purchase: each purchase keeps all "
            "of them.",
            months,
        ),
    }[rule.rounding]
    return said % {"months": format_number(months)}
