-- What is on a stamp card is the sum of its entries. Triggers refuse; they compute nothing.
CREATE FUNCTION rewards_stamps_add_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    the_card uuid;
    stands bigint;
    adds_up bigint;
BEGIN
    IF TG_TABLE_NAME = 'rewards_stampcard' THEN
        the_card := NEW.id;
    ELSE
        the_card := NEW.stamp_card_id;
    END IF;
    SELECT progress INTO stands FROM rewards_stampcard WHERE merchant_id = NEW.merchant_id AND id = the_card;
    SELECT coalesce(sum(change), 0) INTO adds_up
    FROM rewards_stampentry WHERE merchant_id = NEW.merchant_id AND stamp_card_id = the_card;
    IF stands IS DISTINCT FROM adds_up THEN
        RAISE EXCEPTION 'stamp card %: % stamps stand, its entries add up to %', the_card, stands, adds_up
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER stamps_add_up AFTER INSERT OR UPDATE ON rewards_stampcard
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION rewards_stamps_add_up();
CREATE CONSTRAINT TRIGGER stamps_add_up AFTER INSERT ON rewards_stampentry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION rewards_stamps_add_up();
