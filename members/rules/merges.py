"""Which value wins when two records of one person are joined."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final

from members.facts import MemberFacts, MemberStatus, TierFacts, TierFigures
from members.rules.tiers import earned_tier

UNDO_DAYS: Final = timedelta(days=7)
MERGED_FIELDS: Final = ("name", "phone", "email", "birth_date", "area", "language", "outlet_id", "external_ref")
"""Fields of which a member has one value. Notes are put together, as are own fields that only one record fills."""
ATTRIBUTE: Final = "attribute:"
"""What a chosen field of the merchant's own begins with."""


def fields_of(member: MemberFacts) -> dict[str, Any]:
    """Return what one record holds, by the name of the field; fields of the merchant's own begin with `ATTRIBUTE`."""
    own = {f"{ATTRIBUTE}{name}": value for name, value in member.attributes.items()}
    return {name: getattr(member, name) for name in MERGED_FIELDS} | own


def choices_between(survivor: MemberFacts, merged: MemberFacts) -> list[str]:
    """List the fields that both fill and fill differently: those a person decides."""
    ours, theirs = fields_of(survivor), fields_of(merged)
    return [name for name in theirs if ours.get(name) and theirs[name] and ours[name] != theirs[name]]


def taken_fields(survivor: MemberFacts, merged: MemberFacts, chosen: Collection[str]) -> tuple[str, ...]:
    """Return the fields whose value comes from the merged record: those chosen, and those the survivor has empty."""
    ours, theirs = fields_of(survivor), fields_of(merged)
    return tuple(
        name
        for name, value in sorted(theirs.items())
        if value and value != ours.get(name) and (name in chosen or not ours.get(name))
    )


def merge_problem(survivor: MemberFacts, merged: MemberFacts) -> str | None:
    """Return why two records cannot be joined: "same", "merged", "blocked", "restricted", "inactive"; else None."""
    if survivor.id == merged.id:
        return "same"
    both = {survivor.status, merged.status}
    if MemberStatus.MERGED in both:
        return "merged"
    if MemberStatus.BLOCKED in both:
        return "blocked"
    if survivor.is_restricted or merged.is_restricted:
        return "restricted"
    return None if both == {MemberStatus.ACTIVE} else "inactive"


def added_figures(ours: TierFigures, theirs: TierFigures) -> TierFigures:
    """Return what counts towards tiers of both together."""
    days = [on for on in (ours.counted_since_on, theirs.counted_since_on) if on is not None]
    return TierFigures(
        spend_amount=ours.spend_amount + theirs.spend_amount,
        points=ours.points + theirs.points,
        visits=ours.visits + theirs.visits,
        counted_since_on=min(days, default=None),
    )


def figures_without(all_together: TierFigures, theirs: TierFigures) -> TierFigures:
    """Return what is left when one record's figures are taken out again; the night counts again."""
    return TierFigures(
        spend_amount=max(0, all_together.spend_amount - theirs.spend_amount),
        points=max(0, all_together.points - theirs.points),
        visits=max(0, all_together.visits - theirs.visits),
        counted_since_on=all_together.counted_since_on,
    )


def higher_tier(*tiers: TierFacts | None) -> TierFacts | None:
    """Return the highest of the tiers; None when there is none."""
    return max((tier for tier in tiers if tier is not None), key=lambda tier: tier.rank, default=None)


def tier_of_both(survivor: MemberFacts, merged: MemberFacts) -> TierFacts | None:
    """Return the tier after a merge: the higher one of both, or what both together have earned."""
    figures = added_figures(survivor.tier_figures, merged.tier_figures)
    return higher_tier(survivor.tier, merged.tier, earned_tier(figures, survivor.ladder))


def can_be_undone(at: datetime, now: datetime) -> bool:
    """Return whether a merge of `at` is recent enough."""
    return now < at + UNDO_DAYS


def joined_first(member: MemberFacts) -> tuple[datetime, str]:
    """Return the sort key of two records of one person: the one that joined first is kept by default."""
    return (member.joined_at, member.number)
