"""What runs at one outlet now, as people ask for it who have no cart yet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from merchants.facts import MerchantFacts
from rewards.engine import is_personal, refusal_without_cart
from rewards.engine.facts import Definition, Usage, When
from rewards.promotions.queries.promotions import engine_settings, live_promotions

PROGRAM_KINDS: Final = frozenset({"earn", "redeem_points"})
"""The standing rules of the program: what points are given and what they pay."""


@dataclass(frozen=True, slots=True)
class RunningPromotion:
    """`for_members`: it asks who the member is, or gives what only a member can be given."""

    definition: Definition
    for_members: bool


def running_promotions(*, merchant: MerchantFacts, outlet_id: UUID, at: datetime, day: date) -> list[RunningPromotion]:
    """List those that act at `at` (in the outlet's zone) for at least one person: days, hours and limits allow it.

    Without the standing rules of the program and what needs a coupon; by priority, then id. `day` is the business day.
    """
    live = [d for d in live_promotions(merchant=merchant, at=at, day=day) if d.kind not in PROGRAM_KINDS]
    settings, running = engine_settings(merchant, live), []
    for definition in sorted(live, key=lambda d: (d.priority, d.id)):
        refusal = refusal_without_cart(_open_to_all(definition), None, (), at, settings, outlet_id=str(outlet_id))
        if refusal is None or refusal.reason == "member_required":
            running.append(RunningPromotion(definition, refusal is not None or is_personal(definition)))
    return running


def _open_to_all(definition: Definition) -> Definition:
    """Take its conditions on the person off the promotion, so that what is left is the same for everybody."""
    when, usage = definition.when, definition.usage
    return replace(
        definition,
        when=When(
            valid_from=when.valid_from,
            valid_to=when.valid_to,
            weekdays=when.weekdays,
            hours=when.hours,
            outlets=when.outlets,
            moment=when.moment,
            moment_days_before=when.moment_days_before,
            moment_days_after=when.moment_days_after,
            code=when.code,
        ),
        usage=Usage(limit=usage.limit, per_day_limit=usage.per_day_limit, used=usage.used, used_today=usage.used_today),
    )
