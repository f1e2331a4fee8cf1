"""What the product defines, the product uses: every operation has a page, a command or a task."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Final

import pytest
from django.conf import settings

from tests.architecture.callers import collect_uses, definitions, is_used, unused_definitions

pytestmark = pytest.mark.static

WAITING: Final = {
    "backoffice.charts.bars.bar_chart": "2026-11-29, a chart of the design system; insights draw it",
    "products.queries.costs_on": "2026-11-29, insights: margins of a day",
}
"""What only tests use so far: since when, and the area that gives it a page. An entry goes when that area comes."""

ELSEWHERE: Final = {
    "common.migration_operations.owner_sees_all": "data migrations need it; a new schema has none",
    "loyalty.mail_sink.KeepInFolder.handle_DATA": "aiosmtpd calls it by name",
    "loyalty.middleware.RequestLog.process_exception": "Django calls it by name",
    "members.rules.tiers.tier_after_night": "the definition that a property test holds the night's SQL to",
    "segments.rules.scores_of": "the definition that a property test holds the night's SQL to",
}
"""What the product's own code never names, and why it stays."""


def test_what_the_product_defines_it_uses() -> None:
    found = set(unused_definitions(Path(settings.BASE_DIR)))
    assert found - WAITING.keys() - ELSEWHERE.keys() == set(), "delete these, or let a page, command or task use them"
    assert (WAITING.keys() | ELSEWHERE.keys()) - found == set(), "these are used now or gone: take them off the list"


def test_offering_a_name_or_calling_oneself_is_no_use() -> None:
    shop = {
        "shop.operations": "from shop.operations.sales import sell\n__all__ = ['sell']",
        "shop.operations.sales": "def sell(): return sell()\ndef _check(): ...\nLIMIT = 3",
    }
    every = {"sell", "_check", "LIMIT"}
    assert unused_in(shop) == every
    assert unused_in(shop | {"till": "sell = 1\nprint(sell)"}) == every, "another module's own name is none of these"
    assert unused_in(shop | {"till": "from shop.operations import sell"}) == every, "taken, but for nothing"
    assert unused_in(shop | {"till": "from shop.operations import sell\nsell()"}) == every - {"sell"}
    assert unused_in(shop | {"till": "JOB = 'shop.operations.sales.sell'\nprint(JOB)"}) == every - {"sell"}
    assert unused_in(shop, "{% if LIMIT > 2 %}sell{% endif %}") == every - {"LIMIT"}


def unused_in(texts: dict[str, str], template: str = "") -> set[str]:
    trees = {module: ast.parse(text) for module, text in texts.items()}
    uses = collect_uses(trees, [template])
    found = definitions("shop.operations.sales", trees["shop.operations.sales"])
    return {one.name for one in found if not is_used(one, uses, is_found=lambda _: False)}
