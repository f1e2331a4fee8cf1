-- A blocked member earns and spends nothing. What books for a member names them in `member_id`; the row is locked, so
-- that a block that is being written is waited for. Returns and what expires are booked all the same.
CREATE FUNCTION refuse_blocked_member() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    state text;
BEGIN
    SELECT status INTO state FROM members_member
        WHERE merchant_id = NEW.merchant_id AND id = NEW.member_id FOR SHARE;
    IF state IN ('blocked', 'erased') THEN
        RAISE EXCEPTION 'member % is blocked: nothing is earned or spent', NEW.member_id
            USING ERRCODE = 'check_violation';
    END IF;
    IF state = 'merged' THEN
        RAISE EXCEPTION 'member % was merged into another: the survivor earns and spends', NEW.member_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
