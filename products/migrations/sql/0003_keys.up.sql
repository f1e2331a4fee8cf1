-- What the release before writes: it knows no keys, so they are filled in as well as SQL can say them.
CREATE FUNCTION fill_product_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.sku_key = '' THEN
        NEW.sku_key := coalesce(nullif(lower(btrim(normalize(NEW.sku, NFKC))), ''), NEW.sku);
        NEW.name_key := left(lower(btrim(normalize(NEW.name, NFKC))), 200);
        NEW.category_key := lower(btrim(normalize(NEW.category, NFKC)));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER product_keys BEFORE INSERT ON products_product FOR EACH ROW EXECUTE FUNCTION fill_product_keys();

-- The same views, with what codes and categories are compared by.
CREATE OR REPLACE VIEW products_known WITH (security_invoker = true) AS
SELECT merchant_id, sku, name, category, price_amount, sku_key, category_key FROM products_product;

CREATE OR REPLACE VIEW products_cost WITH (security_invoker = true) AS
SELECT merchant_id,
       sku,
       starts_on,
       lead(starts_on, 1, date '9999-12-31') OVER (PARTITION BY merchant_id, product_id ORDER BY starts_on) AS ends_on,
       cost_amount,
       sku_key
FROM (
    SELECT DISTINCT ON (cost.merchant_id, cost.product_id, cost.starts_on)
           cost.merchant_id, cost.product_id, product.sku, product.sku_key, cost.starts_on, cost.cost_amount
    FROM products_productcost AS cost
    JOIN products_product AS product ON product.merchant_id = cost.merchant_id AND product.id = cost.product_id
    ORDER BY cost.merchant_id, cost.product_id, cost.starts_on, cost.number DESC
) AS version;
