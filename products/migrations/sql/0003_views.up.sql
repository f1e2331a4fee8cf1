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
