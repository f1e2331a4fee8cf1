"""Rewards, what was taken of them, and what partners pay."""

from typing import Final

from common.violations import Check

CHECKS: Final[tuple[Check, ...]] = (
    (
        "P3",
        "rewards_reward",
        "costs, or may be taken, otherwise than its newest entry in the audit trail says",
        """
        SELECT r.id FROM rewards_reward r
        JOIN LATERAL (
            SELECT DISTINCT ON (e.key) e.key, e.value FROM merchants_auditentry a
            CROSS JOIN LATERAL jsonb_each(a.after) e
            WHERE a.merchant_id = %(merchant)s AND a.subject_kind = 'reward' AND a.subject_id = r.id
              AND e.key IN ('points', 'min_tier_rank', 'per_member_limit', 'period_days', 'period_limit', 'handover')
            ORDER BY e.key, a.id DESC) said ON true
        WHERE r.merchant_id = %(merchant)s
        GROUP BY r.id HAVING bool_or(to_jsonb(r) -> said.key IS DISTINCT FROM said.value)
        ORDER BY r.id""",
    ),
    (
        "P3",
        "rewards_reward",
        "the stock differs from its movements",
        """
        SELECT r.id FROM rewards_reward r
        LEFT JOIN (SELECT reward_id, sum(change) AS moved FROM rewards_stockmovement
                   WHERE merchant_id = %(merchant)s GROUP BY reward_id) m ON m.reward_id = r.id
        WHERE r.merchant_id = %(merchant)s AND coalesce(r.stock, 0) <> coalesce(m.moved, 0)
        ORDER BY r.id""",
    ),
    (
        "P3",
        "rewards_redemption",
        "pieces taken or given back differ from the redemption",
        """
        SELECT d.id FROM rewards_redemption d
        JOIN (SELECT redemption_id, sum(change) AS moved FROM rewards_stockmovement
              WHERE merchant_id = %(merchant)s AND redemption_id IS NOT NULL GROUP BY redemption_id
              HAVING bool_or(kind = 'taken')) m ON m.redemption_id = d.id
        WHERE d.merchant_id = %(merchant)s
          AND ((d.status IN ('held', 'completed') AND m.moved <> -d.quantity)
               OR (d.status = 'lapsed' AND m.moved <> 0)
               OR (d.status = 'reversed' AND m.moved NOT IN (0, -d.quantity)))
        ORDER BY d.id""",
    ),
    (
        "P3",
        "rewards_redemption",
        "points in the ledger differ from what the redemption cost",
        """
        SELECT d.id FROM rewards_redemption d
        LEFT JOIN (SELECT source_id, -sum(change) AS spent FROM ledger_movement
                   WHERE merchant_id = %(merchant)s AND source_kind = 'redemption' GROUP BY source_id) t
               ON t.source_id = d.id
        WHERE d.merchant_id = %(merchant)s
          AND coalesce(t.spent, 0) <> CASE d.status WHEN 'completed' THEN d.points ELSE 0 END
        ORDER BY d.id""",
    ),
    (
        "P3",
        "ledger_transfer",
        "points spent on a redemption that does not exist",
        """
        SELECT t.transfer_id FROM ledger_movement t
        LEFT JOIN rewards_redemption d ON d.merchant_id = %(merchant)s AND d.id = t.source_id
        WHERE t.merchant_id = %(merchant)s AND t.source_kind = 'redemption' AND d.id IS NULL ORDER BY t.transfer_id""",
    ),
    (
        "P3",
        "rewards_redemption",
        "the gift is not where its last step took it",
        """
        SELECT d.id FROM rewards_redemption d
        LEFT JOIN (SELECT DISTINCT ON (redemption_id) redemption_id, to_state FROM rewards_redemptionstep
                   WHERE merchant_id = %(merchant)s ORDER BY redemption_id, number DESC) s
               ON s.redemption_id = d.id
        WHERE d.merchant_id = %(merchant)s AND d.fulfilment <> coalesce(s.to_state, '')
        ORDER BY d.id""",
    ),
    (
        "P3",
        "rewards_redemptionstep",
        "a step of the gift is missing before it, or it begins where the one before did not end",
        """
        SELECT id FROM (
            SELECT id, number, from_state, row_number() OVER way AS place,
                   lag(to_state, 1, '') OVER way AS before
            FROM rewards_redemptionstep WHERE merchant_id = %(merchant)s
            WINDOW way AS (PARTITION BY redemption_id ORDER BY number)) steps
        WHERE number <> place OR from_state <> before ORDER BY id""",
    ),
    (
        "R9",
        "rewards_partnerfunding",
        "more was taken off a partner's share than was given",
        """
        SELECT min(id::text)::uuid FROM rewards_partnerfunding WHERE merchant_id = %(merchant)s
        GROUP BY source_id, partner_id, promotion_id, reward_id
        HAVING sum(base_amount) < 0 OR sum(share_amount) < 0 OR count(*) FILTER (WHERE kind = 'given') <> 1
        ORDER BY 1""",
    ),
    (
        "R9",
        "rewards_partnerfunding",
        "a share that is not what its terms make of its base",
        """
        SELECT s.id FROM rewards_partnerfunding s
        LEFT JOIN rewards_redemption d ON d.merchant_id = %(merchant)s AND d.id = s.source_id
        WHERE s.merchant_id = %(merchant)s AND s.kind = 'given'
          AND s.share_amount <> CASE WHEN s.unit_amount IS NOT NULL THEN s.unit_amount * d.quantity
                                     ELSE (s.base_amount * s.basis_points * 2 + 10000) / 20000 END
        ORDER BY s.id""",
    ),
    (
        "M14",
        "rewards_redemption",
        "belongs to a member who was merged away",
        """
        SELECT t.id FROM rewards_redemption t
        JOIN members_merged g ON g.merchant_id = %(merchant)s AND g.merged_id = t.member_id AND g.undone_at IS NULL
        WHERE t.merchant_id = %(merchant)s ORDER BY t.id""",
    ),
)
