DROP VIEW sales_purchase;
