-- What may be taken from which lot, who may owe, how much may be reversed: I5, I7, I10, I24, and closed holds.

-- I5 and I7, at once with each use: the kind of the transfer decides which lots it may touch, on the merchant's day
-- that it is booked on. Only a committed hold may spend from a lot whose last day has passed meanwhile.
CREATE FUNCTION ledger_guard_lot_use() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    l record;
    t record;
    kept bigint;
BEGIN
    SELECT o.available_on, ledger_last_day(o.expires_on, o.follows_purchases, a.extended_until) AS last_on INTO l
        FROM public.ledger_lot o JOIN public.ledger_account a ON a.merchant_id = o.merchant_id AND a.id = o.account_id
        WHERE o.merchant_id = NEW.merchant_id AND o.id = NEW.lot_id;
    IF NEW.transfer_id IS NULL THEN
        RETURN NULL;  -- debt repaid when a hold is released; the hold's own guard checks it
    END IF;
    SELECT kind, change, business_date, may_owe, reverses_id INTO t FROM public.ledger_transfer
        WHERE merchant_id = NEW.merchant_id AND id = NEW.transfer_id;
    IF t.kind IS NULL OR l.available_on IS NULL THEN
        PERFORM ledger_refuse('I6', format('lot use %s: its lot or transfer cannot be seen', NEW.id));
    END IF;
    IF NOT (CASE NEW.kind
        WHEN 'spend' THEN t.change < 0 AND t.kind IN ('redeem', 'adjust', 'transfer', 'merge')
        WHEN 'expire' THEN t.kind = 'expire'
        WHEN 'take_back' THEN t.change < 0 AND t.kind IN ('refund', 'void', 'clawback')
        WHEN 'give_back' THEN t.change > 0 AND t.kind IN ('redeem_reversal', 'refund', 'void', 'merge')
        WHEN 'repay' THEN t.change > 0
    END) THEN
        PERFORM ledger_refuse('I5', format('lot use %s: a transfer of kind %s does not %s', NEW.id, t.kind, NEW.kind));
    END IF;
    IF NEW.kind = 'expire' THEN
        IF l.last_on IS NULL OR l.last_on >= t.business_date THEN
            PERFORM ledger_refuse('I7', format('lot %s is usable through %s', NEW.lot_id, l.last_on));
        END IF;
    ELSIF NEW.kind = 'spend' AND NEW.hold_id IS NOT NULL THEN
        SELECT amount INTO kept FROM public.ledger_holdlot
            WHERE merchant_id = NEW.merchant_id AND hold_id = NEW.hold_id AND lot_id = NEW.lot_id;
        IF kept IS NULL OR kept <> NEW.amount THEN
            PERFORM ledger_refuse('I5', format('hold %s sets %s of lot %s aside, not %s', NEW.hold_id, kept,
                                               NEW.lot_id, NEW.amount));
        END IF;
    ELSIF l.last_on < t.business_date THEN
        PERFORM ledger_refuse('I7', format('lot %s was usable through %s, not on %s', NEW.lot_id, l.last_on,
                                           t.business_date));
    ELSIF NEW.kind = 'spend' AND NOT t.may_owe AND t.kind <> 'merge' AND l.available_on > t.business_date THEN
        PERFORM ledger_refuse('I5', format('lot %s is not usable before %s', NEW.lot_id, l.available_on));
    END IF;
    IF NEW.kind = 'give_back' THEN
        PERFORM ledger_check_given_back(NEW.merchant_id, NEW.lot_id, t.reverses_id);
    END IF;
    RETURN NULL;
END $$;

-- I10 of lots: what reversals give back to a lot is at most what the reversed transfer spent of it.
CREATE FUNCTION ledger_check_given_back(of_merchant uuid, of_lot uuid, original uuid) RETURNS void
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    spent bigint;
    returned bigint;
BEGIN
    SELECT coalesce(sum(amount), 0) INTO spent FROM public.ledger_lotuse
        WHERE merchant_id = of_merchant AND lot_id = of_lot AND transfer_id = original AND kind = 'spend';
    SELECT coalesce(-sum(u.amount), 0) INTO returned
        FROM public.ledger_transfer t
        JOIN public.ledger_lotuse u ON u.merchant_id = t.merchant_id AND u.transfer_id = t.id
            AND u.lot_id = of_lot AND u.kind = 'give_back'
        WHERE t.merchant_id = of_merchant AND t.reverses_id = original;
    IF returned > spent THEN
        PERFORM ledger_refuse('I10', format('lot %s gets %s back from transfer %s, which spent %s of it', of_lot,
                                            returned, original, spent));
    END IF;
END $$;

CREATE TRIGGER lot_use_allowed AFTER INSERT ON ledger_lotuse FOR EACH ROW EXECUTE FUNCTION ledger_guard_lot_use();

