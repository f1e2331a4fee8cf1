-- A sale at a till is no blocked member's, unless it pays what a quote held for them before they were blocked. Files of
-- the past are taken as they are.
CREATE FUNCTION sales_sale_refuses_blocked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    state text;
BEGIN
    SELECT status INTO state FROM members_member
        WHERE merchant_id = NEW.merchant_id AND id = NEW.member_id FOR SHARE;
    IF state IN ('blocked', 'erased') AND NOT EXISTS (
        SELECT FROM sales_quote q
        WHERE q.merchant_id = NEW.merchant_id AND q.id = NEW.quote_id AND q.member_id = NEW.member_id)
    THEN
        RAISE EXCEPTION 'sale %: member % is blocked', NEW.id, NEW.member_id USING ERRCODE = 'check_violation';
    END IF;
    IF state = 'merged' THEN
        RAISE EXCEPTION 'sale %: member % was merged into another', NEW.id, NEW.member_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER refuses_blocked_member AFTER INSERT ON sales_sale
    FOR EACH ROW WHEN (NEW.member_id IS NOT NULL AND NEW.source = 'till') EXECUTE FUNCTION sales_sale_refuses_blocked();
CREATE TRIGGER refuses_blocked_member_later AFTER UPDATE OF member_id ON sales_sale
    FOR EACH ROW WHEN (NEW.member_id IS DISTINCT FROM OLD.member_id AND NEW.member_id IS NOT NULL
        AND NEW.source = 'till') EXECUTE FUNCTION sales_sale_refuses_blocked();
