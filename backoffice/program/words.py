"""What tiers go by, in sentences of a shop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from common.languages import reader_language
from common.quantities import format_money, format_number, format_points
from members.facts import DownPolicy, TierMeasure, TierProgramFacts
from merchants.facts import MerchantFacts

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
