-- What was sold is a fact: figures of a recorded sale never change, returns only grow, and they equal the refunds (I10).
-- Triggers refuse; they compute nothing.

-- A bill adds up: goods, what is on top of them, less what points, wallet money and cards paid. A till that says
-- what it charged instead is believed, and the sale says so.
ALTER TABLE sales_sale ADD CONSTRAINT sale_bill_adds_up CHECK (
    payable_amount = total_amount
        + CASE WHEN prices_include_tax THEN 0 ELSE tax_amount END
        + CASE WHEN prices_include_service THEN 0 ELSE service_amount END
        + tip_amount + rounding_amount - points_value_amount - wallet_redeemed_amount - gift_card_redeemed_amount
    OR warnings @> '[{"code": "charged_differs"}]');

CREATE FUNCTION sales_sale_keeps_its_figures() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.recorded_at IS NOT NULL AND (
        NEW.till_id, NEW.reference, NEW.request_fingerprint, NEW.occurred_at, NEW.business_date, NEW.subtotal_amount,
        NEW.discount_amount, NEW.total_amount, NEW.payable_amount, NEW.points_redeemed, NEW.wallet_redeemed_amount,
        NEW.gift_card_redeemed_amount, NEW.gift_cards, NEW.points_value_amount, NEW.tax_amount,
        NEW.service_amount, NEW.tip_amount, NEW.rounding_amount, NEW.prices_include_tax, NEW.prices_include_service,
        NEW.spend_change_amount, NEW.recorded_at
    ) IS DISTINCT FROM (
        OLD.till_id, OLD.reference, OLD.request_fingerprint, OLD.occurred_at, OLD.business_date, OLD.subtotal_amount,
        OLD.discount_amount, OLD.total_amount, OLD.payable_amount, OLD.points_redeemed, OLD.wallet_redeemed_amount,
        OLD.gift_card_redeemed_amount, OLD.gift_cards, OLD.points_value_amount, OLD.tax_amount,
        OLD.service_amount, OLD.tip_amount, OLD.rounding_amount, OLD.prices_include_tax, OLD.prices_include_service,
        OLD.spend_change_amount, OLD.recorded_at
    ) THEN
        RAISE EXCEPTION 'sale % is recorded: its figures stand', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    -- Goods handed back in this receipt may belong to a sale that comes later.
    IF OLD.recorded_at IS NOT NULL AND NEW.exchanged_amount IS DISTINCT FROM OLD.exchanged_amount
        AND coalesce(NEW.exchanged_amount, -1) < coalesce(OLD.exchanged_amount, 0) THEN
        RAISE EXCEPTION 'sale %: what was handed back in it only grows', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.recorded_at IS NOT NULL AND NEW.quarantine <> OLD.quarantine
        AND NOT (OLD.quarantine = 'waiting' AND NEW.quarantine IN ('approved', 'refused')) THEN
        RAISE EXCEPTION 'sale %: its quarantine is decided once', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.recorded_at IS NOT NULL AND OLD.member_id IS NOT NULL AND (
        NEW.member_id, NEW.points_earned, NEW.cashback_earned_amount)
        IS DISTINCT FROM (OLD.member_id, OLD.points_earned, OLD.cashback_earned_amount)
        AND NOT (NEW.member_id = OLD.member_id AND OLD.quarantine = 'waiting' AND NEW.quarantine = 'approved')
        AND NOT ((NEW.points_earned, NEW.cashback_earned_amount)
            = (OLD.points_earned, OLD.cashback_earned_amount)
            AND passes_with_merge(NEW.merchant_id, OLD.member_id, NEW.member_id))
    THEN
        RAISE EXCEPTION 'sale % belongs to its member', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.refunded_amount < OLD.refunded_amount OR NEW.points_reversed < OLD.points_reversed
        OR NEW.points_returned < OLD.points_returned OR NEW.wallet_returned_amount < OLD.wallet_returned_amount
        OR NEW.cashback_reversed_amount < OLD.cashback_reversed_amount
        OR NEW.gift_card_returned_amount < OLD.gift_card_returned_amount THEN
        RAISE EXCEPTION 'returns of sale % only grow', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keeps_its_figures BEFORE UPDATE ON sales_sale
    FOR EACH ROW EXECUTE FUNCTION sales_sale_keeps_its_figures();

