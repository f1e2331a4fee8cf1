-- The book adds up: I2 (transfers), I4 and I6 (accounts, lots, debts, holds). All guards here are deferred: they read
-- the rows as they are when the scope closes, and refuse as well when they see none (a cleared scope hides rows).
-- Chains keep them cheap: an entry is checked against the one before it, never against the whole history.
-- Tables are named with their schema, so that a temporary table of the same name cannot stand in for one.
-- Sequential scans are off inside: a session that planned these queries while the tables were small would go on
-- reading whole tables as they grow.

CREATE FUNCTION ledger_refuse(invariant text, detail text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%: %', invariant, detail USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_' || invariant;
END $$;

-- I2: a member's side and a house side of one unit that sum to zero. Two unique indexes let a transfer have one of
-- each and no third entry, now or later, so the transfer's own guard is enough for its entries.
-- I6: change = lots made - taken from lots - debt taken on, all of it on the member's account.
CREATE FUNCTION ledger_check_transfer(of_merchant uuid, of_transfer uuid) RETURNS void
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    t record;
BEGIN
    SELECT x.kind, x.change, member.amount AS member_amount, house.amount AS house_amount,
           own.id IS NOT NULL AND other.id IS NOT NULL AS fitting, made.amount AS made,
           used.amount AS used, used.repaid, owed.amount AS owed, owed.repaid AS owed_repaid,
           made.own AND used.own AND owed.own AS own_only
        INTO t
        FROM public.ledger_transfer x
        LEFT JOIN public.ledger_entry member ON member.merchant_id = x.merchant_id AND member.transfer_id = x.id
            AND member.account_seq IS NOT NULL
        LEFT JOIN public.ledger_entry house ON house.merchant_id = x.merchant_id AND house.transfer_id = x.id
            AND house.account_seq IS NULL
        LEFT JOIN public.ledger_account own ON own.merchant_id = x.merchant_id AND own.id = member.account_id
            AND own.id = x.account_id AND own.unit = x.unit AND own.owner_id IS NOT NULL
        LEFT JOIN public.ledger_account other ON other.merchant_id = x.merchant_id AND other.id = house.account_id
            AND other.unit = x.unit AND other.role IS NOT NULL
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(l.amount), 0) AS amount, coalesce(bool_and(l.account_id = x.account_id), true) AS own
            FROM public.ledger_lot l WHERE l.merchant_id = of_merchant AND l.transfer_id = of_transfer) made
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(u.amount), 0) AS amount, coalesce(bool_and(l.account_id = x.account_id), true) AS own,
                   coalesce(sum(u.amount) FILTER (WHERE u.kind = 'repay'), 0) AS repaid
            FROM public.ledger_lotuse u
            JOIN public.ledger_lot l ON l.merchant_id = u.merchant_id AND l.id = u.lot_id
            WHERE u.merchant_id = of_merchant AND u.transfer_id = of_transfer) used
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(d.change), 0) AS amount, coalesce(bool_and(d.account_id = x.account_id), true) AS own,
                   coalesce(-sum(d.change) FILTER (WHERE d.change < 0), 0) AS repaid
            FROM public.ledger_debtmove d WHERE d.merchant_id = of_merchant AND d.transfer_id = of_transfer) owed
        WHERE x.merchant_id = of_merchant AND x.id = of_transfer;
    IF t.kind IS NULL THEN
        PERFORM ledger_refuse('I2', format('transfer %s cannot be seen', of_transfer));
    END IF;
    IF t.member_amount IS NULL OR t.house_amount IS NULL OR t.member_amount + t.house_amount <> 0
            OR t.member_amount <> t.change THEN
        PERFORM ledger_refuse('I2', format('transfer %s of %s has a member''s side of %s and a house side of %s',
                                           of_transfer, t.change, t.member_amount, t.house_amount));
    END IF;
    IF NOT t.fitting THEN
        PERFORM ledger_refuse('I2', format('transfer %s: its entries are not one of its member''s account and one of '
                                           'a house account, of its unit', of_transfer));
    END IF;
    IF t.change <> t.made - t.used - t.owed THEN
        PERFORM ledger_refuse('I6', format('transfer %s changes %s, but lots made %s, lots used %s and debt taken on '
                                           '%s do not cover it', of_transfer, t.change, t.made, t.used, t.owed));
    END IF;
    IF NOT t.own_only THEN
        PERFORM ledger_refuse('I6', format('transfer %s uses lots or debt of another account', of_transfer));
    END IF;
    IF t.repaid <> t.owed_repaid AND t.kind NOT IN ('write_off', 'merge') THEN
        PERFORM ledger_refuse('I6', format('transfer %s repays %s of debt out of lots worth %s', of_transfer,
                                           t.owed_repaid, t.repaid));
    END IF;
