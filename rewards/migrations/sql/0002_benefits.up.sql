-- What other apps may read of what promotions gave. security_invoker: the reader's own row security applies.
-- One row per sale, promotion and cause; the sum over a sale is what still counts after its returns. `kind`: given,
-- claimed (when an anonymous sale became a member's) or returned. Gifts are at list price; `spend` is what a budget
-- counts: money, or points for rules that are written in points.
CREATE VIEW rewards_benefit_given WITH (security_invoker = true) AS
SELECT merchant_id,
       sale_id,
       cause_id,
       kind,
       promotion_id,
       version_number,
       coupon_id,
       business_date,
       discount_amount + gift_amount + cashback_amount AS money_amount,
       discount_amount,
       gift_amount,
       cashback_amount,
       points,
       spend
FROM rewards_benefitgiven;
