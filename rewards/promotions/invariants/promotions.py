"""Promotions with their limits, and the moments they are bound to."""

from typing import Final

from common.violations import Check

CHECKS: Final[tuple[Check, ...]] = (
    (
        "I13",
        "rewards_promotionuse",
        "a member used a promotion more often than its limit allowed",
        """
        SELECT id FROM rewards_promotionuse
        WHERE merchant_id = %(merchant)s AND (slot > slot_limit OR day_slot > day_slot_limit) ORDER BY id""",
    ),
    (
        "I13",
        "rewards_promotionuse",
        "the same of a member's uses twice",
        """
        SELECT id FROM (SELECT id, slot, day_slot,
                               count(*) OVER (PARTITION BY promotion_id, member_id, slot) AS same,
                               count(*) OVER (PARTITION BY promotion_id, member_id, day, day_slot) AS same_day
                        FROM rewards_promotionuse
                        WHERE merchant_id = %(merchant)s AND member_id IS NOT NULL) numbered
        WHERE (slot IS NOT NULL AND same > 1) OR (day_slot IS NOT NULL AND same_day > 1) ORDER BY id""",
    ),
    (
        "I14",
        "rewards_promotion",
        "used or spent beyond its limit, what quotes hold included",
        """
        SELECT id FROM rewards_promotion
        WHERE merchant_id = %(merchant)s
          AND (used_count + reserved_count > usage_limit OR spent_amount + reserved_amount > budget_limit)
        ORDER BY id""",
    ),
    (
        "I14",
        "rewards_promotion",
        "uses or spending differ from the sales that took them, or what is held from the open quotes",
        """
        SELECT p.id FROM rewards_promotion p
        LEFT JOIN (SELECT promotion_id,
                          count(*) FILTER (WHERE state = 'used') AS used,
                          sum(spend) FILTER (WHERE state = 'used') AS spent,
                          count(*) FILTER (WHERE state = 'open') AS held,
                          sum(spend) FILTER (WHERE state = 'open') AS held_spend
                   FROM rewards_promotionuse
                   WHERE merchant_id = %(merchant)s AND counted GROUP BY promotion_id) u ON u.promotion_id = p.id
        WHERE p.merchant_id = %(merchant)s
          AND (p.used_count, p.spent_amount, p.reserved_count, p.reserved_amount)
              IS DISTINCT FROM
              (coalesce(u.used, 0), coalesce(u.spent, 0), coalesce(u.held, 0), coalesce(u.held_spend, 0))
        ORDER BY p.id""",
    ),
    (
        "I14",
        "rewards_promotionday",
        "the uses of a day differ from the sales and quotes that took them, or pass the day's limit",
        """
        SELECT d.id FROM rewards_promotionday d
        LEFT JOIN (SELECT promotion_id, day, count(*) FILTER (WHERE state = 'used') AS used,
                          count(*) FILTER (WHERE state = 'open') AS held
                   FROM rewards_promotionuse
                   WHERE merchant_id = %(merchant)s AND counted_today GROUP BY promotion_id, day) u
               ON u.promotion_id = d.promotion_id AND u.day = d.day
        WHERE d.merchant_id = %(merchant)s
          AND ((d.used_count, d.reserved_count) IS DISTINCT FROM (coalesce(u.used, 0), coalesce(u.held, 0))
               OR d.used_count + d.reserved_count > d.day_limit)
        ORDER BY d.id""",
    ),
    (
        "I14",
        "rewards_promotionuse",
        "gives back more than it took, or an overrun that counts",
        """
        SELECT id FROM rewards_promotionuse
        WHERE merchant_id = %(merchant)s AND (spend > taken OR (over AND (counted OR counted_today OR slot > 0)))
        ORDER BY id""",
    ),
    (
        "I14",
        "rewards_promotionversion",
        "a version is missing before it, or it has none",
        """
        SELECT id FROM (SELECT id, number, row_number() OVER (PARTITION BY promotion_id ORDER BY number) AS place
                        FROM rewards_promotionversion WHERE merchant_id = %(merchant)s) numbered
        WHERE number <> place
        UNION ALL
        SELECT p.id FROM rewards_promotion p
        WHERE p.merchant_id = %(merchant)s AND NOT EXISTS (
            SELECT FROM rewards_promotionversion v WHERE v.merchant_id = %(merchant)s AND v.promotion_id = p.id)
        ORDER BY 1""",
    ),
    (
        "I14",
        "rewards_promotionversion",
        "says or starts otherwise than it was published",
        """
        SELECT v.id FROM rewards_promotionversion v
        JOIN merchants_auditentry a ON a.merchant_id = %(merchant)s AND a.action = 'promotion.published'
             AND a.subject_id = v.promotion_id AND a.after ->> 'version' = v.number::text AND a.after ? 'digest'
        WHERE v.merchant_id = %(merchant)s
          AND (a.after ->> 'digest' <> encode(sha256(convert_to(v.definition::text, 'UTF8')), 'hex')
               OR (a.after ->> 'starts_at')::timestamptz <> date_trunc('milliseconds', v.starts_at))
        ORDER BY v.id""",
    ),
    (
        "I14",
        "rewards_promotionstatuschange",
        "a turn is missing before it, or it comes after the end",
        """
        SELECT id FROM (
            SELECT id, promotion_id, number, starts_at,
                   row_number() OVER (PARTITION BY promotion_id ORDER BY number) AS place
            FROM rewards_promotionstatuschange WHERE merchant_id = %(merchant)s) t
        WHERE t.number <> t.place OR EXISTS (
            SELECT FROM rewards_promotionstatuschange e
            WHERE e.merchant_id = %(merchant)s AND e.promotion_id = t.promotion_id AND e.state = 'ended'
              AND e.number < t.number AND e.starts_at <= t.starts_at)
        ORDER BY id""",
    ),
    (
        "I14",
        "rewards_promotionstatuschange",
        "a turn that the audit trail does not know",
        """
        SELECT t.id FROM rewards_promotionstatuschange t
        WHERE t.merchant_id = %(merchant)s AND NOT EXISTS (
            SELECT FROM merchants_auditentry a
            WHERE a.merchant_id = %(merchant)s AND a.subject_kind = 'promotion' AND a.subject_id = t.promotion_id
              AND a.after ->> 'state' = t.state
              AND (a.after ->> 'starts_at')::timestamptz = date_trunc('milliseconds', t.starts_at))
        ORDER BY t.id""",
    ),
    (
        "moments",
        "rewards_momentdates",
        "days of a moment that nobody has",
        """
        SELECT d.id FROM rewards_momentdates d
        LEFT JOIN rewards_moment m ON m.merchant_id = %(merchant)s AND m.code = d.moment
        WHERE d.merchant_id = %(merchant)s AND m.id IS NULL AND d.moment <> ALL(%(standard)s) ORDER BY d.id""",
    ),
    (
        "M14",
        "rewards_promotionuse",
        "belongs to a member who was merged away",
        """
        SELECT t.id FROM rewards_promotionuse t
        JOIN members_merged g ON g.merchant_id = %(merchant)s AND g.merged_id = t.member_id AND g.undone_at IS NULL
        WHERE t.merchant_id = %(merchant)s ORDER BY t.id""",
    ),
)
