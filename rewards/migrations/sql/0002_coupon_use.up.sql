-- Standing uses of coupons that a source (a campaign) gave out, for figures of other apps.
-- security_invoker: the reader's own row security applies.
CREATE VIEW rewards_coupon_use WITH (security_invoker = true) AS
SELECT used.merchant_id, coupon.source_id, used.coupon_id, used.sale_id, used.discount_amount, used.sale_amount,
       used.redeemed_at
FROM rewards_couponredemption AS used
JOIN rewards_coupon AS coupon ON coupon.merchant_id = used.merchant_id AND coupon.id = used.coupon_id
WHERE used.reinstated_at IS NULL AND coupon.source_id IS NOT NULL;
