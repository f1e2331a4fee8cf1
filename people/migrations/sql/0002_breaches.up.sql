-- What is known of a breach stays: nothing of a closed one changes, and nothing of what happened once the letters have
-- left. Words that name a person who is erased may be emptied.
CREATE FUNCTION keep_breach() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    words constant text[] := '{details,measures_note,contact,reported_by,subject_indonesian,text_indonesian,subject_english,text_english,authority_note}';
    steps constant text[] := '{state,sent_at,sent_by,authority_told_at,authority_note,authority_by,closed_at,closed_by}';
    before jsonb := to_jsonb(OLD);
    after jsonb;
    word text;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'breach % is kept', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    after := to_jsonb(NEW);
    IF (OLD.state = 'sent' AND NEW.state = 'open') OR (OLD.state = 'closed' AND NEW.state <> 'closed')
       OR (after -> 'merchant_id', after -> 'id', after -> 'recorded_at', after -> 'recorded_by', after -> 'recorded_by_id')
          IS DISTINCT FROM
          (before -> 'merchant_id', before -> 'id', before -> 'recorded_at', before -> 'recorded_by', before -> 'recorded_by_id')
       OR (OLD.sent_at IS NOT NULL AND (NEW.sent_at, NEW.sent_by) IS DISTINCT FROM (OLD.sent_at, OLD.sent_by))
    THEN
        RAISE EXCEPTION 'breach %: no step is taken back', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state = 'open' THEN
        RETURN NEW;
    END IF;
    FOREACH word IN ARRAY words LOOP
        IF after ->> word = '' OR (OLD.state = 'sent' AND word = ANY (steps)) THEN
            before := before - word;
            after := after - word;
        END IF;
    END LOOP;
    IF OLD.state = 'sent' THEN
        before := before - steps;
        after := after - steps;
    END IF;
    IF before IS DISTINCT FROM after THEN
        RAISE EXCEPTION 'breach %: its letters have left, or it is closed', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER breach_is_kept BEFORE UPDATE OR DELETE ON people_breach
    FOR EACH ROW EXECUTE FUNCTION keep_breach();

-- Who was touched stays with a closed breach, and who was informed stays informed; a merge may pass the place to the survivor.
CREATE FUNCTION keep_touched_member() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    mine people_touchedmember := coalesce(NEW, OLD);
    breach_state text;
BEGIN
    SELECT b.state INTO breach_state FROM people_breach b WHERE b.merchant_id = mine.merchant_id AND b.id = mine.breach_id;
    IF TG_OP = 'INSERT' THEN
        IF breach_state IS DISTINCT FROM 'closed' AND NEW.channel = '' AND NEW.told_at IS NULL THEN
            RETURN NEW;
        END IF;
    ELSIF TG_OP = 'DELETE' THEN
        IF breach_state IS DISTINCT FROM 'closed' AND OLD.channel = '' AND OLD.told_at IS NULL THEN
            RETURN OLD;
        END IF;
    ELSIF (to_jsonb(NEW) - '{member_id,channel,message_id,told_at,told_by,told_by_staff}'::text[])
          IS NOT DISTINCT FROM (to_jsonb(OLD) - '{member_id,channel,message_id,told_at,told_by,told_by_staff}'::text[])
       AND passes_with_merge(NEW.merchant_id, OLD.member_id, NEW.member_id)
       AND NOT (NEW.channel = '' AND OLD.channel <> '')
       AND (OLD.told_at IS NULL OR (NEW.told_at, NEW.told_by, NEW.told_by_staff) = (OLD.told_at, OLD.told_by, OLD.told_by_staff))
       AND (breach_state IS DISTINCT FROM 'closed'
            OR (to_jsonb(NEW) - 'member_id') IS NOT DISTINCT FROM (to_jsonb(OLD) - 'member_id'))
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'member % of breach % is kept as it is', mine.member_id, mine.breach_id
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER touched_member_is_kept BEFORE INSERT OR UPDATE OR DELETE ON people_touchedmember
    FOR EACH ROW EXECUTE FUNCTION keep_touched_member();
