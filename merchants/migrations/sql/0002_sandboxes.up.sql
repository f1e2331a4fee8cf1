-- A sandbox stays the sandbox of its shop, has no staff, and every key that opens it says so; no key of a shop does.
ALTER TABLE merchants_merchant ADD CONSTRAINT merchants_merchant_sandbox_fk
    FOREIGN KEY (sandbox_of_id) REFERENCES merchants_merchant (id) DEFERRABLE INITIALLY DEFERRED;
CREATE FUNCTION merchants_sandbox_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.sandbox_of_id IS DISTINCT FROM OLD.sandbox_of_id THEN
        RAISE EXCEPTION 'store % stays what it is, a shop or a sandbox', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.sandbox_of_id IS NOT NULL AND EXISTS (
        SELECT FROM merchants_merchant m WHERE m.id = NEW.sandbox_of_id AND m.sandbox_of_id IS NOT NULL) THEN
        RAISE EXCEPTION 'a sandbox has no sandbox' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER sandbox_stays BEFORE INSERT OR UPDATE OF sandbox_of_id ON merchants_merchant
    FOR EACH ROW EXECUTE FUNCTION merchants_sandbox_stays();

CREATE FUNCTION merchants_sandbox_has_no_staff() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM merchants_merchant m WHERE m.id = NEW.merchant_id AND m.sandbox_of_id IS NOT NULL) THEN
        RAISE EXCEPTION 'a sandbox has no staff' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER sandbox_has_no_staff BEFORE INSERT OR UPDATE OF merchant_id ON merchants_membership
    FOR EACH ROW EXECUTE FUNCTION merchants_sandbox_has_no_staff();

CREATE FUNCTION merchants_test_key_opens_sandbox() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.scopes ? 'test') <> EXISTS (
        SELECT FROM merchants_merchant m WHERE m.id = NEW.merchant_id AND m.sandbox_of_id IS NOT NULL) THEN
        RAISE EXCEPTION 'test keys open sandboxes, other keys shops' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER test_key_opens_sandbox BEFORE INSERT OR UPDATE OF merchant_id, scopes ON merchants_tillkey
    FOR EACH ROW EXECUTE FUNCTION merchants_test_key_opens_sandbox();

-- Which merchants are sandboxes, for the guards of rooms above.
CREATE VIEW merchants_sandbox WITH (security_invoker = true) AS
    SELECT id AS merchant_id, sandbox_of_id FROM merchants_merchant WHERE sandbox_of_id IS NOT NULL;
