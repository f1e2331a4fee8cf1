-- A referral moves forward only, and what it says was granted or taken back has happened exactly once.
-- Triggers refuse; they compute nothing. The moves are those of rewards/referrals/rules.py.

CREATE FUNCTION rewards_referral_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'joined' THEN
            RAISE EXCEPTION 'referral % begins with the friend joining', NEW.id USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.program_id, NEW.source, NEW.joined_at, NEW.joined_on)
        IS DISTINCT FROM (OLD.program_id, OLD.source, OLD.joined_at, OLD.joined_on)
        OR NOT passes_with_merge(NEW.merchant_id, OLD.friend_id, NEW.friend_id)
        OR NOT passes_with_merge(NEW.merchant_id, OLD.referrer_id, NEW.referrer_id) THEN
        RAISE EXCEPTION 'referral %: who brought whom, and on which terms, stands', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('joined', 'qualified'), ('joined', 'expired'),
        ('qualified', 'joined'), ('qualified', 'in_review'), ('qualified', 'granted'), ('qualified', 'refused'),
        ('in_review', 'joined'), ('in_review', 'qualified'), ('in_review', 'refused'),
        ('granted', 'clawed_back')
    ) THEN
        RAISE EXCEPTION 'referral % cannot go from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state NOT IN ('joined', 'qualified', 'in_review') AND (NEW.sale_id, NEW.sale_amount, NEW.due_on)
        IS DISTINCT FROM (OLD.sale_id, OLD.sale_amount, OLD.due_on) THEN
        RAISE EXCEPTION 'referral % is decided: its sale stands', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.sale_id IS DISTINCT FROM OLD.sale_id AND NEW.sale_id IS NOT NULL AND OLD.sale_id IS NOT NULL THEN
        RAISE EXCEPTION 'referral % has its sale', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER moves_forward BEFORE INSERT OR UPDATE ON rewards_referral
    FOR EACH ROW EXECUTE FUNCTION rewards_referral_moves();

CREATE FUNCTION rewards_referral_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% keeps its rows for ever', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER kept_for_ever BEFORE DELETE ON rewards_referral FOR EACH ROW EXECUTE FUNCTION rewards_referral_kept();

-- At commit: granted means one grant that the ledger knows, clawed back means one clawback, and nothing else has either.
-- Rows that no one sees (no merchant in scope) count as missing.
CREATE FUNCTION rewards_referral_is_whole() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    the_referral uuid;
    stands record;
    given record;
    taken_back bigint;
BEGIN
    IF TG_TABLE_NAME = 'rewards_referral' THEN
        the_referral := NEW.id;
    ELSE
        the_referral := NEW.referral_id;
    END IF;
    SELECT state INTO stands FROM rewards_referral WHERE merchant_id = NEW.merchant_id AND id = the_referral;
    SELECT id, kind, amount, transfer_id INTO given
        FROM rewards_referralgrant WHERE merchant_id = NEW.merchant_id AND referral_id = the_referral;
    SELECT count(*) INTO taken_back
        FROM rewards_referralclawback WHERE merchant_id = NEW.merchant_id AND referral_id = the_referral;
    IF stands.state IS NULL OR (stands.state IN ('granted', 'clawed_back')) <> (given.id IS NOT NULL) THEN
        RAISE EXCEPTION 'referral % is %, its grant says otherwise', the_referral, stands.state
            USING ERRCODE = 'check_violation';
    END IF;
    IF (stands.state = 'clawed_back') <> (taken_back = 1) THEN
        RAISE EXCEPTION 'referral % is %, its clawback says otherwise', the_referral, stands.state
            USING ERRCODE = 'check_violation';
    END IF;
    IF given.transfer_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM ledger_movement
        WHERE merchant_id = NEW.merchant_id AND transfer_id = given.transfer_id AND source_kind = 'referral'
          AND source_id = the_referral AND unit = given.kind AND change = given.amount
    ) THEN
        RAISE EXCEPTION 'referral %: the ledger does not know its grant', the_referral USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER is_whole AFTER UPDATE OF state ON rewards_referral
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state IN ('granted', 'clawed_back'))
    EXECUTE FUNCTION rewards_referral_is_whole();
CREATE CONSTRAINT TRIGGER is_whole AFTER INSERT ON rewards_referralgrant
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION rewards_referral_is_whole();
CREATE CONSTRAINT TRIGGER is_whole AFTER INSERT ON rewards_referralclawback
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION rewards_referral_is_whole();
