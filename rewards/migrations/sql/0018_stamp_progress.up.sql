-- The progress of a stamp card is the sum of its entries. The trigger refuses; it computes nothing.
CREATE OR REPLACE FUNCTION rewards_stamps_add_up() RETURNS trigger LANGUAGE plpgsql AS $$
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
