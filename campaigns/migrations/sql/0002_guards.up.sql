-- What must hold for every message, no matter who writes the rows (I17-I20). The guards refuse; they compute nothing.

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

-- The audience is frozen: rows come in while the campaign is being prepared, or into a standing one that is on; a frozen
-- audience knows one occasion (I17).
CREATE FUNCTION campaigns_audience_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    late uuid;
BEGIN
    SELECT d.id INTO late
    FROM fresh d
    LEFT JOIN campaigns_campaign c ON c.merchant_id = d.merchant_id AND c.id = d.campaign_id
    WHERE NOT coalesce((c.kind = 'campaign' AND c.state = 'preparing') OR (c.kind <> 'campaign' AND c.state = 'running'), false)
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

-- Who is treated, held back or left out stays so; no other person's address is put in.
CREATE FUNCTION campaigns_delivery_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.place <> OLD.place THEN
        RAISE EXCEPTION 'delivery %: % is final', OLD.id, OLD.place USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.campaign_id <> OLD.campaign_id OR NOT passes_with_merge(NEW.merchant_id, OLD.member_id, NEW.member_id)
        OR NEW.occasion_key <> OLD.occasion_key
        OR (NEW.address_hash IS NOT NULL AND NEW.address_hash IS DISTINCT FROM OLD.address_hash) THEN
        RAISE EXCEPTION 'delivery %: its recipient is frozen', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER delivery_moves BEFORE UPDATE ON campaigns_delivery
    FOR EACH ROW EXECUTE FUNCTION campaigns_delivery_moves();

-- A campaign's message goes to whom it was drawn for: never to control, nor to who was left out (I19). Messaging knows
-- no campaigns, so this guard on its table is theirs.
CREATE FUNCTION campaigns_message_was_drawn() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    astray record;
BEGIN
    SELECT m.id, coalesce(d.place, 'not in it') AS place INTO astray
    FROM fresh m
    JOIN campaigns_campaign c ON c.merchant_id = m.merchant_id AND c.id = m.dispatch_id
    LEFT JOIN campaigns_delivery d ON d.merchant_id = m.merchant_id AND d.id = m.id AND d.campaign_id = m.dispatch_id
        AND d.member_id = m.member_id AND d.occasion_key = m.occasion_key
    WHERE d.place IS DISTINCT FROM 'treated'
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'message %: its member is %', astray.id, astray.place
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER message_was_drawn AFTER INSERT ON messaging_message
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION campaigns_message_was_drawn();

-- Who was chosen is never removed: without the row a member would be mailed twice.
CREATE TRIGGER delivery_stays BEFORE DELETE ON campaigns_delivery
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_history();
CREATE TRIGGER delivery_table_stays BEFORE TRUNCATE ON campaigns_delivery
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history();

-- Each place and the state of its message, for pages and reports.
CREATE VIEW campaigns_recipient WITH (security_invoker = true) AS
SELECT d.merchant_id, d.id, d.campaign_id, d.member_id, d.occasion_key, d.address_hash, d.place, d.measured_from,
       d.created_at, CASE WHEN d.place = 'treated' THEN coalesce(o.state, 'queued') ELSE d.place END AS state,
       CASE WHEN d.place = 'treated' THEN coalesce(o.reason, '') ELSE d.reason END AS reason, o.due_at, o.sent_at
FROM campaigns_delivery d
LEFT JOIN messaging_outcome o ON o.merchant_id = d.merchant_id AND o.message_id = d.id;
