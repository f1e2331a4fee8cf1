DROP TRIGGER kept_for_ever ON sales_parkedreturn;
DROP TRIGGER moves_forward ON sales_parkedreturn;
DROP FUNCTION sales_parked_return_moves_forward();
