DROP TRIGGER kept_for_ever ON sales_tilldebtday;
DROP TRIGGER only_grows ON sales_tilldebtday;
DROP FUNCTION sales_till_debt_only_grows();
