-- What other apps may read of sales besides `sales_purchase`. security_invoker: the reader's own row security applies.

-- One row per receipt, with or without a member, voided ones too. `net_…` is what is left after returns; `hour` is the
-- hour (0 to 23) on the wall of the outlet. Amounts of goods hold the tax and service charge that are in their prices and
-- nothing that is on top of them. `tax_amount`, `service_amount`, `tip_amount` and `rounding_amount` are the bill as it was
-- taken, `net_tax_amount` and the others what the returns left of it: tax and service go back with their goods, a tip and a
-- rounding up with the last of them. What was rounded down is below 0, and 0 again once more would be handed back than was paid.
-- The refunds are summed only for a reader of `net_tax_amount` and the others: one row by one aggregate, which PostgreSQL
-- leaves out of any other query.
CREATE VIEW sales_receipt WITH (security_invoker = true) AS
SELECT sale.merchant_id,
       sale.id AS sale_id,
       sale.reference,
       sale.member_id,
       sale.outlet_id,
       sale.till_id,
       sale.source,
       sale.status,
       sale.occurred_at,
       sale.business_date,
       extract(hour FROM sale.occurred_at AT TIME ZONE outlet.timezone)::int AS hour,
       sale.subtotal_amount,
       sale.discount_amount,
       sale.total_amount,
       sale.total_amount - sale.refunded_amount AS net_amount,
       sale.tax_amount,
       sale.service_amount,
       sale.tip_amount,
       sale.rounding_amount,
       sale.tax_amount - back.tax_amount AS net_tax_amount,
       sale.service_amount - back.service_amount AS net_service_amount,
       sale.tip_amount - back.tip_amount AS net_tip_amount,
       sale.rounding_amount - back.rounding_amount AS net_rounding_amount,
       sale.prices_include_tax,
       sale.prices_include_service,
       sale.points_earned - sale.points_reversed AS net_points_earned,
       sale.points_redeemed - sale.points_returned AS net_points_redeemed
FROM sales_sale AS sale
JOIN merchants_outlet AS outlet ON outlet.merchant_id = sale.merchant_id AND outlet.id = sale.outlet_id
LEFT JOIN LATERAL (
    SELECT coalesce(sum(refund.tax_amount), 0)::bigint AS tax_amount,
           coalesce(sum(refund.service_amount), 0)::bigint AS service_amount,
           coalesce(sum(refund.tip_amount), 0)::bigint AS tip_amount,
           coalesce(sum(refund.rounding_amount), 0)::bigint AS rounding_amount
    FROM sales_refund AS refund
    WHERE refund.merchant_id = sale.merchant_id AND refund.sale_id = sale.id
) AS back ON true;

-- One row per line. `net_quantity`, `net_amount` and `net_cost_amount` are what is left after returns. An offer's
-- benefit is spread over all units that took part, so `net_amount` of one line may fall below 0; over a receipt it adds
-- up to that of `sales_receipt`. `cost_amount` is the cost of one unit as the till sent it, NULL where it sent none.
-- `tax_amount` and `service_amount` are the line's as they were taken, before returns. What came back of them is known by
-- receipt only (`sales_receipt.net_tax_amount`): equal goods in several rows go back alike, whichever row names them.
--
-- OFFSET 0 keeps the lines' look-up receipt by receipt: a filter on business_date, member_id or sale_id reaches an index
-- of the sales, and an index of the lines for each of them. Joined freely, PostgreSQL reads all lines ever sold for the
-- ten days of one merchant. A caller that filters by sku should filter by days too.
CREATE VIEW sales_line WITH (security_invoker = true) AS
SELECT sale.merchant_id,
       sale.id AS sale_id,
       line.id AS line_id,
       line.position,
       sale.member_id,
       sale.outlet_id,
       sale.status,
       sale.occurred_at,
       sale.business_date,
       extract(hour FROM sale.occurred_at AT TIME ZONE outlet.timezone)::int AS hour,
       line.sku,
       line.name,
       line.category,
       line.quantity,
       line.unit_amount,
       line.subtotal_amount,
       line.discount_amount,
       line.total_amount,
       line.tax_amount,
       line.service_amount,
       line.cost_amount,
       line.quantity - line.returned_quantity AS net_quantity,
       line.total_amount - line.returned_amount AS net_amount,
       line.cost_amount * (line.quantity - line.returned_quantity) AS net_cost_amount
FROM sales_sale AS sale
JOIN merchants_outlet AS outlet ON outlet.merchant_id = sale.merchant_id AND outlet.id = sale.outlet_id
CROSS JOIN LATERAL (
    SELECT part.* FROM sales_saleline AS part
    WHERE part.merchant_id = sale.merchant_id AND part.sale_id = sale.id OFFSET 0
) AS line;
