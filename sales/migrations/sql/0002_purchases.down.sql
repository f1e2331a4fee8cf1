DROP VIEW sales_spend;
DROP VIEW sales_purchase;
