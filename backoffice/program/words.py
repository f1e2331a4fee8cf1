"""What tiers go by, in sentences of a shop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.dates import MONTHS
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from common.languages import reader_language
from common.quantities import format_money, format_number, format_points
from members.facts import DownPolicy, TierMeasure, TierProgramFacts
from merchants.facts import ExpiryKind, ExpiryRounding, ExpiryRule, MerchantFacts

MEASURE_WORDS: Final[Mapping[str, Promise]] = {
    TierMeasure.SPEND: _("What a member spends"),
    TierMeasure.POINTS: _("The points a member earns"),
    TierMeasure.VISITS: _("How often a member buys"),
}
POLICY_WORDS: Final[Mapping[str, Promise]] = {
    DownPolicy.EARNED: _("To the tier that the figures earn"),
    DownPolicy.ONE_STEP: _("One tier at a time, night after night"),
    DownPolicy.NEVER: _("Nobody goes down"),
}


def measured_words(merchant: MerchantFacts, measure: TierMeasure, value: int) -> str:
    """Say an amount of what tiers go by: money, points or purchases."""
    if measure is TierMeasure.SPEND:
        return format_money(value, merchant.currency, reader_language())
    if measure is TierMeasure.POINTS:
        return format_points(value, reader_language(), merchant.points_name)
    said = ngettext("%(count)s purchase", "%(count)s purchases", value)
    return said % {"count": format_number(value)}


def climbing_words(measure: TierMeasure, program: TierProgramFacts) -> list[str]:
    """Say how members go up and down, one sentence for each part of it."""
    days = {"days": format_number(program.window_days)}
    up = {
        TierMeasure.SPEND: ngettext(
            "A member climbs at once by what they spent in the last %(days)s day.",
            "A member climbs at once by what they spent in the last %(days)s days.",
            program.window_days,
        ),
        TierMeasure.POINTS: ngettext(
            "A member climbs at once by the points they earned in the last %(days)s day.",
            "A member climbs at once by the points they earned in the last %(days)s days.",
            program.window_days,
        ),
        TierMeasure.VISITS: ngettext(
            "A member climbs at once by how often they bought in the last %(days)s day.",
            "A member climbs at once by how often they bought in the last %(days)s days.",
            program.window_days,
        ),
    }
    down = {
        DownPolicy.EARNED: gettext("Each night, who no longer has enough goes to the tier they have earned."),
        DownPolicy.ONE_STEP: gettext("Each night, who no longer has enough goes down by one tier."),
        DownPolicy.NEVER: gettext("Nobody goes down."),
    }
    said = [up[measure] % days, down[program.down_policy]]
    if program.keep_days and program.down_policy is not DownPolicy.NEVER:
        kept = ngettext(
            "A tier is kept at least %(days)s day.", "A tier is kept at least %(days)s days.", program.keep_days
        )
        said.append(kept % {"days": format_number(program.keep_days)})
    return said


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
