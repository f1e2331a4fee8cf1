DROP VIEW rewards_coupon_use;
