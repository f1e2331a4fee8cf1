-- Outside of its store an invitation passes to another account and changes in nothing else: neither its role, nor its
-- store, nor the address it was sent to. Access that ended stays where it is.
CREATE FUNCTION keep_as_offered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.merchant_id IS DISTINCT FROM nullif(current_setting('app.merchant', true), '')::uuid
       AND to_jsonb(NEW) - 'user_id' IS DISTINCT FROM to_jsonb(OLD) - 'user_id' THEN
        RAISE EXCEPTION 'outside of its store an invitation only changes its account' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER invitation_as_offered BEFORE UPDATE ON merchants_membership
    FOR EACH ROW EXECUTE FUNCTION keep_as_offered();
