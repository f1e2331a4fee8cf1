DROP VIEW products_cost;
DROP VIEW products_known;
