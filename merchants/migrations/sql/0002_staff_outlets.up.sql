-- Only who works for the merchant, or is invited to, is tied to its outlets; an owner is not.
ALTER TABLE merchants_staffoutlet ADD CONSTRAINT staff_outlet_of_membership
    FOREIGN KEY (merchant_id, user_id) REFERENCES merchants_membership (merchant_id, user_id) DEFERRABLE INITIALLY DEFERRED;

CREATE FUNCTION refuse_tied_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM merchants_staffoutlet t
        JOIN merchants_membership m ON m.merchant_id = t.merchant_id AND m.user_id = t.user_id
        WHERE t.merchant_id = NEW.merchant_id AND t.user_id = NEW.user_id AND m.role = 'owner'
    ) THEN
        RAISE EXCEPTION 'an owner works at all outlets' USING ERRCODE = 'check_violation', CONSTRAINT = 'owner_is_not_tied';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER owner_is_not_tied AFTER INSERT OR UPDATE ON merchants_staffoutlet
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_tied_owner();
CREATE CONSTRAINT TRIGGER owner_is_not_tied AFTER UPDATE OF role ON merchants_membership
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_tied_owner();
