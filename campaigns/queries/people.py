"""The people behind each figure of a campaign's report, and what each of them bought in its days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from django.db import connection

from campaigns.facts import CampaignFacts, DeliveryState, ExclusionReason
from merchants.facts import MerchantFacts


class Group(StrEnum):
    """Parts of a campaign's audience as its report counts them."""

    MATCHED = "matched"
    REACHABLE = "reachable"
    TREATED = "treated"
    CONTROL = "control"


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    """Filters of the audience; None filters nothing. `bought`: only members who bought in the campaign's days."""

    group: Group = Group.MATCHED
    state: DeliveryState | None = None
    reason: ExclusionReason | None = None
    bought: bool = False


@dataclass(frozen=True, slots=True)
class CampaignPerson:
    """One member's place in a campaign; `net_amount`: what they bought in its days, after returns."""

    delivery_id: UUID
    member_id: UUID
    state: DeliveryState
    reason: str
    net_amount: int


_GROUPS: Final[Mapping[Group, str]] = {
    Group.MATCHED: "true",
    Group.REACHABLE: "d.state <> 'excluded'",
    Group.TREATED: "d.state NOT IN ('excluded', 'control')",
    Group.CONTROL: "d.state = 'control'",
}
# The window and the net amount of `campaign_report`: the same for treated members and those held back.
_PEOPLE: Final = """
SELECT d.id, d.member_id, d.state, d.reason, spent.amount
FROM campaigns_recipient AS d
CROSS JOIN LATERAL (
    SELECT coalesce(sum(p.net_amount), 0)::bigint AS amount, coalesce(bool_or(p.is_purchase), false) AS bought
    FROM sales_purchase AS p
    WHERE p.merchant_id = %(merchant)s AND p.member_id = d.member_id AND d.state <> 'excluded'
      AND p.occurred_at >= d.measured_from AND p.occurred_at < d.measured_from + make_interval(days => %(days)s)
      AND p.occurred_at < %(at)s
) AS spent
WHERE d.merchant_id = %(merchant)s AND d.campaign_id = %(campaign)s
"""


def campaign_people(
    *,
    merchant: MerchantFacts,
    campaign: CampaignFacts,
    who: PeopleFilter,
    at: datetime,
    after: UUID | None = None,
    limit: int = 50,
) -> list[CampaignPerson]:
    """Return the members of a figure in the order of their deliveries, continued behind `after`, as of `at`."""
    condition, given = _build_condition(merchant, campaign, who, at)
    if after is not None:
        condition += " AND d.id > %(after)s"
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_PEOPLE} {condition} ORDER BY d.id LIMIT %(limit)s",
            {**given, "after": after, "limit": limit},
        )
        found = cursor.fetchall()
    return [CampaignPerson(row[0], row[1], DeliveryState(row[2]), row[3], int(row[4])) for row in found]


def campaign_people_totals(
    *, merchant: MerchantFacts, campaign: CampaignFacts, who: PeopleFilter, at: datetime
) -> tuple[int, int]:
    """Return (members, net amount) of all that `campaign_people` lists."""
    condition, given = _build_condition(merchant, campaign, who, at)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), coalesce(sum(amount), 0) FROM ({_PEOPLE} {condition}) AS people",  # noqa: S608 - constants
            given,
        )
        members, amount = cursor.fetchone()
    return int(members), int(amount)


def _build_condition(
    merchant: MerchantFacts, campaign: CampaignFacts, who: PeopleFilter, at: datetime
) -> tuple[str, dict[str, Any]]:
    parts = [_GROUPS[who.group]]
    given: dict[str, Any] = {"merchant": merchant.id, "campaign": campaign.id, "days": campaign.measure_days, "at": at}
    if who.state is not None:
        parts.append("d.state = %(state)s")
        given["state"] = who.state.value
    if who.reason is not None:
        parts.append("d.reason = %(reason)s")
        given["reason"] = who.reason.value
    if who.bought:
        parts.append("spent.bought")
    return "".join(f" AND {part}" for part in parts), given
