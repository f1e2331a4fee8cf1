-- What must hold for every message, no matter who asked for it or writes the rows (I18, I19). The guards refuse;
-- they compute nothing.

-- A message begins as one that waits, for a dispatch that still takes some and whose purpose is its own.
CREATE FUNCTION messaging_message_begins() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    astray uuid;
BEGIN
    SELECT m.id INTO astray
    FROM fresh m
    LEFT JOIN messaging_dispatch p ON p.merchant_id = m.merchant_id AND p.id = m.dispatch_id
    WHERE m.state <> 'queued' OR m.tries <> 0 OR m.sent_at IS NOT NULL
       OR p.state IS NULL OR p.state = 'closed' OR p.purpose <> m.purpose
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'message %: it does not wait for a dispatch of its purpose', astray
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER message_begins AFTER INSERT ON messaging_message
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION messaging_message_begins();

-- What was accepted stays accepted; no other person's address is put in, and none is taken out before the message is over.
CREATE FUNCTION messaging_message_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> OLD.state AND OLD.state = 'accepted' THEN
        RAISE EXCEPTION 'message %: accepted is final', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.dispatch_id <> OLD.dispatch_id OR NEW.purpose <> OLD.purpose OR NEW.channel <> OLD.channel
        OR NOT passes_with_merge(NEW.merchant_id, OLD.member_id, NEW.member_id)
        OR NEW.occasion_key <> OLD.occasion_key
        OR NEW.cap_days <> OLD.cap_days
        OR (NEW.recipient_encrypted IS NOT NULL AND NEW.recipient_encrypted IS DISTINCT FROM OLD.recipient_encrypted)
        OR (NEW.recipient_encrypted IS NULL AND OLD.recipient_encrypted IS NOT NULL
            AND NEW.state NOT IN ('accepted', 'cancelled', 'failed', 'suppressed'))
        OR (NEW.address_hash IS NOT NULL AND NEW.address_hash IS DISTINCT FROM OLD.address_hash) THEN
        RAISE EXCEPTION 'message %: its recipient is frozen', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER message_moves BEFORE UPDATE ON messaging_message
    FOR EACH ROW EXECUTE FUNCTION messaging_message_moves();

-- A closed dispatch stays closed.
CREATE FUNCTION messaging_dispatch_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'closed' AND NEW.state <> 'closed' OR NEW.purpose <> OLD.purpose THEN
        RAISE EXCEPTION 'dispatch %: it is closed, and what it is for stays', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER dispatch_moves BEFORE UPDATE ON messaging_dispatch
    FOR EACH ROW EXECUTE FUNCTION messaging_dispatch_moves();

-- The one guard of all channels: no attempt for a message that was not claimed (the claim is the fence: the one who holds it
-- is alone), nor of a dispatch that is held, nor to suppressed, unconsented, blocked, erased or over-frequency
-- recipients (I19). Consent is known for e-mail with offers; what is sent of the program itself, such as the link of a card, needs it too, and a
-- purpose without a known consent is refused. What a law makes the shop tell (notice) needs none, and goes to who is blocked as well.
-- No offer goes to a child.
CREATE FUNCTION messaging_attempt_is_allowed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    m record;
    refused text;
BEGIN
    SELECT msg.state, msg.dispatch_id, msg.member_id, msg.address_hash, msg.purpose, msg.channel, msg.cap_days,
           p.state AS dispatch_state
    INTO m
    FROM messaging_message msg
    JOIN messaging_dispatch p ON p.merchant_id = msg.merchant_id AND p.id = msg.dispatch_id
    WHERE msg.merchant_id = NEW.merchant_id AND msg.id = NEW.message_id;
    refused := CASE
        WHEN m.state IS DISTINCT FROM 'sending' THEN 'is ' || coalesce(m.state, 'unknown')
        WHEN m.dispatch_state <> 'open' THEN 'belongs to a dispatch that is ' || m.dispatch_state
        WHEN NEW.state <> 'sending' OR NEW.data_started_at IS NOT NULL THEN 'cannot be tried and over at once'
        WHEN m.address_hash IS NULL THEN 'has no address'
        WHEN EXISTS (
            SELECT 1 FROM merchants_sandbox s WHERE s.merchant_id = NEW.merchant_id
        ) THEN 'belongs to a sandbox, which writes to no one'
        WHEN EXISTS (
            SELECT 1 FROM messaging_suppression s
            WHERE s.merchant_id = NEW.merchant_id AND s.address_hash = m.address_hash
        ) THEN 'goes to a suppressed address'
        WHEN m.purpose <> 'staff' AND NOT EXISTS (
            SELECT 1 FROM members_contact c
            WHERE c.merchant_id = NEW.merchant_id AND c.member_id = m.member_id AND m.channel = 'email' AND c.email IS NOT NULL
              AND (m.purpose = 'notice' OR (m.purpose IN ('promo', 'program') AND c.status = 'active' AND c.promo_email
                   AND (m.purpose = 'program' OR c.adult_at IS NULL OR c.adult_at <= NEW.started_at)))
        ) THEN 'goes to a member without consent'
        WHEN m.cap_days > 0 AND EXISTS (
            SELECT 1 FROM messaging_message other
            WHERE other.merchant_id = NEW.merchant_id AND other.member_id = m.member_id
              AND other.purpose = 'promo' AND other.dispatch_id <> m.dispatch_id
              AND (other.state = 'sending' OR other.sent_at > NEW.started_at - make_interval(days => m.cap_days))
        ) THEN 'goes to a member written to recently'
    END;
    IF refused IS NOT NULL THEN
        RAISE EXCEPTION 'message % %', NEW.message_id, refused USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER attempt_is_allowed BEFORE INSERT ON messaging_attempt
    FOR EACH ROW EXECUTE FUNCTION messaging_attempt_is_allowed();

-- An attempt ends once; only what is unknown may still be found out or overruled.
CREATE FUNCTION messaging_attempt_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.message_id <> OLD.message_id OR NEW.number <> OLD.number OR NEW.header_id <> OLD.header_id THEN
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
CREATE TRIGGER attempt_moves BEFORE UPDATE ON messaging_attempt
    FOR EACH ROW EXECUTE FUNCTION messaging_attempt_moves();

-- What was to be said and what was tried is never removed: without the row a person would be written to twice.
CREATE TRIGGER message_stays BEFORE DELETE ON messaging_message
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_history();
CREATE TRIGGER message_attempt_stays BEFORE DELETE ON messaging_attempt
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_history();
CREATE TRIGGER message_table_stays BEFORE TRUNCATE ON messaging_message
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history();
CREATE TRIGGER message_attempt_table_stays BEFORE TRUNCATE ON messaging_attempt
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history();

-- What rooms above read: the state of each message.
CREATE VIEW messaging_outcome WITH (security_invoker = true) AS
SELECT merchant_id, id AS message_id, dispatch_id, purpose, member_id, address_hash, occasion_key, state, reason, due_at,
       sent_at, tries
FROM messaging_message;

-- What rooms above read: addresses that get nothing any more.
CREATE VIEW messaging_suppressed WITH (security_invoker = true) AS
SELECT merchant_id, id AS suppression_id, address_hash, reason, created_at FROM messaging_suppression;
