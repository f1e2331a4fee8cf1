"""Money paid in, and gift cards."""

from typing import Final

from common.violations import Check

CHECKS: Final[tuple[Check, ...]] = (
    (
        "I8",
        "rewards_topup",
        "the ledger has another amount paid in, or taken back, than the top-up says",
        """
        SELECT p.id FROM rewards_topup p
        LEFT JOIN (SELECT source_id, sum(change) FILTER (WHERE kind = 'top_up') AS paid_in,
                          -sum(change) FILTER (WHERE kind = 'void') AS taken
                   FROM ledger_movement
                   WHERE merchant_id = %(merchant)s AND unit = 'wallet' AND source_kind = 'top_up'
                   GROUP BY source_id) t ON t.source_id = p.id
        WHERE p.merchant_id = %(merchant)s
          AND (coalesce(t.paid_in, 0) <> p.amount
               OR coalesce(t.taken, 0) <> CASE WHEN p.reversed_at IS NULL THEN 0 ELSE p.amount END)
        ORDER BY p.id""",
    ),
    (
        "I8",
        "ledger_transfer",
        "money paid in that no top-up accounts for",
        """
        SELECT t.transfer_id FROM ledger_movement t
        LEFT JOIN rewards_topup p ON p.merchant_id = t.merchant_id AND p.id = t.source_id
        WHERE t.merchant_id = %(merchant)s AND t.source_kind = 'top_up' AND p.id IS NULL ORDER BY t.transfer_id""",
    ),
    (
        "I8",
        "rewards_giftcard",
        "the ledger has another amount put on it than the card says",
        """
        SELECT c.id FROM rewards_giftcard c
        LEFT JOIN (SELECT owner_id, sum(change) AS amount FROM ledger_movement
                   WHERE merchant_id = %(merchant)s AND unit = 'wallet' AND source_kind = 'gift_card'
                     AND kind IN ('top_up', 'bonus') GROUP BY owner_id) t ON t.owner_id = c.id
        WHERE c.merchant_id = %(merchant)s
          AND coalesce(t.amount, 0) <> CASE WHEN c.transfer_id IS NULL THEN 0 ELSE c.amount END
        ORDER BY c.id""",
    ),
    (
        "I8",
        "rewards_giftcardbatch",
        "has other cards than it was issued with: another number, amount or last day",
        """
        SELECT b.id FROM rewards_giftcardbatch b
        LEFT JOIN (SELECT batch_id, count(*) AS cards, min(amount) AS least, max(amount) AS most,
                          max(expires_on) AS last_on
                   FROM rewards_giftcard WHERE merchant_id = %(merchant)s GROUP BY batch_id) c ON c.batch_id = b.id
        WHERE b.merchant_id = %(merchant)s
          AND (coalesce(c.cards, 0) <> b.count OR c.least <> b.amount OR c.most <> b.amount
               OR c.last_on > b.expires_on)
        ORDER BY b.id""",
    ),
    (
        "I4",
        "rewards_giftcard",
        "its balance is not what was put on it, less what was used, expired and taken, plus what came back",
        """
        SELECT c.id FROM rewards_giftcard c
        LEFT JOIN (SELECT owner_id, sum(change) AS moved FROM ledger_movement
                   WHERE merchant_id = %(merchant)s AND unit = 'wallet' GROUP BY owner_id) t ON t.owner_id = c.id
        LEFT JOIN ledger_balance b ON b.merchant_id = %(merchant)s AND b.owner_id = c.id AND b.unit = 'wallet'
        WHERE c.merchant_id = %(merchant)s
          AND (coalesce(b.balance, 0) <> coalesce(t.moved, 0) OR coalesce(b.balance, 0) < 0
               OR coalesce(b.balance, 0) > c.amount OR coalesce(b.debt, 0) <> 0)
        ORDER BY c.id""",
    ),
    (
        "I4",
        "rewards_giftcard",
        "money on a card that was cancelled: nobody can spend it, nobody sees it",
        """
        SELECT c.id FROM rewards_giftcard c
        JOIN ledger_balance b ON b.merchant_id = %(merchant)s AND b.owner_id = c.id AND b.unit = 'wallet'
        WHERE c.merchant_id = %(merchant)s AND c.state = 'cancelled' AND b.balance <> 0 ORDER BY c.id""",
    ),
    (
        "I8",
        "ledger_transfer",
        "money put on or taken off a gift card that does not exist",
        """
        SELECT t.transfer_id FROM ledger_movement t
        LEFT JOIN rewards_giftcard c ON c.merchant_id = t.merchant_id AND c.id = t.source_id AND c.id = t.owner_id
        WHERE t.merchant_id = %(merchant)s AND t.source_kind = 'gift_card' AND c.id IS NULL ORDER BY t.transfer_id""",
    ),
    (
        "I16",
        "rewards_giftcard",
        "a code stored otherwise than as a 32-byte hash and an encrypted copy",
        """
        SELECT id FROM rewards_giftcard
        WHERE merchant_id = %(merchant)s AND (octet_length(code_hmac) <> 32 OR octet_length(code_encrypted) < 33)
        ORDER BY id""",
    ),
    (
        "M14",
        "rewards_topup",
        "belongs to a member who was merged away",
        """
        SELECT t.id FROM rewards_topup t
        JOIN members_merged g ON g.merchant_id = %(merchant)s AND g.merged_id = t.member_id AND g.undone_at IS NULL
        WHERE t.merchant_id = %(merchant)s ORDER BY t.id""",
    ),
)
