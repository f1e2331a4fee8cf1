"""The guard of statements itself: what it must let pass and what it must not, by the shapes that SQL has."""

from __future__ import annotations

import pytest

from tests.statements import lacking, tenant_tables

pytestmark = pytest.mark.static

HELD = """
SELECT id FROM sales_sale WHERE merchant_id = %s

SELECT id FROM sales_sale WHERE merchant_id = %(merchant)s AND note LIKE 'a%%'

SELECT "sales_sale"."merchant_id", "sales_sale"."id" FROM "sales_sale" WHERE "sales_sale"."merchant_id" = %s

SELECT id FROM sales_sale s WHERE %s = s.merchant_id AND (s.total_amount = 1 OR s.total_amount = 2)

SELECT id FROM sales_sale WHERE merchant_id = '0199'::uuid FOR UPDATE

SELECT id FROM sales_sale WHERE (merchant_id, id) IN ((%s, %s))

SELECT id FROM sales_sale WHERE (merchant_id, id) = (%s, %s)

SELECT id FROM sales_sale WHERE merchant_id IN (%s) LIMIT 5

SELECT id FROM sales_sale WHERE merchant_id = ANY(%s)

SELECT 1 FROM sales_sale s JOIN sales_saleline l ON l.merchant_id = s.merchant_id AND l.sale_id = s.id WHERE
s.merchant_id = %s

SELECT 1 FROM sales_sale s JOIN sales_saleline l USING (merchant_id, sale_id) WHERE merchant_id = %s

SELECT 1 FROM sales_sale s, sales_saleline l WHERE l.merchant_id = %s AND s.merchant_id = l.merchant_id

SELECT 1 FROM sales_sale s LEFT JOIN sales_saleline l ON l.merchant_id = %s AND l.sale_id = s.id WHERE
s.merchant_id = %s

SELECT 1 FROM sales_sale s LEFT JOIN (SELECT sale_id FROM sales_refund WHERE merchant_id = %s GROUP BY 1) r ON
r.sale_id = s.id WHERE s.merchant_id = %s

SELECT 1 FROM sales_sale s CROSS JOIN LATERAL (SELECT 1 FROM sales_saleline l WHERE l.merchant_id =
s.merchant_id AND l.sale_id = s.id) x WHERE s.merchant_id = %s

SELECT 1 FROM members_member m WHERE m.merchant_id = %s AND EXISTS (SELECT 1 FROM members_card c WHERE
c.merchant_id = m.merchant_id AND c.member_id = m.id)

SELECT (SELECT count(*) FROM members_card WHERE merchant_id = %s)

WITH s AS (SELECT merchant_id, id FROM sales_sale WHERE merchant_id = %s) SELECT 1 FROM s JOIN sales_saleline
l ON l.merchant_id = s.merchant_id AND l.sale_id = s.id

WITH gone AS (DELETE FROM sales_quote WHERE merchant_id = %s RETURNING id) SELECT count(*) FROM gone

UPDATE sales_sale SET note = '' WHERE merchant_id = %s

UPDATE sales_sale s SET note = '' FROM sales_refund r WHERE r.merchant_id = %s AND s.merchant_id =
r.merchant_id AND s.id = r.sale_id

UPDATE sales_sale s SET note = '' FROM (VALUES (%s, %s)) AS v (id, note) WHERE s.merchant_id = %s AND s.id =
v.id::uuid

DELETE FROM sales_quote WHERE merchant_id = %s AND id = %s

DELETE FROM sales_quote q USING sales_sale s WHERE s.merchant_id = %s AND q.merchant_id = s.merchant_id

INSERT INTO sales_sale (merchant_id, id) VALUES (%s, %s)

INSERT INTO sales_sale (merchant_id, id) SELECT merchant_id, id FROM sales_quote WHERE merchant_id = %s

SELECT id FROM sales_sale WHERE merchant_id = %s UNION ALL SELECT id FROM sales_refund WHERE merchant_id = %s

SELECT 1 FROM sales_sale s JOIN merchants_merchant m ON m.id = s.merchant_id WHERE m.id = %s

SELECT 1 FROM merchants_merchant

SELECT id FROM sales_sale WHERE (merchant_id, id) IN (SELECT merchant_id, sale_id FROM sales_refund WHERE
merchant_id = %s)

SELECT sale_id FROM sales_purchase WHERE merchant_id = %s

MERGE INTO sales_sale s USING (SELECT %s AS m) v ON s.merchant_id = %s WHEN MATCHED THEN UPDATE SET note = ''

EXPLAIN SELECT id FROM sales_sale WHERE merchant_id = %s
"""

