-- What must hold for every message, whoever writes the rows (I17-I20). The guards refuse; they compute nothing.

-- A campaign moves along its own road only.
CREATE FUNCTION campaigns_campaign_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> OLD.state AND (OLD.state || '>' || NEW.state) <> ALL (ARRAY[
        'draft>scheduled', 'draft>running', 'draft>cancelled',
        'scheduled>draft', 'scheduled>preparing', 'scheduled>paused', 'scheduled>cancelled',
        'preparing>running', 'preparing>paused', 'preparing>cancelled',
        'running>paused', 'running>finished', 'running>cancelled',
        'paused>running', 'paused>preparing', 'paused>cancelled',
        'finished>running'
    ]) THEN
        RAISE EXCEPTION 'campaign %: % cannot become %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.frozen_at IS NOT NULL AND NEW.frozen_at IS DISTINCT FROM OLD.frozen_at THEN
        RAISE EXCEPTION 'campaign %: its audience is frozen', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER campaign_moves BEFORE UPDATE ON campaigns_campaign
    FOR EACH ROW EXECUTE FUNCTION campaigns_campaign_moves();

-- The audience is frozen: rows come in while the campaign is being prepared, or into a welcome that is on (I17).
CREATE FUNCTION campaigns_audience_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    late uuid;
BEGIN
    SELECT d.id INTO late
    FROM fresh d
    LEFT JOIN campaigns_campaign c ON c.merchant_id = d.merchant_id AND c.id = d.campaign_id
    WHERE NOT coalesce((c.kind = 'campaign' AND c.state = 'preparing') OR (c.kind <> 'campaign' AND c.state = 'running'), false)
       OR d.state NOT IN ('queued', 'control', 'excluded')
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'delivery %: the campaign takes no more recipients', late
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    SELECT d.id INTO late
    FROM fresh d
    JOIN campaigns_campaign c ON c.merchant_id = d.merchant_id AND c.id = d.campaign_id
    WHERE c.kind = 'campaign' AND d.occasion_key <> ''
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'delivery %: a frozen audience has one occasion', late
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER audience_is_frozen AFTER INSERT ON campaigns_delivery
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION campaigns_audience_is_frozen();

-- Control and excluded stay what they are; what was accepted stays accepted; nobody else's address is put in.
CREATE FUNCTION campaigns_delivery_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> OLD.state AND OLD.state IN ('control', 'excluded', 'accepted') THEN
        RAISE EXCEPTION 'delivery %: % is final', OLD.id, OLD.state USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.state <> OLD.state AND NEW.state IN ('control', 'excluded') THEN
        RAISE EXCEPTION 'delivery %: % is decided when the audience freezes', OLD.id, NEW.state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.campaign_id <> OLD.campaign_id OR NEW.member_id <> OLD.member_id OR NEW.occasion_key <> OLD.occasion_key
        OR (NEW.address_hash IS NOT NULL AND NEW.address_hash IS DISTINCT FROM OLD.address_hash) THEN
        RAISE EXCEPTION 'delivery %: its recipient is frozen', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER delivery_moves BEFORE UPDATE ON campaigns_delivery
    FOR EACH ROW EXECUTE FUNCTION campaigns_delivery_moves();

-- No attempt for a delivery that was not claimed, nor for control, suppressed, unconsented, blocked, erased or
-- over-frequency members (I19).
CREATE FUNCTION campaigns_attempt_is_allowed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    d record;
    refused text;
BEGIN
    SELECT dl.state, dl.campaign_id, dl.member_id, dl.address_hash, c.state AS campaign_state, c.kind, c.frequency_cap_days
    INTO d
    FROM campaigns_delivery dl
    JOIN campaigns_campaign c ON c.merchant_id = dl.merchant_id AND c.id = dl.campaign_id
    WHERE dl.merchant_id = NEW.merchant_id AND dl.id = NEW.delivery_id;
    refused := CASE
        WHEN d.state IS DISTINCT FROM 'sending' THEN 'is ' || coalesce(d.state, 'unknown')
        WHEN d.campaign_state <> 'running' THEN 'belongs to a campaign that is ' || d.campaign_state
        WHEN NEW.state <> 'sending' OR NEW.data_started_at IS NOT NULL THEN 'cannot be tried and over at once'
        WHEN d.address_hash IS NULL THEN 'has no address'
        WHEN EXISTS (
            SELECT 1 FROM messaging_suppressed s
            WHERE s.merchant_id = NEW.merchant_id AND s.address_hash = d.address_hash
        ) THEN 'goes to a suppressed address'
        WHEN NOT EXISTS (
            SELECT 1 FROM members_contact m
            WHERE m.merchant_id = NEW.merchant_id AND m.member_id = d.member_id
              AND m.status = 'active' AND m.promo_email AND m.email IS NOT NULL
        ) THEN 'goes to a member without consent'
        WHEN d.frequency_cap_days > 0 AND EXISTS (
            SELECT 1 FROM campaigns_delivery other
            WHERE other.merchant_id = NEW.merchant_id AND other.member_id = d.member_id
              AND other.campaign_id <> d.campaign_id
              AND (other.state = 'sending'
                   OR other.sent_at > NEW.started_at - make_interval(days => d.frequency_cap_days))
        ) THEN 'goes to a member mailed recently'
    END;
    IF refused IS NOT NULL THEN
        RAISE EXCEPTION 'delivery % %', NEW.delivery_id, refused USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER attempt_is_allowed BEFORE INSERT ON campaigns_attempt
    FOR EACH ROW EXECUTE FUNCTION campaigns_attempt_is_allowed();

-- An attempt ends once; only what nobody knows may still be found out or overruled.
CREATE FUNCTION campaigns_attempt_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.delivery_id <> OLD.delivery_id OR NEW.number <> OLD.number OR NEW.message_id <> OLD.message_id THEN
        RAISE EXCEPTION 'attempt %: it is history', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.state <> OLD.state AND OLD.state <> 'sending'
        AND NOT (OLD.state = 'uncertain' AND NEW.state IN ('accepted', 'deferred', 'failed', 'refused', 'overruled')) THEN
        RAISE EXCEPTION 'attempt %: % cannot become %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.state = 'abandoned' AND NEW.data_started_at IS NOT NULL THEN
        RAISE EXCEPTION 'attempt %: it may have been handed over', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.data_started_at IS NOT NULL AND NEW.data_started_at IS DISTINCT FROM OLD.data_started_at THEN
        RAISE EXCEPTION 'attempt %: it has begun', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER attempt_moves BEFORE UPDATE ON campaigns_attempt
    FOR EACH ROW EXECUTE FUNCTION campaigns_attempt_moves();

-- Who was chosen and what was tried is never removed: without the row somebody would be mailed twice.
CREATE TRIGGER delivery_stays BEFORE DELETE ON campaigns_delivery
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_history();
CREATE TRIGGER attempt_stays BEFORE DELETE ON campaigns_attempt
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_history();
CREATE TRIGGER delivery_table_stays BEFORE TRUNCATE ON campaigns_delivery
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history();
CREATE TRIGGER attempt_table_stays BEFORE TRUNCATE ON campaigns_attempt
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history();
