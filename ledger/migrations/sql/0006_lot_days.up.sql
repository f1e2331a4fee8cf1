-- The sums of an account's lots by their days, kept by the lots themselves, so that neither a balance nor the guard of
-- an account has to read every lot. Nothing else may write them: I6 would be checked against what somebody wrote.

CREATE FUNCTION ledger_add_lot_days() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    INSERT INTO public.ledger_lotdays AS d (merchant_id, id, account_id, available_on, expires_on, remaining, held)
    SELECT merchant_id, gen_random_uuid(), account_id, available_on, expires_on, sum(remaining), sum(held)
    FROM made GROUP BY merchant_id, account_id, available_on, expires_on
    ON CONFLICT (merchant_id, account_id, available_on, expires_on)
    DO UPDATE SET remaining = d.remaining + excluded.remaining, held = d.held + excluded.held;
    RETURN NULL;
END $$;

CREATE FUNCTION ledger_move_lot_days() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    UPDATE public.ledger_lotdays d SET remaining = d.remaining + moved.remaining, held = d.held + moved.held
    FROM (
        SELECT after.merchant_id, after.account_id, after.available_on, after.expires_on,
               sum(after.remaining - before.remaining) AS remaining, sum(after.held - before.held) AS held
        FROM after JOIN before ON before.merchant_id = after.merchant_id AND before.id = after.id
        GROUP BY after.merchant_id, after.account_id, after.available_on, after.expires_on
    ) AS moved
    WHERE d.merchant_id = moved.merchant_id AND d.account_id = moved.account_id
      AND d.available_on = moved.available_on AND d.expires_on IS NOT DISTINCT FROM moved.expires_on
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

CREATE OR REPLACE FUNCTION ledger_check_account(of_merchant uuid, of_account uuid) RETURNS void
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    a record;
    latest record;
    lots record;
    on_hold bigint;
    owed bigint;
    today date;
BEGIN
    SELECT owner_id, balance, held, debt, seq INTO a
        FROM public.ledger_account WHERE merchant_id = of_merchant AND id = of_account;
    IF NOT FOUND THEN
        PERFORM ledger_refuse('I4', format('account %s cannot be seen', of_account));
    END IF;
    SELECT account_seq, balance_after, transfer_id INTO latest FROM public.ledger_entry
        WHERE merchant_id = of_merchant AND account_id = of_account AND account_seq IS NOT NULL
        ORDER BY account_seq DESC LIMIT 1;
    IF a.seq <> coalesce(latest.account_seq, 0) OR a.balance <> coalesce(latest.balance_after, 0) THEN
        PERFORM ledger_refuse('I4', format('account %s says %s after %s entries; the entries say %s after %s',
            of_account, a.balance, a.seq, coalesce(latest.balance_after, 0), coalesce(latest.account_seq, 0)));
    END IF;
    SELECT coalesce(sum(amount), 0) INTO on_hold FROM public.ledger_hold
        WHERE merchant_id = of_merchant AND account_id = of_account AND state = 'open';
    SELECT coalesce(sum(remaining), 0) AS remaining, coalesce(sum(held), 0) AS held INTO lots
        FROM public.ledger_lotdays WHERE merchant_id = of_merchant AND account_id = of_account AND remaining > 0;
    IF a.held <> on_hold OR a.held <> lots.held THEN
        PERFORM ledger_refuse('I4', format('account %s holds %s, its open holds %s, its lots %s', of_account, a.held,
                                           on_hold, lots.held));
    END IF;
    IF lots.remaining - a.debt <> a.balance THEN
        PERFORM ledger_refuse('I6', format('account %s: lots of %s minus debt of %s are not its balance of %s',
                                           of_account, lots.remaining, a.debt, a.balance));
    END IF;
    IF a.debt = 0 THEN
        RETURN;
    END IF;
    -- A lot whose last day is over stays open only for what is held of it; the rest of it cannot pay any more.
    SELECT business_date INTO today FROM public.ledger_transfer
        WHERE merchant_id = of_merchant AND id = latest.transfer_id;
    PERFORM 1 FROM public.ledger_lot
        WHERE merchant_id = of_merchant AND account_id = of_account AND remaining > 0 AND remaining > held
          AND (held = 0 OR expires_on IS NULL OR today IS NULL OR expires_on >= today);
    IF FOUND THEN
        PERFORM ledger_refuse('I6', format('account %s owes %s while a lot could pay', of_account, a.debt));
    END IF;
END $$;
