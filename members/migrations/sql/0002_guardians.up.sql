-- What a parent or guardian agreed for a child never changes: it ends once. Erasure empties the name; a merge may hand the
-- row to the survivor.
CREATE FUNCTION keep_guardian() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NOT passes_with_merge(NEW.merchant_id, OLD.member_id, NEW.member_id)
       OR NEW.name NOT IN ('', OLD.name)
       OR (OLD.ended_at IS NOT NULL AND (NEW.ended_at, NEW.ended_by) IS DISTINCT FROM (OLD.ended_at, OLD.ended_by))
       OR (to_jsonb(NEW) - '{member_id,name,ended_at,ended_by}'::text[])
          IS DISTINCT FROM (to_jsonb(OLD) - '{member_id,name,ended_at,ended_by}'::text[])
    THEN
        RAISE EXCEPTION 'what was agreed for member % is kept', OLD.member_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guardian_is_kept BEFORE UPDATE OR DELETE ON members_guardian
    FOR EACH ROW EXECUTE FUNCTION keep_guardian();

-- A child's yes counts only with the word of a parent or guardian.
CREATE FUNCTION refuse_childs_consent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM members_child c WHERE c.merchant_id = NEW.merchant_id AND c.member_id = NEW.member_id
          AND c.adult_at > NEW.at)
       AND NOT EXISTS (
        SELECT FROM members_guardian g WHERE g.merchant_id = NEW.merchant_id AND g.member_id = NEW.member_id
          AND g.ended_at IS NULL)
    THEN
        RAISE EXCEPTION 'member % is a child, and no parent or guardian has agreed', NEW.member_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER consent_of_child_needs_guardian BEFORE INSERT ON members_consent
    FOR EACH ROW WHEN (NEW.granted) EXECUTE FUNCTION refuse_childs_consent();
