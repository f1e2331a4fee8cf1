"""Points under caps while a file of past sales is imported: known by member and day, counted receipt by receipt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from members.operations import lock_member
from merchants.facts import MerchantFacts
from rewards.engine.facts import Definition, Outcome, PointsCap
from rewards.promotions.operations import PromotionClaim, consume_promotions
from rewards.promotions.queries import points_by_day


@dataclass
class CappedPoints:
    """What members were given under caps: member -> day -> promotion id (or "program") -> points."""

    merchant: MerchantFacts
    given: dict[UUID, dict[date, dict[str, int]]]

    @classmethod
    def lock_members(cls, merchant: MerchantFacts, member_ids: Sequence[UUID], days: Iterable[date]) -> CappedPoints:
        """Lock the members, in the order of their ids, so that no till gives them points meanwhile."""
        for member_id in sorted(member_ids):
            lock_member(merchant=merchant, member_id=member_id)
        months = {day.replace(day=1) for day in days}
        return cls(merchant, points_by_day(merchant=merchant, member_ids=member_ids, months=sorted(months)))

    def points_before(self, member_id: UUID, day: date) -> tuple[dict[str, int], dict[str, int]]:
        """Return the points so far on the day, and in its month, by promotion id."""
        month: dict[str, int] = {}
        days = self.given.get(member_id, {})
        for each, points in days.items():
            if (each.year, each.month) == (day.year, day.month):
                for name, number in points.items():
                    month[name] = month.get(name, 0) + number
        return days.get(day, {}), month

    def count_receipt(
        self,
        member_id: UUID,
        day: date,
        outcome: Outcome,
        *,
        sale_id: UUID,
        definitions: Sequence[Definition],
        program_cap: PointsCap | None,
        at: datetime,
    ) -> None:
        """Count what one receipt gives, on its own day."""
        earned = {item.promotion_id: item.points for item in outcome.earned}
        claim = PromotionClaim(
            uses=(),
            definitions=definitions,
            member_id=member_id,
            day=day,
            at=at,
            earned=earned,
            program_cap=program_cap,
        )
        if not claim.points.wanted:
            return
        consume_promotions(merchant=self.merchant, claim=claim, sale_id=sale_id)
        counted: Mapping[str, int] = claim.points.points
        today = self.given.setdefault(member_id, {}).setdefault(day, {})
        for name in claim.points.wanted:
            today[name] = today.get(name, 0) + counted[name]
