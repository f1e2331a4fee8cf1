-- What other apps may read of products. security_invoker: the reader's own row security applies.
-- Codes and categories are compared by their keys.
CREATE VIEW products_known WITH (security_invoker = true) AS
SELECT merchant_id, sku, name, category, price_amount, sku_key, category_key FROM products_product;

-- The cost of each sku from `starts_on` up to, not including, `ends_on`; of one start day the last version counts.
CREATE VIEW products_cost WITH (security_invoker = true) AS
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
