-- A day's counter is turned back by a sale that came back whole, to what the others left, and by nothing else: the same
-- till could put more on its members than the merchant allows.
CREATE FUNCTION sales_till_debt_counts_what_is_left() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.till_id, NEW.day) IS DISTINCT FROM (OLD.till_id, OLD.day) THEN
        RAISE EXCEPTION 'debt of till % on %: till and day never change', OLD.till_id, OLD.day
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.owed_amount < OLD.owed_amount AND NEW.owed_amount <> (
        SELECT coalesce(sum(t.owed_amount), 0)
        FROM sales_tilldebt t JOIN sales_sale s ON s.merchant_id = t.merchant_id AND s.id = t.sale_id
        WHERE t.merchant_id = NEW.merchant_id AND t.till_id = NEW.till_id AND t.day = NEW.day
          AND s.status NOT IN ('voided', 'refunded'))
    THEN
        RAISE EXCEPTION 'debt of till % on %: its sales leave another sum', OLD.till_id, OLD.day
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER counts_what_is_left BEFORE UPDATE ON sales_tilldebtday
    FOR EACH ROW EXECUTE FUNCTION sales_till_debt_counts_what_is_left();
CREATE TRIGGER kept_for_ever BEFORE DELETE ON sales_tilldebtday
    FOR EACH ROW EXECUTE FUNCTION sales_delete_refused();
