-- What a member asked is never changed and never deleted; a closed request stays closed. Of what was written about it
-- only the note may go, which erasure empties; a merge may hand the request to the survivor.
CREATE FUNCTION keep_data_request() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'request % about the data of member % is kept', OLD.id, OLD.member_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF (to_jsonb(NEW) - '{member_id,state,done,ground,note,closed_at,closed_by_id,closed_by}'::text[])
       IS DISTINCT FROM (to_jsonb(OLD) - '{member_id,state,done,ground,note,closed_at,closed_by_id,closed_by}'::text[])
       OR (OLD.state <> 'open' AND (
            (to_jsonb(NEW) - '{member_id,note}'::text[]) IS DISTINCT FROM (to_jsonb(OLD) - '{member_id,note}'::text[])
            OR NEW.note NOT IN ('', OLD.note)))
    THEN
        RAISE EXCEPTION 'request % about the data of member %: what was asked, or how it was closed, never changes',
            OLD.id, OLD.member_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER data_request_is_kept BEFORE UPDATE OR DELETE ON members_datarequest
    FOR EACH ROW EXECUTE FUNCTION keep_data_request();

-- Who looked at a member is said to the member: no look is taken off, and none is moved to another person or day.
CREATE FUNCTION keep_viewing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.times < OLD.times OR NEW.last_at < OLD.last_at
       OR (to_jsonb(NEW) - '{member_id,times,last_at}'::text[])
          IS DISTINCT FROM (to_jsonb(OLD) - '{member_id,times,last_at}'::text[])
    THEN
        RAISE EXCEPTION 'viewing % of member % is kept', OLD.id, OLD.member_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER viewing_is_kept BEFORE UPDATE OR DELETE ON members_viewing
    FOR EACH ROW EXECUTE FUNCTION keep_viewing();
