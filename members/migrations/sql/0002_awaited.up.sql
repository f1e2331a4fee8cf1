-- Under what a sale was paid never changes, and it is one member who is given the sale: a second one
-- would be given it, too.
CREATE FUNCTION keep_the_awaited_contact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.sale_id, NEW.kind, NEW.contact_hash, NEW.noted_at)
        IS DISTINCT FROM (OLD.sale_id, OLD.kind, OLD.contact_hash, OLD.noted_at) THEN
        RAISE EXCEPTION 'awaited contact %: what a sale was paid under never changes', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.member_id IS NOT NULL AND NEW.member_id IS DISTINCT FROM OLD.member_id THEN
        RAISE EXCEPTION 'awaited contact %: its member has come already', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER keeps_contact BEFORE UPDATE ON members_awaitedmember
    FOR EACH ROW EXECUTE FUNCTION keep_the_awaited_contact();

-- What other apps' checks may read: which sales wait for whom, no contact.
CREATE VIEW members_awaited WITH (security_invoker = true) AS
SELECT merchant_id, id, sale_id, member_id, noted_at FROM members_awaitedmember;
