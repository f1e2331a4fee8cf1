"""The check before publishing: what can never act, and what acts together with what, before any customer meets it.

Pure: definitions, settings and the day come in. What needs past receipts and costs is measured elsewhere.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from rewards.engine.facts import Definition, Finding, Settings, Surroundings
from rewards.engine.linter.overlap import overlap_of
from rewards.engine.linter.rule_pairs import findings_among, findings_together
from rewards.engine.linter.single_rule import finding_of_code, findings_alone

DRAFT_ID = "~draft"
"""Sorts after every id, as the id of a promotion that is yet to be published will."""

__all__ = ["DRAFT_ID", "finding_of_code", "lint", "lint_all"]


def lint(
    draft: Definition,
    others: Iterable[Definition],
    *,
    surroundings: Surroundings,
    settings: Settings,
    first_day: date,
) -> list[Finding]:
    """Return what is worth saying before `draft` acts from `first_day` on beside `others`, refusals first.

    `settings.moments` must date the moments of all of them. Versions of the draft itself are not looked at.
    """
    found = list(findings_alone(draft, surroundings=surroundings, settings=settings, first_day=first_day))
    if not any(finding.code in NEVER for finding in found):
        rivals = [other for other in others if other.id != draft.id]
        found += findings_together(draft, rivals, settings=settings, first_day=first_day)
    return sorted(found, key=lambda finding: finding.level)


def lint_all(
    definitions: Sequence[Definition], *, surroundings: Surroundings, settings: Settings, first_day: date
) -> dict[str, list[Finding]]:
    """Return `lint` of each beside the others, by id; what each reaches is worked out once."""
    alone = {
        each.id: list(findings_alone(each, surroundings=surroundings, settings=settings, first_day=first_day))
        for each in definitions
    }
    acting = [each for each in definitions if not any(finding.code in NEVER for finding in alone[each.id])]
    reaches = {each.id: overlap_of(each, settings, first_day) for each in acting}
    for each in acting:
        rivals = [other for other in acting if other.id != each.id]
        theirs = [reaches[rival.id] for rival in rivals]
        alone[each.id] += findings_among(reaches[each.id], theirs, rivals, settings=settings)
    return {each.id: sorted(alone[each.id], key=lambda finding: finding.level) for each in definitions}


NEVER = frozenset({"over", "moment_unknown", "moment_outside_dates", "weekday_outside_dates"})
"""A promotion without a day meets no other."""
