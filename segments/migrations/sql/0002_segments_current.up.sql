-- The published snapshot, one row per buyer: what other apps may read of segments.
-- A member without purchases has no row. security_invoker: the reader's own row security applies.
CREATE VIEW segments_current WITH (security_invoker = true) AS
SELECT standing.merchant_id,
       standing.member_id,
       standing.segment,
       standing.first_purchase_on,
       standing.last_purchase_on,
       pointer.business_date - standing.last_purchase_on AS recency_days,
       standing.purchase_count,
       standing.window_purchases,
       standing.spend_amount,
       standing.recency AS r,
       standing.frequency AS f,
       standing.monetary AS m,
       pointer.business_date,
       pointer.run_number
FROM segments_segmentpointer AS pointer
JOIN segments_segmentmembership AS standing
  ON standing.merchant_id = pointer.merchant_id
 AND standing.from_run <= pointer.run_number
 AND standing.until_run > pointer.run_number;
