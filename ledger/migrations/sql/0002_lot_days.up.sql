-- The sums of an account's lots by their days, kept by the lots themselves, so that neither a balance nor the guard of
-- an account has to read every lot. Nothing else may write them: I6 would be checked against what was written by hand.

CREATE FUNCTION ledger_add_lot_days() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    INSERT INTO public.ledger_lotdays AS d (merchant_id, id, account_id, available_on, expires_on, follows_purchases,
                                           remaining, held)
    SELECT merchant_id, gen_random_uuid(), account_id, available_on, expires_on, follows_purchases,
           sum(remaining), sum(held)
    FROM made GROUP BY merchant_id, account_id, available_on, expires_on, follows_purchases
    ON CONFLICT (merchant_id, account_id, available_on, expires_on, follows_purchases)
    DO UPDATE SET remaining = d.remaining + excluded.remaining, held = d.held + excluded.held;
    RETURN NULL;
END $$;

CREATE FUNCTION ledger_move_lot_days() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    UPDATE public.ledger_lotdays d SET remaining = d.remaining + moved.remaining, held = d.held + moved.held
    FROM (
        SELECT after.merchant_id, after.account_id, after.available_on, after.expires_on, after.follows_purchases,
               sum(after.remaining - before.remaining) AS remaining, sum(after.held - before.held) AS held
        FROM after JOIN before ON before.merchant_id = after.merchant_id AND before.id = after.id
        GROUP BY after.merchant_id, after.account_id, after.available_on, after.expires_on, after.follows_purchases
    ) AS moved
    WHERE d.merchant_id = moved.merchant_id AND d.account_id = moved.account_id
      AND d.available_on = moved.available_on AND d.expires_on IS NOT DISTINCT FROM moved.expires_on
      AND d.follows_purchases = moved.follows_purchases
      AND (moved.remaining <> 0 OR moved.held <> 0);
    RETURN NULL;
END $$;

CREATE FUNCTION ledger_keep_lot_days() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() < 2 THEN
        PERFORM ledger_refuse('I6', 'the days of lots are kept by the lots');
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER lot_days_added AFTER INSERT ON ledger_lot
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION ledger_add_lot_days();
CREATE TRIGGER lot_days_moved AFTER UPDATE ON ledger_lot
    REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION ledger_move_lot_days();
CREATE TRIGGER lot_days_kept BEFORE INSERT OR UPDATE OR DELETE ON ledger_lotdays
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_keep_lot_days();