CREATE FUNCTION sales_line_keeps_its_figures() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.sale_id, NEW.position, NEW.sku, NEW.quantity, NEW.unit_amount, NEW.subtotal_amount, NEW.discount_amount,
        NEW.total_amount, NEW.tax_amount, NEW.service_amount) IS DISTINCT FROM (OLD.sale_id, OLD.position, OLD.sku,
        OLD.quantity, OLD.unit_amount, OLD.subtotal_amount, OLD.discount_amount, OLD.total_amount, OLD.tax_amount,
        OLD.service_amount)
        OR NEW.returned_quantity < OLD.returned_quantity OR NEW.returned_amount < OLD.returned_amount
    THEN
        RAISE EXCEPTION 'line % is sold: only its returns grow', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keeps_its_figures BEFORE UPDATE ON sales_saleline
    FOR EACH ROW EXECUTE FUNCTION sales_line_keeps_its_figures();

CREATE FUNCTION sales_delete_refused() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% keeps its rows for ever', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER kept_for_ever BEFORE DELETE ON sales_sale FOR EACH ROW EXECUTE FUNCTION sales_delete_refused();
CREATE TRIGGER kept_for_ever BEFORE DELETE ON sales_saleline FOR EACH ROW EXECUTE FUNCTION sales_delete_refused();

-- At commit: what the lines and the sale say came back is what the refunds say.
CREATE FUNCTION sales_returns_add_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    the_sale uuid := NEW.sale_id;
    wrong_line uuid;
    sums record;
BEGIN
    SELECT l.id INTO wrong_line
    FROM sales_saleline l
    LEFT JOIN (
        SELECT rl.line_id_of_sale, sum(rl.quantity) AS quantity, sum(rl.amount) AS amount
        FROM sales_refundline rl
        JOIN sales_refund r ON r.merchant_id = rl.merchant_id AND r.id = rl.refund_id
        WHERE rl.merchant_id = NEW.merchant_id AND r.sale_id = the_sale
        GROUP BY rl.line_id_of_sale
    ) back ON back.line_id_of_sale = l.id
    WHERE l.merchant_id = NEW.merchant_id AND l.sale_id = the_sale
      AND (l.returned_quantity <> coalesce(back.quantity, 0) OR l.returned_amount <> coalesce(back.amount, 0))
    LIMIT 1;
    IF wrong_line IS NOT NULL THEN
        RAISE EXCEPTION 'line %: returns and refunds differ', wrong_line USING ERRCODE = 'check_violation';
    END IF;
    SELECT s.refunded_amount AS sale_goods, s.points_reversed AS sale_reversed, s.points_returned AS sale_returned,
           s.wallet_returned_amount AS sale_wallet, s.cashback_reversed_amount AS sale_cashback,
           s.gift_card_returned_amount AS sale_cards, coalesce(sum(r.wallet_returned_amount), 0) AS wallet,
           coalesce(sum(r.cashback_reversed_amount), 0) AS cashback,
           coalesce(sum(r.gift_card_returned_amount), 0) AS cards,
           coalesce(sum(r.goods_amount), 0) AS goods, coalesce(sum(r.points_reversed), 0) AS reversed,
           coalesce(sum(r.points_returned), 0) AS returned,
           (coalesce(sum(r.tax_amount), 0), coalesce(sum(r.service_amount), 0), coalesce(sum(r.tip_amount), 0))
               = (s.tax_amount, s.service_amount, s.tip_amount) AS whole_bill,
           coalesce(sum(r.spend_change_amount), 0) = s.spend_change_returned_amount AS same_spend,
           coalesce(sum(r.tax_amount), 0) <= s.tax_amount AND coalesce(sum(r.service_amount), 0) <= s.service_amount
               AND coalesce(sum(r.tip_amount), 0) <= s.tip_amount
               AND abs(coalesce(sum(r.rounding_amount), 0)) <= abs(s.rounding_amount) AS within_bill, s.status
    INTO sums
    FROM sales_sale s
    LEFT JOIN sales_refund r ON r.merchant_id = s.merchant_id AND r.sale_id = s.id
    WHERE s.merchant_id = NEW.merchant_id AND s.id = the_sale
    GROUP BY s.merchant_id, s.id;
    IF sums IS NULL OR sums.sale_goods <> sums.goods OR sums.sale_reversed <> sums.reversed
        OR sums.sale_returned <> sums.returned OR sums.sale_wallet <> sums.wallet
        OR sums.sale_cashback <> sums.cashback OR sums.sale_cards <> sums.cards OR NOT sums.within_bill
        OR NOT sums.same_spend
        OR (sums.status IN ('refunded', 'voided') AND NOT sums.whole_bill) THEN
        RAISE EXCEPTION 'sale %: returns and refunds differ', the_sale USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER returns_add_up AFTER INSERT ON sales_refund
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sales_returns_add_up();
CREATE CONSTRAINT TRIGGER returns_add_up AFTER UPDATE OF returned_quantity, returned_amount ON sales_saleline
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.returned_quantity <> OLD.returned_quantity OR NEW.returned_amount <> OLD.returned_amount)
    EXECUTE FUNCTION sales_returns_add_up();

