-- A card goes one way: it waits, is in force, is ended. Nothing makes an ended card open again, confirms one that was
-- ended, or lets a token pass from one member to another.
CREATE FUNCTION keep_the_way_of_a_card() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.member_id <> OLD.member_id OR NEW.token_hash <> OLD.token_hash OR NEW.issued_at <> OLD.issued_at THEN
        RAISE EXCEPTION 'card %: a card keeps its member, its token and its day', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at THEN
        RAISE EXCEPTION 'card %: a card that was ended stays ended', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.confirmed_at IS DISTINCT FROM OLD.confirmed_at
        AND (OLD.confirmed_at IS NOT NULL OR OLD.revoked_at IS NOT NULL OR NEW.revoked_at IS NOT NULL) THEN
        RAISE EXCEPTION 'card %: only a waiting card is confirmed, and once', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER way_of_card BEFORE UPDATE ON members_card
    FOR EACH ROW EXECUTE FUNCTION keep_the_way_of_a_card();
