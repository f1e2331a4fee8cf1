DROP TRIGGER kept_for_ever ON sales_tilldebtday;
DROP TRIGGER counts_what_is_left ON sales_tilldebtday;
DROP FUNCTION sales_till_debt_counts_what_is_left();