# Tables that are not held, then the statement.
NOT_HELD = """
sales_sale:
SELECT count(*) FROM sales_sale

sales_sale:
SELECT merchant_id, id FROM sales_sale

sales_sale:
SELECT "sales_sale"."merchant_id" FROM "sales_sale" WHERE "sales_sale"."id" = %s

sales_sale:
SELECT merchant_id FROM sales_sale WHERE id = %s ORDER BY merchant_id

sales_sale:
SELECT count(*) FROM sales_sale GROUP BY merchant_id

sales_sale:
SELECT id FROM sales_sale WHERE merchant_id = %s OR total_amount = 0

sales_sale:
SELECT id FROM sales_sale WHERE NOT (merchant_id = %s)

sales_sale:
SELECT id FROM sales_sale WHERE merchant_id <> %s

sales_sale:
SELECT id FROM sales_sale WHERE merchant_id IS NOT NULL

sales_sale:
SELECT id FROM sales_sale WHERE merchant_id = merchant_id

sales_sale,sales_saleline:
SELECT 1 FROM sales_sale s JOIN sales_saleline l ON l.merchant_id = s.merchant_id

sales_saleline:
SELECT 1 FROM sales_sale s JOIN sales_saleline l ON l.sale_id = s.id WHERE s.merchant_id = %s

sales_sale:
SELECT 1 FROM sales_sale s JOIN sales_saleline l ON l.sale_id = s.id WHERE l.merchant_id = %s

sales_sale:
SELECT 1 FROM sales_sale s LEFT JOIN sales_saleline l ON l.merchant_id = %s AND s.merchant_id = l.merchant_id

sales_sale:
SELECT 1 FROM sales_sale a, sales_sale b WHERE a.merchant_id = %s

sales_refund:
SELECT 1 FROM sales_sale s LEFT JOIN (SELECT sale_id FROM sales_refund GROUP BY 1) r ON r.sale_id = s.id WHERE
s.merchant_id = %s

members_card:
SELECT 1 FROM members_member m WHERE m.merchant_id = %s AND EXISTS (SELECT 1 FROM members_card c WHERE
c.member_id = m.id)

members_member:
SELECT 1 FROM members_member m WHERE EXISTS (SELECT 1 FROM members_card c WHERE c.merchant_id = %s AND
m.merchant_id = c.merchant_id)

sales_sale:
SELECT (SELECT max(total_amount) FROM sales_sale), id FROM sales_refund WHERE merchant_id = %s

sales_refundline:
SELECT id FROM sales_sale WHERE merchant_id = %s AND total_amount > (SELECT avg(amount) FROM sales_refundline)

sales_sale:
WITH s AS (SELECT merchant_id, id FROM sales_sale) SELECT 1 FROM s WHERE s.merchant_id = %s

sales_quote:
WITH gone AS (DELETE FROM sales_quote RETURNING merchant_id) SELECT count(*) FROM gone

sales_sale:
UPDATE sales_sale SET merchant_id = %s

sales_sale:
UPDATE sales_sale SET note = '' WHERE id = %s RETURNING merchant_id

sales_sale:
UPDATE sales_sale s SET note = '' FROM sales_refund r WHERE r.merchant_id = %s AND s.id = r.sale_id

sales_quote:
DELETE FROM sales_quote WHERE id IN (SELECT id FROM sales_quote WHERE merchant_id = %s)

sales_quote:
DELETE FROM sales_quote q USING sales_sale s WHERE s.merchant_id = %s AND q.id = s.quote_id

sales_sale:
INSERT INTO sales_sale (id, note) VALUES (%s, 'merchant_id')

sales_quote:
INSERT INTO sales_sale (merchant_id, id) SELECT merchant_id, id FROM sales_quote

sales_refund:
SELECT id FROM sales_sale WHERE merchant_id = %s UNION SELECT id FROM sales_refund

sales_sale:
SELECT 1 FROM sales_sale s JOIN merchants_merchant m ON m.id = s.merchant_id

sales_sale:
SELECT 1 FROM merchants_merchant m WHERE EXISTS (SELECT 1 FROM sales_sale s WHERE s.merchant_id = m.id)

sales_sale:
SELECT 'merchant_id = 1' FROM sales_sale

sales_sale:
SELECT id FROM sales_sale -- merchant_id = %s

sales_purchase:
SELECT count(*) FROM sales_purchase

sales_sale:
SELECT count(*) FILTER (WHERE merchant_id = %s) FROM sales_sale

sales_sale:
SELECT id FROM sales_sale GROUP BY id HAVING bool_and(merchant_id = %s)
"""


def _statements(text: str) -> list[str]:
    return text.strip().split("\n\n")


@pytest.mark.parametrize("statement", _statements(HELD))
def test_a_statement_that_says_whose_rows_passes(statement: str) -> None:
    assert lacking(statement) == ()


@pytest.mark.parametrize("case", _statements(NOT_HELD))
def test_a_statement_that_does_not_say_whose_rows_is_found(case: str) -> None:
    tables, statement = case.split(":\n")
    assert ",".join(lacking(statement)) == tables


def test_views_over_merchants_tables_are_watched_too() -> None:
    assert {"sales_purchase", "ledger_movement", "sales_sale", "merchants_auditentry"} <= tenant_tables()
