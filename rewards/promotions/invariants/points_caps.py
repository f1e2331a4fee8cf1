"""Points under caps: tallies are the sums of what sales gave and quotes hold, and stay within their caps."""

from typing import Final

from common.violations import Check

CHECKS: Final[tuple[Check, ...]] = (
    (
        "I14",
        "rewards_pointstally",
        "a member got more points in a day or month than the cap allowed, what quotes hold included",
        """
        SELECT id FROM rewards_pointstally
        WHERE merchant_id = %(merchant)s AND used_points + reserved_points > points_limit ORDER BY id""",
    ),
    (
        "I14",
        "rewards_pointstally",
        "points of a day or month differ from the sales that gave them and the quotes that hold them",
        """
        SELECT t.id FROM rewards_pointstally t
        LEFT JOIN (
            SELECT k.member_id, k.promotion_id, period, starts_on,
                   coalesce(sum(k.points) FILTER (WHERE k.state = 'used'), 0) AS used,
                   coalesce(sum(k.points) FILTER (WHERE k.state = 'open'), 0) AS held
            FROM rewards_pointstake k
            CROSS JOIN LATERAL (VALUES ('day', k.day, k.counted_day),
                                       ('month', date_trunc('month', k.day)::date, k.counted_month))
                 AS within (period, starts_on, counts)
            WHERE k.merchant_id = %(merchant)s AND counts
            GROUP BY k.member_id, k.promotion_id, period, starts_on) sums
          ON sums.member_id = t.member_id AND sums.promotion_id IS NOT DISTINCT FROM t.promotion_id
         AND sums.period = t.period AND sums.starts_on = t.starts_on
        WHERE t.merchant_id = %(merchant)s
          AND (t.used_points, t.reserved_points) IS DISTINCT FROM (coalesce(sums.used, 0), coalesce(sums.held, 0))
        ORDER BY t.id""",
    ),
    (
        "I14",
        "rewards_pointstake",
        "points under a cap that no tally counts, or that give back more than they took",
        """
        SELECT k.id FROM rewards_pointstake k
        WHERE k.merchant_id = %(merchant)s
          AND (k.points > k.taken OR (k.over AND (k.counted_day OR k.counted_month))
               OR (k.counted_day AND NOT EXISTS (
                   SELECT 1 FROM rewards_pointstally t
                   WHERE t.merchant_id = %(merchant)s AND t.member_id = k.member_id AND t.period = 'day'
                     AND t.promotion_id IS NOT DISTINCT FROM k.promotion_id AND t.starts_on = k.day))
               OR (k.counted_month AND NOT EXISTS (
                   SELECT 1 FROM rewards_pointstally t
                   WHERE t.merchant_id = %(merchant)s AND t.member_id = k.member_id AND t.period = 'month'
                     AND t.promotion_id IS NOT DISTINCT FROM k.promotion_id
                     AND t.starts_on = date_trunc('month', k.day)::date)))
        ORDER BY k.id""",
    ),
    (
        "M14",
        "rewards_pointstake",
        "belongs to a member who was merged away",
        """
        SELECT t.id FROM rewards_pointstake t
        JOIN members_merged g ON g.merchant_id = %(merchant)s AND g.merged_id = t.member_id AND g.undone_at IS NULL
        WHERE t.merchant_id = %(merchant)s ORDER BY t.id""",
    ),
)