END $$;

CREATE FUNCTION ledger_guard_transfer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM ledger_check_transfer(NEW.merchant_id, NEW.id);
    RETURN NULL;
END $$;

CREATE FUNCTION ledger_guard_part_of_transfer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM ledger_check_transfer(NEW.merchant_id, NEW.transfer_id);
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER transfer_adds_up AFTER INSERT ON ledger_transfer
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_guard_transfer();
CREATE CONSTRAINT TRIGGER transfer_adds_up AFTER INSERT ON ledger_lot
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_guard_part_of_transfer();
CREATE CONSTRAINT TRIGGER transfer_adds_up AFTER INSERT ON ledger_lotuse
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.transfer_id IS NOT NULL)
    EXECUTE FUNCTION ledger_guard_part_of_transfer();
CREATE CONSTRAINT TRIGGER transfer_adds_up AFTER INSERT ON ledger_debtmove
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.transfer_id IS NOT NULL)
    EXECUTE FUNCTION ledger_guard_part_of_transfer();

-- I4: a member's entries form a chain whose end the account has reached. That the account's balance is the chain's
-- end is checked by the account's own guard, which fires because reaching it changes the account.
CREATE FUNCTION ledger_guard_entry_chain() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    before bigint := 0;
BEGIN
    IF NEW.account_seq > 1 THEN
        SELECT balance_after INTO before FROM public.ledger_entry
            WHERE merchant_id = NEW.merchant_id AND account_id = NEW.account_id AND account_seq = NEW.account_seq - 1;
    END IF;
    IF before IS NULL OR NEW.balance_after <> before + NEW.amount THEN
        PERFORM ledger_refuse('I4', format('entry %s does not continue its account: %s after %s plus %s', NEW.id,
                                           NEW.balance_after, before, NEW.amount));
    END IF;
    PERFORM 1 FROM public.ledger_account
        WHERE merchant_id = NEW.merchant_id AND id = NEW.account_id AND seq >= NEW.account_seq;
    IF NOT FOUND THEN
        PERFORM ledger_refuse('I4', format('entry %s is not counted by its account', NEW.id));
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER entry_continues_account AFTER INSERT ON ledger_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.account_seq IS NOT NULL)
    EXECUTE FUNCTION ledger_guard_entry_chain();

-- I4 and I6 of one account: balance, held and debt are what its entries, open holds and debt moves say; open lots
-- minus debt are the balance; no one owes while a lot could still pay. Reads open lots only, not the history.
CREATE FUNCTION ledger_check_account(of_merchant uuid, of_account uuid) RETURNS void
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    a record;
    latest record;
    lots record;
    on_hold bigint;
    owed bigint;
    today date;
BEGIN
    SELECT owner_id, balance, held, debt, seq, extended_until INTO a
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
          AND (held = 0 OR today IS NULL
               OR coalesce(ledger_last_day(expires_on, follows_purchases, a.extended_until) >= today, true));
    IF FOUND THEN
        PERFORM ledger_refuse('I6', format('account %s owes %s while a lot could pay', of_account, a.debt));
    END IF;
END $$;

-- Debt moves are few, so their sum is taken whenever one is made or the account's figure changes.
CREATE FUNCTION ledger_check_debt(of_merchant uuid, of_account uuid) RETURNS void
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    written bigint;
    moved bigint;
BEGIN
    SELECT debt INTO written FROM public.ledger_account WHERE merchant_id = of_merchant AND id = of_account;
    SELECT coalesce(sum(change), 0) INTO moved
        FROM public.ledger_debtmove WHERE merchant_id = of_merchant AND account_id = of_account;
    IF written IS DISTINCT FROM moved THEN
        PERFORM ledger_refuse('I6', format('account %s owes %s, its debt moves sum to %s', of_account, written, moved));
    END IF;
END $$;

