-- Codes that may cost more than one person may give away alone are written only with the approval of another person,
-- which was given for this very batch. What they may cost, and the limit of that moment, are kept as they were.
CREATE FUNCTION rewards_batch_above_limit_is_approved() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    alone bigint;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.kind, NEW.promotion_id, NEW.max_uses, NEW.most_cost_amount, NEW.alone_limit_amount, NEW.approval_id)
            IS DISTINCT FROM (OLD.kind, OLD.promotion_id, OLD.max_uses, OLD.most_cost_amount, OLD.alone_limit_amount,
                              OLD.approval_id) THEN
            RAISE EXCEPTION 'batch % keeps what it may cost', OLD.id USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.approval_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM public.merchants_approval
        WHERE merchant_id = NEW.merchant_id AND id = NEW.approval_id AND kind = 'coupons.create'
          AND subject_id = NEW.id AND state = 'approved') THEN
        RAISE EXCEPTION 'batch %: nobody approved it', NEW.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.kind = 'issued' THEN
        RETURN NEW;
    END IF;
    SELECT coupons_alone_amount INTO alone FROM public.merchants_merchant WHERE id = NEW.merchant_id;
    IF NEW.alone_limit_amount IS DISTINCT FROM alone THEN
        RAISE EXCEPTION 'batch %: another limit is in force', NEW.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER above_limit_is_approved BEFORE INSERT OR UPDATE ON rewards_couponbatch
    FOR EACH ROW EXECUTE FUNCTION rewards_batch_above_limit_is_approved();
