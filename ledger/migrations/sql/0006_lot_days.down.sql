DROP TRIGGER lot_days_kept ON ledger_lotdays;
DROP TRIGGER lot_days_moved ON ledger_lot;
DROP TRIGGER lot_days_added ON ledger_lot;
DROP FUNCTION ledger_keep_lot_days();
DROP FUNCTION ledger_move_lot_days();
DROP FUNCTION ledger_add_lot_days();

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
        FROM public.ledger_lot WHERE merchant_id = of_merchant AND account_id = of_account AND remaining > 0;
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
