-- Lots that follow purchases: their last day is the later of their own and their account's `extended_until`.

-- The last usable day of a lot as it is now; null: it never expires.
CREATE FUNCTION ledger_last_day(expires_on date, follows boolean, extended_until date) RETURNS date
LANGUAGE sql IMMUTABLE AS $$ SELECT CASE WHEN follows THEN greatest(expires_on, extended_until) ELSE expires_on END $$;

-- I7: what was promised once is never shortened, and every move of the day has its row.
CREATE FUNCTION ledger_guard_extension_day() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.extended_until IS NULL OR NEW.extended_until < OLD.extended_until THEN
        RAISE EXCEPTION 'I7: account % has its lots until %, not only until %', NEW.id, OLD.extended_until,
            NEW.extended_until USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_I7';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER account_extends_forward BEFORE UPDATE OF extended_until ON ledger_account
    FOR EACH ROW WHEN (OLD.extended_until IS NOT NULL) EXECUTE FUNCTION ledger_guard_extension_day();

CREATE FUNCTION ledger_guard_extended_account() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    PERFORM 1 FROM public.ledger_account a JOIN public.ledger_extension x ON x.merchant_id = a.merchant_id
        AND x.account_id = a.id AND x.extended_until = a.extended_until
        WHERE a.merchant_id = NEW.merchant_id AND a.id = NEW.id AND a.owner_id IS NOT NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'I7: account % has its lots until %, which nothing says', NEW.id, NEW.extended_until
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_I7';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER account_extension_is_kept AFTER INSERT OR UPDATE OF extended_until ON ledger_account
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.extended_until IS NOT NULL)
    EXECUTE FUNCTION ledger_guard_extended_account();

CREATE FUNCTION ledger_guard_extension() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    PERFORM 1 FROM public.ledger_account a WHERE a.merchant_id = NEW.merchant_id AND a.id = NEW.account_id
        AND a.extended_until >= NEW.extended_until AND a.seq >= NEW.account_seq;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'I7: extension % is not that of its account', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_I7';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER extension_is_in_force AFTER INSERT ON ledger_extension
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_guard_extension();
