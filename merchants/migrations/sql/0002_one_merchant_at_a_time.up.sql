-- merchants_merchant is global: no policy narrows a statement to one store. A forgotten WHERE must not change them all,
-- so the application role changes one store with one statement. The owner migrates freely.
CREATE FUNCTION refuse_many_merchants() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM (SELECT FROM changed LIMIT 2) two) > 1 AND NOT pg_has_role(
        current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE') THEN
        RAISE EXCEPTION 'one statement changes one store' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER one_merchant_at_a_time AFTER UPDATE ON merchants_merchant
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refuse_many_merchants();
CREATE TRIGGER one_merchant_at_a_time_gone AFTER DELETE ON merchants_merchant
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refuse_many_merchants();