-- I5 of holds: only usable points are set aside.
CREATE FUNCTION ledger_guard_hold_lot() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    PERFORM 1 FROM public.ledger_hold h
        JOIN public.ledger_lot l ON l.merchant_id = h.merchant_id AND l.account_id = h.account_id AND l.id = NEW.lot_id
        JOIN public.ledger_account a ON a.merchant_id = h.merchant_id AND a.id = h.account_id
        WHERE h.merchant_id = NEW.merchant_id AND h.id = NEW.hold_id AND l.available_on <= h.business_date
          AND coalesce(ledger_last_day(l.expires_on, l.follows_purchases, a.extended_until) >= h.business_date, true);
    IF NOT FOUND THEN
        PERFORM ledger_refuse('I5', format('lot %s is not usable on the day of hold %s', NEW.lot_id, NEW.hold_id));
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER hold_lot_allowed AFTER INSERT ON ledger_holdlot
    FOR EACH ROW EXECUTE FUNCTION ledger_guard_hold_lot();

CREATE FUNCTION ledger_keep_hold_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'open' THEN
        PERFORM ledger_refuse('I4', format('hold %s was %s and stays so', OLD.id, OLD.state));
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER hold_stays_closed BEFORE UPDATE ON ledger_hold
    FOR EACH ROW EXECUTE FUNCTION ledger_keep_hold_closed();

-- I5 of debt: only reversals, paid sales and merges leave any, and never more than the merchant allows.
CREATE FUNCTION ledger_guard_new_debt() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    PERFORM 1 FROM public.ledger_transfer
        WHERE merchant_id = NEW.merchant_id AND id = NEW.transfer_id AND change < 0
          AND (may_owe OR kind IN ('refund', 'void', 'clawback', 'merge'));
    IF NOT FOUND THEN
        PERFORM ledger_refuse('I5', format('debt move %s: its transfer may not leave debt', NEW.id));
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION ledger_guard_debt_limit() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    PERFORM 1 FROM public.ledger_account a JOIN public.merchants_merchant m ON m.id = a.merchant_id
        WHERE a.merchant_id = NEW.merchant_id AND a.id = NEW.account_id AND a.debt <= m.max_debt_points;
    IF NOT FOUND THEN
        PERFORM ledger_refuse('I5', format('account %s owes more than the merchant allows', NEW.account_id));
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER debt_allowed AFTER INSERT ON ledger_debtmove
    FOR EACH ROW WHEN (NEW.change > 0) EXECUTE FUNCTION ledger_guard_new_debt();
CREATE CONSTRAINT TRIGGER debt_within_limit AFTER INSERT ON ledger_debtmove
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.change > 0) EXECUTE FUNCTION ledger_guard_debt_limit();

CREATE FUNCTION ledger_guard_repayment() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    PERFORM 1 FROM public.ledger_transfer WHERE merchant_id = NEW.merchant_id AND id = NEW.transfer_id AND change > 0;
    IF NOT FOUND THEN
        PERFORM ledger_refuse('I6', format('debt move %s: its transfer repays nothing', NEW.id));
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER repayment_allowed AFTER INSERT ON ledger_debtmove
    FOR EACH ROW WHEN (NEW.change < 0 AND NEW.transfer_id IS NOT NULL) EXECUTE FUNCTION ledger_guard_repayment();

-- I10: reversals go the other way, in the same unit, and together no further than what they reverse. The advisory lock
-- makes two transactions that reverse one transfer for different accounts (after a merge) see each other.
CREATE FUNCTION ledger_guard_reversal() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    original record;
    reversed numeric;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(NEW.reverses_id::text, 0));
    SELECT unit, change, reverses_id INTO original FROM public.ledger_transfer
        WHERE merchant_id = NEW.merchant_id AND id = NEW.reverses_id;
    IF original.unit IS DISTINCT FROM NEW.unit OR original.reverses_id IS NOT NULL
            OR sign(original.change) = sign(NEW.change) THEN
        PERFORM ledger_refuse('I10', format('transfer %s cannot reverse %s', NEW.id, NEW.reverses_id));
    END IF;
    SELECT sum(abs(change)) INTO reversed FROM public.ledger_transfer
        WHERE merchant_id = NEW.merchant_id AND reverses_id = NEW.reverses_id;
    IF reversed > abs(original.change) THEN
        PERFORM ledger_refuse('I10', format('%s of transfer %s would be reversed, it moved %s', reversed,
                                            NEW.reverses_id, abs(original.change)));
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER transfer_reversal_fits AFTER INSERT ON ledger_transfer
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.reverses_id IS NOT NULL)
    EXECUTE FUNCTION ledger_guard_reversal();

