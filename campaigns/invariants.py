"""What must hold in the tables of campaigns on live data; each violation names the row that breaks it (I17-I20, A6)."""

from __future__ import annotations

from collections import Counter
from typing import Final
from uuid import UUID

from django.db import connection

from campaigns.models import Campaign, Delivery
from common.violations import Violation
from members.queries import survivors_of
from merchants.facts import MerchantFacts
from rewards.coupons.queries import holders_by_source

FROZEN_ONCE: Final = "I17"
ONE_MAIL: Final = "I18"
NOBODY_ELSE: Final = "I19"
ONE_COUPON: Final = "I20"
WORK_ASKED_FOR: Final = "A6"
NAMED_PER_CHECK: Final = 100
GUARDS: Final = (
    "campaign_moves",
    "audience_is_frozen",
    "delivery_moves",
    "delivery_stays",
    "message_was_drawn",
)

# invariant, table, message, statement that lists the ids breaking it
_STATEMENTS: Final = (
    (
        WORK_ASKED_FOR,
        "campaigns_campaign",
        "waits for its time, and no work asks for it",
        """
        SELECT c.id FROM campaigns_campaign c
        WHERE c.merchant_id = %(merchant)s AND NOT EXISTS (
            SELECT FROM merchants_work w
            WHERE w.merchant_id = %(merchant)s AND w.kind = 'campaign' AND w.subject_id = c.id)
          AND c.state IN ('scheduled', 'preparing')
        ORDER BY c.id""",
    ),
    (
        FROZEN_ONCE,
        "campaigns_delivery",
        "this member is in the campaign twice on one occasion",
        """
        SELECT (array_agg(d.id ORDER BY d.id))[2] FROM campaigns_delivery d
        WHERE d.merchant_id = %(merchant)s GROUP BY d.campaign_id, d.member_id, d.occasion_key HAVING count(*) > 1""",
    ),
    (
        FROZEN_ONCE,
        "campaigns_delivery",
        "this address is in the campaign twice on one occasion",
        """
        SELECT (array_agg(d.id ORDER BY d.id))[2] FROM campaigns_delivery d
        WHERE d.merchant_id = %(merchant)s AND d.address_hash IS NOT NULL
        GROUP BY d.campaign_id, d.address_hash, d.occasion_key HAVING count(*) > 1""",
    ),
    (
        FROZEN_ONCE,
        "campaigns_delivery",
        "came into the audience after it was frozen",
        """
        SELECT d.id FROM campaigns_delivery d
        JOIN campaigns_campaign c ON c.merchant_id = %(merchant)s AND c.id = d.campaign_id
        WHERE d.merchant_id = %(merchant)s AND c.kind = 'campaign' AND d.created_at IS DISTINCT FROM c.frozen_at
        ORDER BY d.id""",
    ),
    (
        FROZEN_ONCE,
        "campaigns_delivery",
        "a campaign whose audience is frozen has one occasion, and this names another",
        """
        SELECT d.id FROM campaigns_delivery d
        JOIN campaigns_campaign c ON c.merchant_id = %(merchant)s AND c.id = d.campaign_id
        WHERE d.merchant_id = %(merchant)s AND c.kind = 'campaign' AND d.occasion_key <> ''
        ORDER BY d.id""",
    ),
    (
        ONE_MAIL,
        "campaigns_delivery",
        "is treated and has no message",
        """
        SELECT d.id FROM campaigns_delivery d
        LEFT JOIN messaging_outcome o ON o.merchant_id = %(merchant)s AND o.message_id = d.id
        WHERE d.merchant_id = %(merchant)s AND d.place = 'treated' AND o.message_id IS NULL
        ORDER BY d.id""",
    ),
    (
        NOBODY_ELSE,
        "messaging_message",
        "is a campaign's, and its member is held back, left out or was never drawn",
        """
        SELECT o.message_id FROM messaging_outcome o
        JOIN campaigns_campaign c ON c.merchant_id = %(merchant)s AND c.id = o.dispatch_id
        LEFT JOIN campaigns_delivery d ON d.merchant_id = %(merchant)s AND d.id = o.message_id
        WHERE o.merchant_id = %(merchant)s
          AND (d.place IS DISTINCT FROM 'treated' OR d.member_id IS DISTINCT FROM o.member_id
               OR d.campaign_id IS DISTINCT FROM o.dispatch_id)
        ORDER BY o.message_id""",
    ),
)


def verify(*, merchant: MerchantFacts) -> list[Violation]:
    """Return every broken row, at most 100 per check, and every missing guard; empty when all is well."""
    found = _missing_guards()
    with connection.cursor() as cursor:
        for invariant, table, message, statement in _STATEMENTS:
            cursor.execute(f"{statement} LIMIT {NAMED_PER_CHECK}", {"merchant": merchant.id})
            found += [Violation(invariant, table, str(row[0]), message) for row in cursor.fetchall()]
    return found + _check_coupons(merchant)


def counted(*, merchant: MerchantFacts) -> dict[str, int]:
    """Return how many rows the checks covered, by table."""
    return {
        model._meta.db_table: model.objects.filter(merchant_id=merchant.id).count() for model in (Campaign, Delivery)
    }


def _missing_guards() -> list[Violation]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgname = ANY(%s) AND tgenabled IN ('O', 'A') "
            "AND (tgrelid::regclass::text LIKE 'campaigns%%' OR tgname = 'message_was_drawn')",
            [list(GUARDS)],
        )
        standing = {row[0] for row in cursor.fetchall()}
    return [
        Violation(FROZEN_ONCE, "pg_trigger", name, "the guard is missing or switched off")
        for name in GUARDS
        if name not in standing
    ]


def _check_coupons(merchant: MerchantFacts) -> list[Violation]:
    """Check that treated members have one coupon per occasion, and control and excluded members none."""
    found = []
    with_coupons = Campaign.objects.filter(merchant_id=merchant.id, batch_id__isnull=False).order_by("id")
    for campaign_id in with_coupons.values_list("id", flat=True):
        holders = holders_by_source(merchant=merchant, source_id=campaign_id)
        treated = set(
            Delivery.objects.filter(merchant_id=merchant.id, campaign_id=campaign_id)
            .filter(place="treated")
            .values_list("member_id", "occasion_key")
        )
        twice = [holder for holder, coupons in Counter(holders).items() if coupons > 1]
        found += [
            Violation(ONE_COUPON, "rewards_coupon", str(member), f"two coupons of campaign {campaign_id} {occasion}")
            for member, occasion in sorted(twice)
        ]
        found += [
            Violation(
                ONE_COUPON, "rewards_coupon", str(member), f"a coupon of campaign {campaign_id} without being in it"
            )
            for member, _ in sorted(_without_place(merchant, set(holders) - treated, treated))
        ]
    return found


def _without_place(
    merchant: MerchantFacts, holders: set[tuple[UUID, str]], treated: set[tuple[UUID, str]]
) -> set[tuple[UUID, str]]:
    """Return those of the holders whom the campaign did not treat: not under a record merged into theirs either."""
    if not holders:
        return holders
    survivors = survivors_of(merchant=merchant, member_ids=[member_id for member_id, _ in treated])
    known = {(survivors[member_id], occasion) for member_id, occasion in treated if member_id in survivors}
    return {holder for holder in holders if (holder[0], holder[1].partition("#")[0]) not in known}
