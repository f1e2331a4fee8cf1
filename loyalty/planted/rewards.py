# ruff: noqa: S608 - statements of our own, one to a line
"""Coupons, offers, gift cards, rewards, referrals and stamps."""

from __future__ import annotations

from typing import Final

from loyalty.planted.plant import NEW_ID, Plant, change, delete

REWARDS: Final = (
    Plant(
        "a coupon that may be used again", "rewards", "I12", "rewards_coupon",
        change("rewards_coupon", "committed = 0, state = 'issued'", "committed > 0"),
    ),
    Plant(
        "a coupon for more uses than its batch", "rewards", "I12", "rewards_coupon",
        change("rewards_coupon", "max_uses = 1000"),
    ),
    Plant(
        "a reservation that is counted twice", "rewards", "I15", "rewards_coupon",
        change("rewards_coupon", "reserved = reserved + 1"),
    ),
    Plant(
        "the proof of a coupon's use taken away", "rewards", "I12", "rewards_coupon",
        delete("rewards_couponredemption", returning="coupon_id"),
    ),
    Plant(
        "a promotion that spent nothing", "rewards", "I14", "rewards_promotion",
        change("rewards_promotion", "used_count = 0, spent_amount = 0", "used_count > 0"),
    ),
    Plant(
        "a coupon's reservation let go", "rewards", "I15", "rewards_coupon",
        delete("rewards_couponreservation", "state = 'open'", "coupon_id"),
    ),
    Plant(
        "a day of an offer that gave nothing", "rewards", "I14", "rewards_promotionday",
        change("rewards_promotionday", "used_count = 0", "used_count > 0"),
    ),
    Plant(
        "the proof of an offer's use taken away", "rewards", "I14", "rewards_promotion",
        delete("rewards_promotionuse", "state = 'used' AND counted", "promotion_id"),
    ),
    Plant(
        "an offer that ended and is live again", "rewards", "I14", "rewards_promotionstatuschange",
        "INSERT INTO rewards_promotionstatuschange (merchant_id, id, promotion_id, number, state, reason, starts_at, "
        f"created_at, created_by) SELECT merchant_id, {NEW_ID}, promotion_id, number + 1, 'live', '', "
        "starts_at + interval '1 second', created_at, 'x' FROM rewards_promotionstatuschange "
        "WHERE merchant_id = %(m)s AND state = 'ended' ORDER BY number DESC LIMIT 1 RETURNING id",
    ),
    Plant(
        "a piece of stock that was never taken", "rewards", "P3", "rewards_reward",
        delete("rewards_stockmovement", "kind = 'taken'", "reward_id"),
    ),
    Plant(
        "a partner who owes less", "rewards", "R9", "rewards_partnerfunding",
        change("rewards_partnerfunding", "share_amount = share_amount - 1", "kind = 'given' AND share_amount > 1"),
    ),
    Plant(
        "a promotion's first version taken away", "rewards", "I14", "rewards_promotionversion",
        delete("rewards_promotionversion", returning="promotion_id"),
    ),
    Plant(
        "an offer that gives more than was published", "rewards", "I14", "rewards_promotionversion",
        change("rewards_promotionversion", "definition = definition || '{\"priority\": 1}'"),
    ),
    Plant(
        "an offer that began earlier than was published", "rewards", "I14", "rewards_promotionversion",
        change("rewards_promotionversion", "starts_at = starts_at - interval '1 day'"),
    ),
    Plant(
        "an offer that ends a year later", "rewards", "I14", "rewards_promotionstatuschange",
        change("rewards_promotionstatuschange", "starts_at = starts_at + interval '1 year'", "state = 'ended'"),
    ),
    Plant(
        "a reward for a single point", "rewards", "P3", "rewards_reward",
        change("rewards_reward", "points = 1", "points > 1"),
    ),
    Plant(
        "a reward for every tier as often as one likes", "rewards", "P3", "rewards_reward",
        change("rewards_reward", "per_member_limit = coalesce(per_member_limit, 0) + 7"),
    ),
    Plant(
        "a gift card worth more", "rewards", "I8", "rewards_giftcard",
        change("rewards_giftcard", "amount = amount + 100000", "transfer_id IS NOT NULL"),
    ),
    Plant(
        "money on a card that was cancelled", "rewards", "I4", "rewards_giftcard",
        change("rewards_giftcard", "state = 'cancelled'",
                "id IN (SELECT owner_id FROM ledger_balance b WHERE b.merchant_id = %(m)s AND b.balance > 0)"),
    ),
    Plant(
        "a batch of gift cards with one more", "rewards", "I8", "rewards_giftcardbatch",
        change("rewards_giftcardbatch", "count = count + 1"),
    ),
    Plant(
        "a top-up that was never paid in", "rewards", "I8", "rewards_topup",
        change("rewards_topup", "amount = amount + 50000"),
    ),
    Plant(
        "a reward in stock that was taken", "rewards", "P3", "rewards_reward",
        change("rewards_reward", "stock = stock + 10", "stock IS NOT NULL"),
    ),
    Plant(
        "a redemption that cost less", "rewards", "P3", "rewards_redemption",
        change("rewards_redemption", "points = 1", "status = 'completed' AND points > 1"),
    ),
    Plant(
        "a redemption taken away", "rewards", "P3", "ledger_transfer",
        "DELETE FROM rewards_redemption WHERE merchant_id = %(m)s AND id = "
        "(SELECT source_id FROM ledger_movement t WHERE t.merchant_id = %(m)s AND t.source_kind = 'redemption' "
        "ORDER BY 1 LIMIT 1) RETURNING (SELECT transfer_id FROM ledger_movement t WHERE t.merchant_id = %(m)s "
        "AND t.source_id = rewards_redemption.id ORDER BY 1 LIMIT 1)",
    ),
    Plant(
        "a referral that brought more", "rewards", "R5", "rewards_referralgrant",
        change("rewards_referralgrant", "amount = amount + 20000", "kind <> 'coupon'"),
    ),
    Plant(
        "codes above the limit that nobody approved", "rewards", "I24", "rewards_couponbatch",
        change("rewards_couponbatch", "alone_limit_amount = 1, most_cost_amount = NULL, approval_id = NULL",
               "kind <> 'issued'"),
    ),
    Plant(
        "an approval of coupons that were never made", "rewards", "I24", "merchants_approval",
        "INSERT INTO merchants_approval (merchant_id, id, kind, subject_kind, subject_id, figures, asked_by_id, "
        "asked_by, asked_at, asked_reason, expires_at, state, decided_by_id, decided_by, decided_at, decided_reason) "
        f"VALUES (%(m)s, {NEW_ID}, 'coupons.create', 'coupon_batch', {NEW_ID}, "
        f"'{{\"title\": \"x\", \"most_cost_amount\": null}}', {NEW_ID}, 'x', now(), 'x', "
        f"now() + interval '1 day', 'approved', {NEW_ID}, 'y', now(), 'x') RETURNING id",
    ),
    Plant(
        "a stamp card with one stamp more", "rewards", "R6", "rewards_stampcard",
        change("rewards_stampcard", "progress = progress + 1"),
    ),
    Plant(
        "the proof of a stamp taken away", "rewards", "R6", "rewards_stampcard",
        delete("rewards_stampentry", returning="stamp_card_id"),
    ),
    Plant(
        "points under a cap that no sale gave", "rewards", "I14", "rewards_pointstally",
        change("rewards_pointstake", "points = points - 1", "points > 0 AND counted_day",
                "(SELECT t.id FROM rewards_pointstally t WHERE t.merchant_id = %(m)s AND t.period = 'day' "
                "AND t.member_id = rewards_pointstake.member_id AND t.starts_on = rewards_pointstake.day "
                "AND t.promotion_id IS NOT DISTINCT FROM rewards_pointstake.promotion_id)"),
    ),
    Plant(
        "points beyond what a cap lets a member earn", "rewards", "I14", "rewards_pointstally",
        change("rewards_pointstally", "used_points = 0", "used_points > 0"),
    ),
)  # fmt: skip
