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
