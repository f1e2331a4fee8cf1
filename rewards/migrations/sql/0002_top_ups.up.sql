-- A top-up is a fact: only its reversal is added, once.

CREATE FUNCTION rewards_top_up_keeps_its_figures() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- When its member is erased, what was written beside it goes; nothing else changes.
    IF (to_jsonb(NEW) - '{reason,reversal_reason}'::text[]) = (to_jsonb(OLD) - '{reason,reversal_reason}'::text[])
        AND NEW.reason IN ('', OLD.reason) AND NEW.reversal_reason IN ('', OLD.reversal_reason) THEN
        RETURN NEW;
    END IF;
    IF (NEW.till_id, NEW.reference, NEW.request_fingerprint, NEW.amount, NEW.reason, NEW.transfer_id,
        NEW.topped_up_at, NEW.business_date)
        IS DISTINCT FROM (OLD.till_id, OLD.reference, OLD.request_fingerprint, OLD.amount, OLD.reason,
        OLD.transfer_id, OLD.topped_up_at, OLD.business_date)
        OR NOT passes_with_merge(NEW.merchant_id, OLD.member_id, NEW.member_id)
        OR (OLD.reversed_at IS NOT NULL AND (NEW.member_id = OLD.member_id
            OR (NEW.reversed_at, NEW.reversal_reason) IS DISTINCT FROM (OLD.reversed_at, OLD.reversal_reason)))
    THEN
        RAISE EXCEPTION 'top-up % is recorded: only its reversal is added, once', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keeps_its_figures BEFORE UPDATE ON rewards_topup
    FOR EACH ROW EXECUTE FUNCTION rewards_top_up_keeps_its_figures();

CREATE FUNCTION rewards_delete_refused() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% keeps its rows for ever', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER kept_for_ever BEFORE DELETE ON rewards_topup FOR EACH ROW EXECUTE FUNCTION rewards_delete_refused();

-- At commit: the money is in the ledger, in the member's wallet, and a reversed one was taken back whole.
CREATE FUNCTION rewards_top_up_is_in_the_ledger() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    booked bigint;
    taken bigint;
BEGIN
    SELECT t.change INTO booked FROM public.ledger_transfer t
        JOIN public.ledger_account a ON a.merchant_id = t.merchant_id AND a.id = t.account_id AND a.unit = 'wallet'
        LEFT JOIN public.ledger_account s ON s.merchant_id = a.merchant_id AND s.id = a.absorbed_by_id
        WHERE t.merchant_id = NEW.merchant_id AND t.id = NEW.transfer_id AND t.kind = 'top_up'
          AND t.source_id = NEW.id AND coalesce(s.owner_id, a.owner_id) = (
            SELECT coalesce(m.merged_into_id, m.id) FROM public.members_member m
            WHERE m.merchant_id = NEW.merchant_id AND m.id = NEW.member_id);
    SELECT coalesce(-sum(change), 0) INTO taken FROM public.ledger_transfer
        WHERE merchant_id = NEW.merchant_id AND reverses_id = NEW.transfer_id;
    IF booked IS DISTINCT FROM NEW.amount OR taken <> (CASE WHEN NEW.reversed_at IS NULL THEN 0 ELSE NEW.amount END)
    THEN
        RAISE EXCEPTION 'top-up % of %: the ledger has % and % taken back', NEW.id, NEW.amount, booked, taken
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER is_in_the_ledger AFTER INSERT OR UPDATE ON rewards_topup
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION rewards_top_up_is_in_the_ledger();