CREATE FUNCTION ledger_guard_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM ledger_check_account(NEW.merchant_id, NEW.id);
    IF TG_OP = 'INSERT' OR OLD.debt <> NEW.debt THEN
        PERFORM ledger_check_debt(NEW.merchant_id, NEW.id);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION ledger_guard_part_of_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM ledger_check_account(NEW.merchant_id, NEW.account_id);
    RETURN NULL;
END $$;

CREATE FUNCTION ledger_guard_debt_sum() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM ledger_check_debt(NEW.merchant_id, NEW.account_id);
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER account_adds_up AFTER INSERT OR UPDATE ON ledger_account
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.owner_id IS NOT NULL)
    EXECUTE FUNCTION ledger_guard_account();
CREATE CONSTRAINT TRIGGER account_adds_up AFTER INSERT OR UPDATE ON ledger_hold
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_guard_part_of_account();
CREATE CONSTRAINT TRIGGER debt_adds_up AFTER INSERT ON ledger_debtmove
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_guard_debt_sum();

-- I6 of one lot: its uses form a chain that ends in what remains.
CREATE FUNCTION ledger_guard_lot() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    l record;
    latest record;
BEGIN
    SELECT amount, remaining, uses INTO l FROM public.ledger_lot WHERE merchant_id = NEW.merchant_id AND id = NEW.id;
    IF NOT FOUND THEN
        PERFORM ledger_refuse('I6', format('lot %s cannot be seen', NEW.id));
    END IF;
    SELECT lot_seq, remaining_after INTO latest FROM public.ledger_lotuse
        WHERE merchant_id = NEW.merchant_id AND lot_id = NEW.id ORDER BY lot_seq DESC LIMIT 1;
    IF l.uses <> coalesce(latest.lot_seq, 0) OR l.remaining <> coalesce(latest.remaining_after, l.amount) THEN
        PERFORM ledger_refuse('I6', format('lot %s says %s remain after %s uses; the uses say %s after %s', NEW.id,
            l.remaining, l.uses, coalesce(latest.remaining_after, l.amount), coalesce(latest.lot_seq, 0)));
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION ledger_guard_lot_use_chain() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    before bigint;
BEGIN
    IF NEW.lot_seq = 1 THEN
        SELECT amount INTO before FROM public.ledger_lot WHERE merchant_id = NEW.merchant_id AND id = NEW.lot_id;
    ELSE
        SELECT remaining_after INTO before FROM public.ledger_lotuse
            WHERE merchant_id = NEW.merchant_id AND lot_id = NEW.lot_id AND lot_seq = NEW.lot_seq - 1;
    END IF;
    IF before IS NULL OR NEW.remaining_after <> before - NEW.amount THEN
        PERFORM ledger_refuse('I6', format('lot use %s does not continue its lot: %s after %s minus %s', NEW.id,
                                           NEW.remaining_after, before, NEW.amount));
    END IF;
    PERFORM 1 FROM public.ledger_lot WHERE merchant_id = NEW.merchant_id AND id = NEW.lot_id AND uses >= NEW.lot_seq;
    IF NOT FOUND THEN
        PERFORM ledger_refuse('I6', format('lot use %s is not counted by its lot', NEW.id));
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER lot_adds_up AFTER INSERT OR UPDATE OF remaining, uses ON ledger_lot
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_guard_lot();
CREATE CONSTRAINT TRIGGER lot_use_continues_lot AFTER INSERT ON ledger_lotuse
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_guard_lot_use_chain();

-- I4 of holds: a hold is the sum of its lots, a lot's held is the sum of its open holds, and what a hold became is
-- what its uses say: committed means spent to the last point, released means nothing spent.
CREATE FUNCTION ledger_check_lot_held(of_merchant uuid, of_lot uuid) RETURNS void
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    written bigint;
    on_hold bigint;
BEGIN
    SELECT held INTO written FROM public.ledger_lot WHERE merchant_id = of_merchant AND id = of_lot;
    SELECT coalesce(sum(hl.amount), 0) INTO on_hold
        FROM public.ledger_holdlot hl
        JOIN public.ledger_hold h ON h.merchant_id = hl.merchant_id AND h.id = hl.hold_id AND h.state = 'open'
        WHERE hl.merchant_id = of_merchant AND hl.lot_id = of_lot;
    IF written IS DISTINCT FROM on_hold THEN
        PERFORM ledger_refuse('I4', format('lot %s holds %s, its open holds %s', of_lot, written, on_hold));
    END IF;
