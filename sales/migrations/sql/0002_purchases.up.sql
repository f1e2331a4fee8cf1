-- One row per sale of a member over 0: what points, tiers, RFM and campaign reports read.
-- `changed_at`: when we last learned something about the sale; a query without it does not pay for it.
-- security_invoker: the reader's own row security applies, not the view owner's.
CREATE VIEW sales_purchase WITH (security_invoker = true) AS
SELECT merchant_id,
       id AS sale_id,
       member_id,
       occurred_at,
       business_date,
       outlet_id,
       total_amount AS gross_amount,
       total_amount - refunded_amount AS net_amount,
       points_earned - points_reversed AS points_earned,
       total_amount > refunded_amount AS is_purchase,
       greatest(received_at, claimed_at, (
           SELECT max(refund.received_at) FROM sales_refund AS refund
           WHERE refund.merchant_id = sales_sale.merchant_id AND refund.sale_id = sales_sale.id
       )) AS changed_at
FROM sales_sale
WHERE member_id IS NOT NULL AND total_amount > 0;

-- The same purchases by what counts of them as the member's spending: what tiers and the member's own figures read.
CREATE VIEW sales_spend WITH (security_invoker = true) AS
SELECT merchant_id,
       id AS sale_id,
       member_id,
       occurred_at,
       business_date,
       total_amount - refunded_amount + spend_change_amount - spend_change_returned_amount AS net_amount,
       points_earned - points_reversed AS points_earned,
       total_amount > refunded_amount AS is_purchase
FROM sales_sale
WHERE member_id IS NOT NULL AND total_amount > 0;
