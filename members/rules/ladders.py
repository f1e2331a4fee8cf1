"""A ladder as a person wants it: what cannot be saved, and where."""

from __future__ import annotations

from typing import Final

from common.text import comparison_key
from members.facts import LadderDraft

MOST_LEVELS: Final = 8
MOST_PERKS: Final = 10
LONGEST_PERK: Final = 120
MOST_DAYS: Final = 1_830
"""Five years: a window, or the days a level is kept."""


def ladder_problems(draft: LadderDraft) -> list[tuple[str, str]]:
    """Return what is wrong as pairs of pointer and code; the levels come in the order of what they ask."""
    found: list[tuple[str, str]] = []
    if not 1 <= draft.program.window_days <= MOST_DAYS:
        found.append(("/window_days", "tier_days_impossible"))
    if not 0 <= draft.program.keep_days <= MOST_DAYS:
        found.append(("/keep_days", "tier_days_impossible"))
    if not 1 <= len(draft.levels) <= MOST_LEVELS:
        found.append(("/levels", "tier_levels_too_many"))
    names = [comparison_key(level.name) for level in draft.levels]
    for place, level in enumerate(draft.levels):
        at = f"/levels/{place}"
        if not names[place]:
            found.append((f"{at}/name", "tier_name_required"))
        elif names[place] in names[:place]:
            found.append((f"{at}/name", "tier_name_taken"))
        if place == 0 and level.threshold != 0:
            found.append((f"{at}/threshold", "tier_first_asks_nothing"))
        if place and level.threshold <= draft.levels[place - 1].threshold:
            found.append((f"{at}/threshold", "tier_threshold_not_higher"))
        if len(level.perks) > MOST_PERKS or any(len(perk) > LONGEST_PERK for perk in level.perks):
            found.append((f"{at}/perks", "tier_perks_too_long"))
    return found