END $$;

CREATE FUNCTION ledger_check_hold(of_merchant uuid, of_hold uuid) RETURNS void
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    h record;
    in_lots bigint;
    spent bigint;
    repaid bigint;
    owed bigint;
BEGIN
    SELECT account_id, amount, state INTO h FROM public.ledger_hold WHERE merchant_id = of_merchant AND id = of_hold;
    IF NOT FOUND THEN
        PERFORM ledger_refuse('I4', format('hold %s cannot be seen', of_hold));
    END IF;
    SELECT coalesce(sum(hl.amount), 0) INTO in_lots
        FROM public.ledger_holdlot hl
        JOIN public.ledger_lot l ON l.merchant_id = hl.merchant_id AND l.id = hl.lot_id AND l.account_id = h.account_id
        WHERE hl.merchant_id = of_merchant AND hl.hold_id = of_hold;
    IF in_lots <> h.amount THEN
        PERFORM ledger_refuse('I4', format('hold %s of %s sets %s of its account''s lots aside', of_hold, h.amount,
                                           in_lots));
    END IF;
    SELECT coalesce(sum(amount) FILTER (WHERE kind = 'spend'), 0),
           coalesce(sum(amount) FILTER (WHERE transfer_id IS NULL), 0) INTO spent, repaid
        FROM public.ledger_lotuse WHERE merchant_id = of_merchant AND hold_id = of_hold;
    IF spent <> (CASE h.state WHEN 'committed' THEN h.amount ELSE 0 END) THEN
        PERFORM ledger_refuse('I4', format('hold %s of %s is %s, but %s of it were spent', of_hold, h.amount, h.state,
                                           spent));
    END IF;
    SELECT coalesce(sum(change), 0) INTO owed
        FROM public.ledger_debtmove WHERE merchant_id = of_merchant AND hold_id = of_hold AND transfer_id IS NULL;
    IF repaid <> -owed OR (repaid <> 0 AND h.state <> 'released') THEN
        PERFORM ledger_refuse('I6', format('hold %s repays %s of debt out of lots worth %s', of_hold, -owed, repaid));
    END IF;
END $$;

CREATE FUNCTION ledger_guard_lot_held() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM ledger_check_lot_held(NEW.merchant_id, NEW.id);
    RETURN NULL;
END $$;

CREATE FUNCTION ledger_guard_hold() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    PERFORM ledger_check_hold(NEW.merchant_id, NEW.id);
    PERFORM ledger_check_lot_held(hl.merchant_id, hl.lot_id)
        FROM public.ledger_holdlot hl WHERE hl.merchant_id = NEW.merchant_id AND hl.hold_id = NEW.id;
    RETURN NULL;
END $$;

CREATE FUNCTION ledger_guard_part_of_hold() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    PERFORM ledger_check_hold(NEW.merchant_id, NEW.hold_id);
    PERFORM ledger_check_lot_held(hl.merchant_id, hl.lot_id)
        FROM public.ledger_holdlot hl WHERE hl.merchant_id = NEW.merchant_id AND hl.hold_id = NEW.hold_id;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER lot_held_adds_up AFTER UPDATE OF held ON ledger_lot
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.held <> NEW.held) EXECUTE FUNCTION ledger_guard_lot_held();
CREATE CONSTRAINT TRIGGER lot_held_adds_up_from_start AFTER INSERT ON ledger_lot
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.held <> 0) EXECUTE FUNCTION ledger_guard_lot_held();
CREATE CONSTRAINT TRIGGER hold_adds_up AFTER INSERT OR UPDATE ON ledger_hold
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_guard_hold();
CREATE CONSTRAINT TRIGGER hold_adds_up AFTER INSERT ON ledger_holdlot
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_guard_part_of_hold();
CREATE CONSTRAINT TRIGGER hold_adds_up AFTER INSERT ON ledger_lotuse
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.hold_id IS NOT NULL)
    EXECUTE FUNCTION ledger_guard_part_of_hold();
CREATE CONSTRAINT TRIGGER hold_adds_up AFTER INSERT ON ledger_debtmove
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.hold_id IS NOT NULL)
    EXECUTE FUNCTION ledger_guard_part_of_hold();
