-- A card keeps its code and its batch for ever, and its amount, source and movement once it is activated.

CREATE FUNCTION rewards_gift_card_keeps_its_facts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.batch_id, NEW.code_hmac, NEW.code_encrypted, NEW.issued_at, NEW.amount)
        IS DISTINCT FROM (OLD.batch_id, OLD.code_hmac, OLD.code_encrypted, OLD.issued_at, OLD.amount)
        OR (OLD.transfer_id IS NOT NULL AND (NEW.transfer_id, NEW.activated_at, NEW.till_id, NEW.reference, NEW.request_fingerprint,
            NEW.expires_on) IS DISTINCT FROM (OLD.transfer_id, OLD.activated_at, OLD.till_id, OLD.reference,
            OLD.request_fingerprint, OLD.expires_on))
    THEN
        RAISE EXCEPTION 'gift card % keeps its facts', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state <> OLD.state AND NOT (CASE OLD.state
        WHEN 'inactive' THEN NEW.state IN ('active', 'cancelled')
        WHEN 'active' THEN NEW.state IN ('blocked', 'cancelled')
        WHEN 'blocked' THEN NEW.state IN ('active', 'cancelled')
        WHEN 'cancelled' THEN NEW.state = 'blocked'
    END) THEN
        RAISE EXCEPTION 'gift card % does not become % from %', OLD.id, NEW.state, OLD.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keeps_its_facts BEFORE UPDATE ON rewards_giftcard
    FOR EACH ROW EXECUTE FUNCTION rewards_gift_card_keeps_its_facts();
CREATE TRIGGER kept_for_ever BEFORE DELETE ON rewards_giftcard
    FOR EACH ROW EXECUTE FUNCTION rewards_delete_refused();

-- At commit: an activated card has its amount in the ledger, under its own account.
CREATE FUNCTION rewards_gift_card_is_in_the_ledger() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    booked bigint;
BEGIN
    SELECT t.change INTO booked FROM public.ledger_transfer t
        JOIN public.ledger_account a ON a.merchant_id = t.merchant_id AND a.id = t.account_id
            AND a.owner_id = NEW.id AND a.unit = 'wallet'
        WHERE t.merchant_id = NEW.merchant_id AND t.id = NEW.transfer_id AND t.kind IN ('top_up', 'bonus')
          AND t.source_kind = 'gift_card' AND t.source_id = NEW.id;
    IF booked IS DISTINCT FROM NEW.amount THEN
        RAISE EXCEPTION 'gift card % of %: the ledger has %', NEW.id, NEW.amount, booked
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER is_in_the_ledger AFTER INSERT OR UPDATE ON rewards_giftcard
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.transfer_id IS NOT NULL)
    EXECUTE FUNCTION rewards_gift_card_is_in_the_ledger();

-- I24: a batch made by hand has an audit entry in the same transaction.
CREATE FUNCTION rewards_gift_card_batch_is_audited() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM public.merchants_auditentry
        WHERE merchant_id = NEW.merchant_id AND subject_kind = 'gift_card_batch' AND subject_id = NEW.id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'gift card batch % was issued without an audit entry', NEW.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER issued_by_hand_is_audited AFTER INSERT ON rewards_giftcardbatch
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION rewards_gift_card_batch_is_audited();
