-- What proves an address and what a person signs in with are global tables too: no statement of the application role
-- changes those of two accounts.
CREATE FUNCTION refuse_many_accounts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM (SELECT DISTINCT user_id FROM changed LIMIT 2) two) > 1 AND NOT pg_has_role(
        current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE') THEN
        RAISE EXCEPTION 'one statement changes one account' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER one_account_at_a_time AFTER UPDATE ON account_emailaddress
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refuse_many_accounts();
CREATE TRIGGER one_account_at_a_time_gone AFTER DELETE ON account_emailaddress
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refuse_many_accounts();
CREATE TRIGGER one_account_at_a_time AFTER UPDATE ON mfa_authenticator
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refuse_many_accounts();
CREATE TRIGGER one_account_at_a_time_gone AFTER DELETE ON mfa_authenticator
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refuse_many_accounts();