-- I24: whatever is moved by hand has an audit entry in the same transaction.
CREATE FUNCTION ledger_guard_by_hand() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    PERFORM 1 FROM public.merchants_auditentry
        WHERE merchant_id = NEW.merchant_id AND subject_kind = 'transfer' AND subject_id = NEW.id;
    IF NOT FOUND THEN
        PERFORM ledger_refuse('I24', format('transfer %s was made by hand without an audit entry', NEW.id));
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER transfer_by_hand_is_audited AFTER INSERT ON ledger_transfer
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.kind IN ('adjust', 'write_off'))
    EXECUTE FUNCTION ledger_guard_by_hand();

-- For other apps' reports: one row per member and unit.
CREATE VIEW ledger_balance WITH (security_invoker = true) AS
    SELECT merchant_id, owner_id, unit, balance, held, debt FROM ledger_account WHERE owner_id IS NOT NULL;

-- For lists of members: what is left of a member's lots that lapse, by the last day on which it can be used.
CREATE VIEW ledger_lapsing WITH (security_invoker = true) AS
    SELECT a.merchant_id, a.owner_id, a.unit, l.expires_on, l.remaining
    FROM ledger_lot l JOIN ledger_account a ON a.merchant_id = l.merchant_id AND a.id = l.account_id
    WHERE l.remaining > 0 AND l.expires_on IS NOT NULL AND NOT l.follows_purchases AND a.owner_id IS NOT NULL
    UNION ALL
    SELECT a.merchant_id, a.owner_id, a.unit, ledger_last_day(l.expires_on, true, a.extended_until), l.remaining
    FROM ledger_lot l JOIN ledger_account a ON a.merchant_id = l.merchant_id AND a.id = l.account_id
    WHERE l.remaining > 0 AND l.follows_purchases AND a.owner_id IS NOT NULL;

-- For checks and reports above the ledger: every movement with what caused it and the member whose account it moved,
-- who is the survivor where that member was merged away.
CREATE VIEW ledger_movement WITH (security_invoker = true) AS
    SELECT t.merchant_id, t.id AS transfer_id, t.source_kind, t.source_id, t.unit, t.kind, t.change, t.business_date,
           coalesce(s.owner_id, a.owner_id) AS owner_id
    FROM ledger_transfer t JOIN ledger_account a ON a.merchant_id = t.merchant_id AND a.id = t.account_id
    LEFT JOIN ledger_account s ON s.merchant_id = a.merchant_id AND s.id = a.absorbed_by_id;

-- I2 of households: what one gives another one gets, in one unit, in two transfers that say the same.
CREATE FUNCTION ledger_guard_household() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    sides record;
BEGIN
    SELECT count(*) AS number, coalesce(sum(change), 0) AS total, count(DISTINCT account_id) AS accounts,
           count(DISTINCT unit) AS units INTO sides
        FROM public.ledger_transfer
        WHERE merchant_id = NEW.merchant_id AND kind = 'transfer' AND source_kind = 'household'
          AND source_id = NEW.source_id;
    IF (sides.number, sides.total, sides.accounts, sides.units) IS DISTINCT FROM (2::bigint, 0::numeric, 2::bigint, 1::bigint) THEN
        PERFORM ledger_refuse('I2', format('transfer %s moved points in a household without its other side', NEW.id));
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER household_move_has_two_sides AFTER INSERT ON ledger_transfer
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.kind = 'transfer' AND NEW.source_kind = 'household')
    EXECUTE FUNCTION ledger_guard_household();

-- I5 of merges: what a merge leaves with a member goes back and forth between two accounts only; an absorbed account
-- stays empty (a CHECK), and no account is absorbed by one that is absorbed itself.
CREATE FUNCTION ledger_guard_absorbed() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    PERFORM 1 FROM public.ledger_account s WHERE s.merchant_id = NEW.merchant_id AND s.id = NEW.absorbed_by_id
        AND s.unit = NEW.unit AND s.owner_id IS NOT NULL AND s.absorbed_by_id IS NULL;
    IF NOT FOUND THEN
        PERFORM ledger_refuse('I4', format('account %s cannot be absorbed by %s', NEW.id, NEW.absorbed_by_id));
    END IF;
    PERFORM 1 FROM public.ledger_account a WHERE a.merchant_id = NEW.merchant_id AND a.absorbed_by_id = NEW.id;
    IF FOUND THEN
        PERFORM ledger_refuse('I4', format('account %s is absorbed and absorbs', NEW.id));
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER account_absorbed_by_open_one AFTER INSERT OR UPDATE OF absorbed_by_id ON ledger_account
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.absorbed_by_id IS NOT NULL)
    EXECUTE FUNCTION ledger_guard_absorbed();
