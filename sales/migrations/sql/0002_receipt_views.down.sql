DROP VIEW sales_line;
DROP VIEW sales_receipt;
