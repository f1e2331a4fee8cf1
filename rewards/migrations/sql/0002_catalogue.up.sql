-- At commit a reward's stock is the sum of its movements: no piece appears or goes without its reason.
CREATE FUNCTION rewards_stock_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    the_reward uuid;
    stated bigint;
    moved bigint;
BEGIN
    IF TG_TABLE_NAME = 'rewards_reward' THEN
        the_reward := NEW.id;
    ELSE
        the_reward := NEW.reward_id;
    END IF;
    SELECT coalesce(stock, 0) INTO stated FROM rewards_reward WHERE merchant_id = NEW.merchant_id AND id = the_reward;
    SELECT coalesce(sum(change), 0) INTO moved FROM rewards_stockmovement
        WHERE merchant_id = NEW.merchant_id AND reward_id = the_reward;
    IF stated IS DISTINCT FROM moved THEN
        RAISE EXCEPTION 'reward %: the stock is %, its movements say %', the_reward, stated, moved
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER stock_of_new_reward AFTER INSERT ON rewards_reward
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.stock > 0) EXECUTE FUNCTION rewards_stock_adds_up();
CREATE CONSTRAINT TRIGGER stock_of_reward AFTER UPDATE OF stock ON rewards_reward
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.stock IS DISTINCT FROM OLD.stock)
    EXECUTE FUNCTION rewards_stock_adds_up();
CREATE CONSTRAINT TRIGGER stock_moved AFTER INSERT ON rewards_stockmovement
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION rewards_stock_adds_up();

-- A redemption keeps what it was about, and goes only where it can go from where it is.
CREATE FUNCTION rewards_redemption_goes_its_way() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.reward_id, NEW.quantity, NEW.points, NEW.unit_cost_amount, NEW.handover, NEW.business_date)
        IS DISTINCT FROM (OLD.reward_id, OLD.quantity, OLD.points, OLD.unit_cost_amount, OLD.handover,
                          OLD.business_date)
        OR NOT passes_with_merge(NEW.merchant_id, OLD.member_id, NEW.member_id)
    THEN
        RAISE EXCEPTION 'redemption % keeps its figures', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
        ('held', 'completed'), ('held', 'reversed'), ('held', 'lapsed'), ('completed', 'reversed'))
    THEN
        RAISE EXCEPTION 'redemption % cannot go from % to %', OLD.id, OLD.status, NEW.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.fulfilment <> OLD.fulfilment AND (OLD.handover, OLD.fulfilment, NEW.fulfilment) NOT IN (
        ('pickup', '', 'requested'), ('pickup', 'requested', 'ready'), ('pickup', 'requested', 'cancelled'),
        ('pickup', 'ready', 'handed_over'), ('pickup', 'ready', 'cancelled'),
        ('shipping', '', 'requested'), ('shipping', 'requested', 'ready'), ('shipping', 'requested', 'cancelled'),
        ('shipping', 'ready', 'shipped'), ('shipping', 'ready', 'cancelled'), ('shipping', 'shipped', 'delivered'))
    THEN
        RAISE EXCEPTION 'the gift of redemption % cannot go from "%" to "%"', OLD.id, OLD.fulfilment, NEW.fulfilment
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER goes_its_way BEFORE UPDATE ON rewards_redemption
    FOR EACH ROW EXECUTE FUNCTION rewards_redemption_goes_its_way();

-- At commit: what returns took off a partner's share is never more than what was given.
CREATE FUNCTION rewards_partner_share_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    base_left bigint;
    share_left bigint;
BEGIN
    SELECT sum(base_amount), sum(share_amount) INTO base_left, share_left FROM rewards_partnerfunding
    WHERE merchant_id = NEW.merchant_id AND source_id = NEW.source_id AND partner_id = NEW.partner_id
      AND promotion_id IS NOT DISTINCT FROM NEW.promotion_id AND reward_id IS NOT DISTINCT FROM NEW.reward_id;
    IF base_left IS NULL OR base_left < 0 OR share_left < 0 THEN
        RAISE EXCEPTION 'partner share %: more taken back than was given', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER share_stays AFTER INSERT ON rewards_partnerfunding
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.kind = 'returned')
    EXECUTE FUNCTION rewards_partner_share_stays();
