-- A day's counter only grows: turned back, the same till could put more on its members than the merchant allows.
CREATE FUNCTION sales_till_debt_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.till_id, NEW.day) IS DISTINCT FROM (OLD.till_id, OLD.day) OR NEW.owed_amount < OLD.owed_amount THEN
        RAISE EXCEPTION 'debt of till % on %: the counter only grows', OLD.till_id, OLD.day
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER only_grows BEFORE UPDATE ON sales_tilldebtday
    FOR EACH ROW EXECUTE FUNCTION sales_till_debt_only_grows();
CREATE TRIGGER kept_for_ever BEFORE DELETE ON sales_tilldebtday
    FOR EACH ROW EXECUTE FUNCTION sales_delete_refused();
