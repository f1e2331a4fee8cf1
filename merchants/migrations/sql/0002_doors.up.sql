-- Memberships and till keys are also read before a merchant is known, but never more of them than the door needs: a
-- person at sign-in sees their own memberships, a till the one key it offers. All else is held to the merchant in scope.
ALTER TABLE merchants_membership ENABLE ROW LEVEL SECURITY;
ALTER TABLE merchants_membership FORCE ROW LEVEL SECURITY;
CREATE POLICY merchant_only ON merchants_membership
    USING (merchant_id = (SELECT nullif(current_setting('app.merchant', true), '')::uuid))
    WITH CHECK (merchant_id = (SELECT nullif(current_setting('app.merchant', true), '')::uuid));
CREATE POLICY own_work ON merchants_membership FOR SELECT
    USING (user_id = ANY ((SELECT nullif(current_setting('app.people', true), ''))::uuid[]));
-- An invitation follows its address to another account; access is given in the merchant's scope only.
CREATE POLICY own_invitation ON merchants_membership FOR UPDATE
    USING (NOT is_active AND invited_at IS NOT NULL
           AND user_id = ANY ((SELECT nullif(current_setting('app.people', true), ''))::uuid[]))
    WITH CHECK (NOT is_active AND invited_at IS NOT NULL
                AND user_id = ANY ((SELECT nullif(current_setting('app.people', true), ''))::uuid[]));

ALTER TABLE merchants_tillkey ENABLE ROW LEVEL SECURITY;
ALTER TABLE merchants_tillkey FORCE ROW LEVEL SECURITY;
CREATE POLICY merchant_only ON merchants_tillkey
    USING (merchant_id = (SELECT nullif(current_setting('app.merchant', true), '')::uuid))
    WITH CHECK (merchant_id = (SELECT nullif(current_setting('app.merchant', true), '')::uuid));
CREATE POLICY offered_key ON merchants_tillkey FOR SELECT
    USING (prefix = (SELECT nullif(current_setting('app.till_key', true), '')));

-- merchants_user is global: an address is one account over all merchants. No statement of ours changes two accounts.
CREATE FUNCTION refuse_many_users() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM (SELECT FROM changed LIMIT 2) two) > 1 AND NOT pg_has_role(
        current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE') THEN
        RAISE EXCEPTION 'one statement changes one account' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER one_user_at_a_time AFTER UPDATE ON merchants_user
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refuse_many_users();
CREATE TRIGGER one_user_at_a_time_gone AFTER DELETE ON merchants_user
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refuse_many_users();
