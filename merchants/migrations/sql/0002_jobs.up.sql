-- A job is asked once, moves forward only, and is not changed once it is over. The worker with the latest fence has it.
CREATE FUNCTION merchants_job_moves_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'waiting' OR NEW.fence <> 0 THEN
            RAISE EXCEPTION 'job % begins waiting', NEW.id USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' THEN
        IF OLD.finished_at IS NULL THEN
            RAISE EXCEPTION 'job % is not over', OLD.id USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN OLD;
    END IF;
    IF OLD.finished_at IS NOT NULL THEN
        RAISE EXCEPTION 'job % is over', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF (NEW.merchant_id, NEW.id, NEW.kind, NEW.parameters, NEW.needs, NEW.language, NEW.asked_by_id, NEW.asked_by,
        NEW.asked_at) IS DISTINCT FROM (OLD.merchant_id, OLD.id, OLD.kind, OLD.parameters, OLD.needs, OLD.language,
        OLD.asked_by_id, OLD.asked_by, OLD.asked_at)
        OR (OLD.cancel_asked_at IS NOT NULL AND NEW.cancel_asked_at IS DISTINCT FROM OLD.cancel_asked_at) THEN
        RAISE EXCEPTION 'job % keeps what was asked', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state = 'waiting' AND NEW.state = 'done' THEN
        RAISE EXCEPTION 'job % was not run', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.fence < OLD.fence OR (OLD.state = 'waiting' AND NEW.state = 'running' AND NEW.fence = OLD.fence) THEN
        RAISE EXCEPTION 'job % is another worker''s', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.file_name <> '' AND NEW.file_bytes <> (
        -- 29 bytes of an encrypted piece are how it was made, nonce and tag.
        SELECT coalesce(sum(octet_length(content) - 29), 0) FROM public.merchants_jobpart
        WHERE merchant_id = NEW.merchant_id AND job_id = NEW.id) THEN
        RAISE EXCEPTION 'job %: its file is not as long as its pieces', NEW.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER moves_forward BEFORE INSERT OR UPDATE OR DELETE ON merchants_job
    FOR EACH ROW EXECUTE FUNCTION merchants_job_moves_forward();

-- A file with the contacts of more members than one person may take alone is made only with the approval of another
-- person, which was given for this very job.
CREATE FUNCTION merchants_job_above_limit_is_approved() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    alone integer;
BEGIN
    SELECT export_alone_members INTO alone FROM public.merchants_merchant WHERE id = NEW.merchant_id;
    IF (NEW.parameters ->> 'limit')::integer IS DISTINCT FROM alone THEN
        RAISE EXCEPTION 'job %: another limit is in force', NEW.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF alone IS NOT NULL AND coalesce((NEW.parameters ->> 'count')::bigint > alone, true) AND NOT EXISTS (
        SELECT FROM public.merchants_approval
        WHERE merchant_id = NEW.merchant_id AND kind = 'members.export' AND subject_id = NEW.id
          AND state = 'approved') THEN
        RAISE EXCEPTION 'job %: nobody approved it', NEW.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER above_limit_is_approved BEFORE INSERT ON merchants_job
    FOR EACH ROW WHEN (NEW.kind = 'members_export' AND (NEW.parameters ->> 'in_full')::boolean)
    EXECUTE FUNCTION merchants_job_above_limit_is_approved();

-- A file grows while its job runs, encrypted, never changes, and is dropped only when the job is over.
CREATE FUNCTION merchants_job_part_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    runs boolean;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        RAISE EXCEPTION 'a piece of a file is not changed' USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        SELECT state = 'running' INTO runs FROM public.merchants_job
            WHERE merchant_id = NEW.merchant_id AND id = NEW.job_id;
        IF runs IS DISTINCT FROM true THEN
            RAISE EXCEPTION 'job % does not run', NEW.job_id USING ERRCODE = 'restrict_violation';
        END IF;
        -- Plain text never begins with the byte that says how a piece was encrypted (common/secrets.py).
        IF octet_length(NEW.content) < 29 OR get_byte(NEW.content, 0) <> 2 THEN
            RAISE EXCEPTION 'a piece of a file is kept encrypted' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    PERFORM 1 FROM public.merchants_job
        WHERE merchant_id = OLD.merchant_id AND id = OLD.job_id AND finished_at IS NULL;
    IF FOUND THEN
        RAISE EXCEPTION 'job % is not over', OLD.job_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER is_kept BEFORE INSERT OR UPDATE OR DELETE ON merchants_jobpart
    FOR EACH ROW EXECUTE FUNCTION merchants_job_part_is_kept();
