-- An approval is asked once and closed once. What was asked never changes, what was decided never changes, and nothing
-- of it is deleted. CHECK constraints hold that another person decides, and in time.
CREATE FUNCTION merchants_approval_is_decided_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'waiting' THEN
            RAISE EXCEPTION 'approval % begins waiting', NEW.id USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'approval % is kept for ever', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    -- When a person is erased, what was typed about them goes; nothing else changes.
    IF (to_jsonb(NEW) - '{asked_reason,decided_reason,figures}'::text[])
            = (to_jsonb(OLD) - '{asked_reason,decided_reason,figures}'::text[])
        AND NEW.asked_reason IN ('', OLD.asked_reason) AND NEW.decided_reason IN ('', OLD.decided_reason)
        AND (NEW.figures = OLD.figures
             OR (NEW.figures - 'note' = OLD.figures - 'note' AND NEW.figures ->> 'note' = '')) THEN
        RETURN NEW;
    END IF;
    IF OLD.state <> 'waiting' THEN
        RAISE EXCEPTION 'approval % is % already', OLD.id, OLD.state USING ERRCODE = 'restrict_violation';
    END IF;
    IF (NEW.merchant_id, NEW.id, NEW.kind, NEW.subject_kind, NEW.subject_id, NEW.figures, NEW.asker_kind, NEW.asked_by_id, NEW.asked_by,
        NEW.asked_at, NEW.asked_reason, NEW.expires_at) IS DISTINCT FROM (OLD.merchant_id, OLD.id, OLD.kind,
        OLD.subject_kind, OLD.subject_id, OLD.figures, OLD.asker_kind, OLD.asked_by_id, OLD.asked_by, OLD.asked_at, OLD.asked_reason,
        OLD.expires_at) THEN
        RAISE EXCEPTION 'approval % keeps what was asked', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER is_decided_once BEFORE INSERT OR UPDATE OR DELETE ON merchants_approval
    FOR EACH ROW EXECUTE FUNCTION merchants_approval_is_decided_once();
