# ruff: noqa: S608, E501 - statements of our own, one to a line
"""What was taken back, gifts on their way, slots of offers, codes: the rest of rewards."""

from __future__ import annotations

from typing import Final

from loyalty.planted.plant import NEW_ID, Plant, change, delete, row_of

GIFTS: Final = (
    Plant(
        "a gift's last step taken away", "rewards", "P3", "rewards_redemption",
        delete("rewards_redemptionstep", "NOT EXISTS (SELECT FROM rewards_redemptionstep l WHERE l.merchant_id = %(m)s "
               "AND l.redemption_id = rewards_redemptionstep.redemption_id "
               "AND l.number > rewards_redemptionstep.number)", "redemption_id"),
    ),
    Plant(
        "a gift's first step taken away", "rewards", "P3", "rewards_redemptionstep",
        "WITH gone AS (DELETE FROM rewards_redemptionstep WHERE merchant_id = %(m)s AND id = "
        + row_of("rewards_redemptionstep", "number = 1") + " RETURNING redemption_id) SELECT s.id FROM "
        "rewards_redemptionstep s JOIN gone ON gone.redemption_id = s.redemption_id "
        "WHERE s.merchant_id = %(m)s AND s.number = 2",
    ),
    Plant(
        "a step of a gift from where it never was", "rewards", "P3", "rewards_redemptionstep",
        change("rewards_redemptionstep", "from_state = 'shipped'"),
    ),
    Plant(
        "a coupon that was taken back and is good again", "rewards", "R6", "rewards_couponclawback",
        change("rewards_coupon",
               "state = 'issued'",
               "id IN (SELECT x.coupon_id FROM rewards_couponclawback x WHERE x.merchant_id = %(m)s AND NOT x.failed)",
               "(SELECT min(x.id::text) FROM rewards_couponclawback x WHERE x.merchant_id = %(m)s AND x.coupon_id = rewards_coupon.id)"),
    ),
    Plant(
        "the proof that a referral was taken back taken away", "rewards", "R5", "rewards_referral",
        delete("rewards_referralclawback", returning="referral_id"),
    ),
    Plant(
        "a referral that was taken back and took nothing", "rewards", "R5", "rewards_referral",
        change("rewards_referralclawback",
               "taken = 0",
               "taken > 0",
               "referral_id"),
    ),
    Plant(
        "a referral's grant taken away", "rewards", "R5", "rewards_referral",
        delete("rewards_referralgrant", returning="referral_id"),
    ),
    Plant(
        "an offer used once more than a member may", "rewards", "I13", "rewards_promotionuse",
        change("rewards_promotionuse",
               "slot = slot_limit + 1",
               "slot_limit IS NOT NULL"),
    ),
    Plant(
        "an offer's use that gives back more than it took", "rewards", "I14", "rewards_promotionuse",
        change("rewards_promotionuse", "taken = spend - 1"),
    ),
    Plant(
        "points under a cap that give back more than they took", "rewards", "I14", "rewards_pointstake",
        change("rewards_pointstake", "taken = points - 1"),
    ),
    Plant(
        "a coupon's code in the clear", "rewards", "I16", "rewards_coupon",
        change("rewards_coupon", "code_hmac = 'PLAIN'"),
    ),
    Plant(
        "a gift card's code in the clear", "rewards", "I16", "rewards_giftcard",
        change("rewards_giftcard", "code_hmac = 'PLAIN'"),
    ),
    Plant(
        "a second coupon for the same occasion", "rewards", "I20", "rewards_coupon",
        "DROP INDEX coupon_occasion_once; UPDATE rewards_coupon SET source_id = '00000000-0000-7000-8000-00000000abcd', "
        "member_id = " + row_of("members_member") + " WHERE merchant_id = %(m)s AND id IN (SELECT id FROM rewards_coupon "
        "WHERE merchant_id = %(m)s ORDER BY id LIMIT 2) RETURNING (SELECT max(id::text) FROM (SELECT id FROM "
        "rewards_coupon WHERE merchant_id = %(m)s ORDER BY id LIMIT 2) two)",
    ),
    Plant(
        "a top-up that is another's money", "rewards", "I8", "ledger_transfer",
        change("ledger_transfer",
               f"source_id = {NEW_ID}",
               "source_kind = 'top_up'"),
    ),
    Plant(
        "a batch of coupons with one more", "rewards", "R6", "rewards_couponbatch",
        change("rewards_couponbatch", "kind = 'codes', made = made + 1000000"),
    ),
    Plant(
        "more stamps back than there were", "rewards", "R6", "rewards_stampentry",
        change("rewards_stampentry",
               "change = -1000",
               "kind = 'earn'",
               "(SELECT max(x.id::text) FROM rewards_stampentry x WHERE x.merchant_id = %(m)s AND x.kind IN ('earn', 'return') AND x.stamp_card_id = rewards_stampentry.stamp_card_id AND x.sale_id = rewards_stampentry.sale_id AND x.promotion_id = rewards_stampentry.promotion_id)"),
    ),
    Plant(
        "days of a moment that nobody has", "rewards", "moments", "rewards_momentdates",
        "INSERT INTO rewards_momentdates (merchant_id, id, moment, year, number, first_on, last_on, set_at, set_by) "
        f"SELECT %(m)s, {NEW_ID}, 'planted', 2026, 1, current_date, current_date, now(), 'x' RETURNING id",
    ),
)  # fmt: skip
