"""The check before publishing: what can never act, and what acts together with what, before any customer meets it.

Pure: definitions, settings and the day come in. What needs past receipts and costs is measured elsewhere.
"""

from collections.abc import Iterable
from datetime import date

from rewards.engine.linter.alone import findings_alone
from rewards.engine.linter.together import findings_together
from rewards.facts import Definition, Finding, Settings, Surroundings

DRAFT_ID = "~draft"
"""Sorts after every id, as the id of a promotion that is yet to be published will."""

__all__ = ["DRAFT_ID", "lint"]


def lint(
    draft: Definition,
    others: Iterable[Definition],
    *,
    surroundings: Surroundings,
    settings: Settings,
    first_day: date,
) -> list[Finding]:
    """Everything worth saying before `draft` acts from `first_day` on beside `others`, refusals first.

    `settings.moments` must date the moments of all of them. Versions of the draft itself are not looked at.
    """
    found = list(findings_alone(draft, surroundings=surroundings, settings=settings, first_day=first_day))
    if not any(finding.code in NEVER for finding in found):
        rivals = [other for other in others if other.id != draft.id]
        found += findings_together(draft, rivals, settings=settings, first_day=first_day)
    return sorted(found, key=lambda finding: finding.level)


NEVER = frozenset({"over", "moment_unknown", "moment_outside_dates", "weekday_outside_dates"})
"""A promotion without a day meets no other."""
