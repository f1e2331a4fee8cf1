-- What a till asked to take back never changes, and a parked return is settled once: applied twice it would give money
-- back twice. A person closes what came to nothing. Triggers refuse; they compute nothing.

CREATE FUNCTION sales_parked_return_moves_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- When a person is erased, what was written about them beside it goes; nothing else changes.
    IF (to_jsonb(NEW) - '{reason,note}'::text[]) = (to_jsonb(OLD) - '{reason,note}'::text[])
        AND NEW.reason IN ('', OLD.reason) AND NEW.note IN ('', OLD.note) THEN
        RETURN NEW;
    END IF;
    IF (NEW.till_id, NEW.reference, NEW.kind, NEW.refund_reference, NEW.exchange_sale_id, NEW.request_fingerprint, NEW.lines, NEW.reason,
        NEW.occurred_at, NEW.received_at, NEW.warnings)
        IS DISTINCT FROM (OLD.till_id, OLD.reference, OLD.kind, OLD.refund_reference, OLD.exchange_sale_id, OLD.request_fingerprint,
                          OLD.lines, OLD.reason, OLD.occurred_at, OLD.received_at, OLD.warnings)
    THEN
        RAISE EXCEPTION 'parked return %: what was asked stands', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NOT ((OLD.state = 'waiting' AND NEW.state IN ('applied', 'refused', 'unmatched'))
            OR (OLD.state = 'unmatched' AND NEW.state IN ('applied', 'refused', 'closed'))
            OR (OLD.state = 'refused' AND NEW.state = 'closed')) THEN
        RAISE EXCEPTION 'parked return %: no step from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER moves_forward BEFORE UPDATE ON sales_parkedreturn
    FOR EACH ROW EXECUTE FUNCTION sales_parked_return_moves_forward();
CREATE TRIGGER kept_for_ever BEFORE DELETE ON sales_parkedreturn
    FOR EACH ROW EXECUTE FUNCTION sales_delete_refused();