-- Reads the row as it is at commit: NEW is the row as one of several updates left it.
CREATE FUNCTION sales_sale_returns_add_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sums record;
BEGIN
    SELECT s.refunded_amount AS sale_goods, s.points_reversed AS sale_reversed, s.points_returned AS sale_returned,
           s.wallet_returned_amount AS sale_wallet, s.cashback_reversed_amount AS sale_cashback,
           s.gift_card_returned_amount AS sale_cards, coalesce(sum(r.wallet_returned_amount), 0) AS wallet,
           coalesce(sum(r.cashback_reversed_amount), 0) AS cashback,
           coalesce(sum(r.gift_card_returned_amount), 0) AS cards,
           coalesce(sum(r.goods_amount), 0) AS goods, coalesce(sum(r.points_reversed), 0) AS reversed,
           coalesce(sum(r.points_returned), 0) AS returned,
           (coalesce(sum(r.tax_amount), 0), coalesce(sum(r.service_amount), 0), coalesce(sum(r.tip_amount), 0))
               = (s.tax_amount, s.service_amount, s.tip_amount) AS whole_bill,
           coalesce(sum(r.spend_change_amount), 0) = s.spend_change_returned_amount AS same_spend,
           coalesce(sum(r.tax_amount), 0) <= s.tax_amount AND coalesce(sum(r.service_amount), 0) <= s.service_amount
               AND coalesce(sum(r.tip_amount), 0) <= s.tip_amount
               AND abs(coalesce(sum(r.rounding_amount), 0)) <= abs(s.rounding_amount) AS within_bill, s.status
    INTO sums
    FROM sales_sale s
    LEFT JOIN sales_refund r ON r.merchant_id = s.merchant_id AND r.sale_id = s.id
    WHERE s.merchant_id = NEW.merchant_id AND s.id = NEW.id
    GROUP BY s.merchant_id, s.id;
    IF sums IS NULL OR sums.sale_goods <> sums.goods OR sums.sale_reversed <> sums.reversed
        OR sums.sale_returned <> sums.returned OR sums.sale_wallet <> sums.wallet
        OR sums.sale_cashback <> sums.cashback OR sums.sale_cards <> sums.cards OR NOT sums.within_bill
        OR NOT sums.same_spend
        OR (sums.status IN ('refunded', 'voided') AND NOT sums.whole_bill) THEN
        RAISE EXCEPTION 'sale %: returns and refunds differ', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER returns_add_up AFTER UPDATE ON sales_sale
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.refunded_amount <> OLD.refunded_amount OR NEW.points_reversed <> OLD.points_reversed
          OR NEW.points_returned <> OLD.points_returned
          OR NEW.wallet_returned_amount <> OLD.wallet_returned_amount
          OR NEW.cashback_reversed_amount <> OLD.cashback_reversed_amount
          OR NEW.gift_card_returned_amount <> OLD.gift_card_returned_amount
          OR NEW.spend_change_returned_amount <> OLD.spend_change_returned_amount)
    EXECUTE FUNCTION sales_sale_returns_add_up();
