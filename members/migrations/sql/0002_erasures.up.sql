-- An erased member stays erased; a CHECK holds that nothing personal is left or comes back.
CREATE FUNCTION keep_member_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'member % was erased', OLD.id USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER member_stays_erased BEFORE UPDATE ON members_member FOR EACH ROW
    WHEN (OLD.status = 'erased' AND (NEW.status <> 'erased' OR NEW.erased_at IS DISTINCT FROM OLD.erased_at
        OR NEW.number <> OLD.number)) EXECUTE FUNCTION keep_member_erased();

-- A contact that was given up is never changed, and kept for as long as its member is not erased, or merged into one.
CREATE FUNCTION keep_former_contact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (
        SELECT FROM members_member m
        LEFT JOIN members_member s ON s.merchant_id = m.merchant_id AND s.id = m.merged_into_id
        WHERE m.merchant_id = OLD.merchant_id AND m.id = OLD.member_id AND 'erased' IN (m.status, s.status))
    THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% of % refused: rows of this table are never changed', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER former_contact_is_kept BEFORE UPDATE OR DELETE ON members_formercontact
    FOR EACH ROW EXECUTE FUNCTION keep_former_contact();
