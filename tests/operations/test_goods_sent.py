"""How tills spell goods is looked up among the lines of the asked days, by index, however long the shop has sold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from merchants.tenancy import merchant_scope
from sales.queries.goods import _SENT
from tests.sales_shop import NOW, open_selling_shop

pytestmark = pytest.mark.django_db


def scans(node: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(relation, how it is read, condition of the index) of every scan."""
    if "Relation Name" in node:
        yield node["Relation Name"], node["Node Type"], node.get("Index Cond", "")
    for part in node.get("Plans", ()):
        yield from scans(part)


def plan_of(statement: str, given: dict[str, Any]) -> list[tuple[str, str, str]]:
    with connection.cursor() as cursor:
        # A small table is read whole whatever its indexes; what is asked is whether they could serve a large one.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", given)
        [told] = cursor.fetchone()
    plan = json.loads(told) if isinstance(told, str) else told
    return list(scans(plan[0]["Plan"]))


def test_only_the_asked_days_and_their_lines_are_read() -> None:
    shop = open_selling_shop()
    given = {"merchant": shop.merchant.id, "first": NOW.date() - timedelta(days=29), "last": NOW.date()}
    with merchant_scope(shop.merchant.id):
        shop.sell()
        found = plan_of(_SENT, given)
        unbound = plan_of(_SENT.replace("sale.business_date BETWEEN %(first)s AND %(last)s", "true"), given)
    by_name = {relation: (how, condition) for relation, how, condition in found}
    assert by_name["sales_sale"][0].startswith("Index")
    assert "business_date >=" in by_name["sales_sale"][1]
    assert "business_date <=" in by_name["sales_sale"][1]
    assert by_name["sales_saleline"][0].startswith("Index")
    assert "sale_id = sale.id" in by_name["sales_saleline"][1].replace("sales_sale.", "sale.")
    assert all("business_date" not in condition for _, _, condition in unbound), "the plan is told apart"
