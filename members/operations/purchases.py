"""The member's row during a sale: locked first, its running figures written last."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db import connection

from common.rows import update_row
from members.facts import MemberFacts, PurchaseDates, TierCause, TierChange
from members.models import Member, TierMove
from members.queries.likeness import survivors_of
from members.queries.rows import facts_of, read_member, with_ladder
from members.rules import PurchaseDelta, standing_after
from merchants.facts import MerchantFacts


def lock_member(*, merchant: MerchantFacts, member_id: UUID, even_erased: bool = False) -> MemberFacts:
    """Lock the member's row until the transaction ends; a merged id locks and answers its survivor.

    One statement. Only the member's own row is locked: tiers are read beside it, so sales of two members never wait
    for each other. Blocked members are answered as such: the caller decides. An erased one is found only by what ends
    something that was begun before, such as a return. Raises MemberNotFound.
    """
    return read_member(merchant, member_id, lock=True, even_erased=even_erased)


def lock_present(*, merchant: MerchantFacts, member_ids: Sequence[UUID]) -> set[UUID]:
    """Return who of them is still a member, and keep them from being merged away or erased until this commits.

    One statement: it waits for a merge or an erasure that is under way, and then leaves that member out.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM members_member WHERE merchant_id = %s AND id = ANY(%s::uuid[]) "
            "AND merged_into_id IS NULL AND erased_at IS NULL ORDER BY id FOR KEY SHARE",
            [merchant.id, list(member_ids)],
        )
        return {member_id for (member_id,) in cursor.fetchall()}


def lock_members(*, merchant: MerchantFacts, member_ids: Sequence[UUID]) -> dict[UUID, MemberFacts]:
    """Lock several, in the order of their ids, so that two callers never wait for each other.

    By the id that was asked for; merged ids lock and answer their survivors, unknown ones are left out. Two statements.
    """
    survivors = survivors_of(merchant=merchant, member_ids=member_ids)
    while True:
        rows = Member.objects.filter(merchant_id=merchant.id, id__in=set(survivors.values())).order_by("id")
        found = list(with_ladder(rows, merchant).select_for_update(of=("self",)))
        if not any(row.merged_into_id for row in found):
            break
        survivors = survivors_of(
            merchant=merchant, member_ids=member_ids
        )  # merged away while their lock was waited for
    locked = {row.id: facts_of(row) for row in found}
    return {asked: locked[now] for asked, now in survivors.items() if now in locked}


def apply_purchase(
    *,
    merchant: MerchantFacts,
    member: MemberFacts,
    at: datetime,
    business_date: date,
    spend_delta: int,
    count_delta: int = 0,
    points_delta: int = 0,
    purchased_at: datetime | None = None,
    purchased_on: date | None = None,
    dates: PurchaseDates | None = None,
) -> TierChange | None:
    """Write the running figures after a sale or a return, and the tier when it goes up at once.

    `member` was read by `lock_member` in this transaction. `purchased_at` and `purchased_on` are the sale's own and
    default to `at` and `business_date`. `count_delta` is 1 for a sale over 0, -1 when a return empties it; then
    `dates` brings first and last purchase counted again. The member as it is afterwards is
    `members.rules.standing_after(...)` with the same figures. One statement, one more when the tier moves.
    """
    delta = PurchaseDelta(
        purchased_at=purchased_at or at,
        purchased_on=purchased_on or business_date,
        spend_amount=spend_delta,
        purchases=count_delta,
        points=points_delta,
        dates=dates,
    )
    after, change = standing_after(member, delta, business_date=business_date)
    figures = {
        "first_purchase_at": after.first_purchase_at,
        "last_purchase_at": after.last_purchase_at,
        "purchase_count": after.purchase_count,
        "spend_amount": after.spend_amount,
        "tier_id": after.tier.id if after.tier else None,
        "tier_since_on": after.tier_since_on,
        "tier_spend_amount": after.tier_figures.spend_amount,
        "tier_points": after.tier_figures.points,
        "tier_visits": after.tier_figures.visits,
        "tier_counted_since_on": after.tier_figures.counted_since_on,
    }
    update_row(Member, merchant_id=merchant.id, row_id=member.id, values=figures)
    if change is not None:
        TierMove.objects.create(
            merchant_id=merchant.id,
            member_id=member.id,
            from_tier_id=change.from_tier.id if change.from_tier else None,
            to_tier_id=change.to_tier.id,
            at=at,
            business_date=business_date,
            cause=TierCause.PURCHASE.value,
            measured=after.tier_figures.of(change.to_tier.measure),
        )
    return change


# A member without purchases in the view gets zeros; rows that are right already are not written.
_RECOUNT: Final = """
    WITH counted AS (
        SELECT m.id, min(p.occurred_at) FILTER (WHERE p.is_purchase) AS first_at,
               max(p.occurred_at) FILTER (WHERE p.is_purchase) AS last_at,
               count(*) FILTER (WHERE p.is_purchase) AS purchases, coalesce(sum(p.net_amount), 0)::bigint AS spend
        FROM members_member m
        LEFT JOIN {source} p ON p.merchant_id = %(merchant)s AND p.member_id = m.id
        WHERE m.merchant_id = %(merchant)s AND m.id = ANY(%(members)s)
        GROUP BY m.id)
    UPDATE members_member m
    SET first_purchase_at = c.first_at, last_purchase_at = c.last_at, purchase_count = c.purchases,
        spend_amount = c.spend
    FROM counted c
    WHERE m.merchant_id = %(merchant)s AND m.id = c.id
      AND (m.first_purchase_at, m.last_purchase_at, m.purchase_count, m.spend_amount)
          IS DISTINCT FROM (c.first_at, c.last_at, c.purchases, c.spend)"""


def recount_purchases(*, merchant: MerchantFacts, member_ids: Sequence[UUID], source_view: str) -> int:
    """Count the running figures again from the sales, set-based, after an import or a merge; return rows changed.

    `source_view` has (merchant_id, member_id, occurred_at, net_amount, is_purchase); tiers follow in
    `recalculate_tiers`. The rows are locked first, in the order of their ids, so that no sale slips in between.
    """
    rows = Member.objects.filter(merchant_id=merchant.id, id__in=list(member_ids)).order_by("id")
    ids = list(rows.select_for_update().values_list("id", flat=True))
    with connection.cursor() as cursor:
        statement = _RECOUNT.format(source=connection.ops.quote_name(source_view))
        cursor.execute(statement, {"merchant": merchant.id, "members": ids})
        return int(cursor.rowcount)
