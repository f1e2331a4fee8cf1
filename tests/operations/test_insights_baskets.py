"""Past baskets of a real shop under a draft: bounded, newest first, nothing written, few statements."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from common.ids import new_id
from insights.facts import FindingCode
from insights.queries import lint_baskets
from insights.wording import finding_sentence
from merchants.facts import SYSTEM
from merchants.tenancy import merchant_scope
from products.facts import ProductDraft
from products.operations import save_products
from rewards.engine import validate_definition
from rewards.promotions.operations import create_promotion
from sales.models import Sale
from tests.sales_shop import NOW, SellingShop, line, open_selling_shop

pytestmark = pytest.mark.django_db

DRAFT = validate_definition({"id": "draft", "title": "Setengah harga", "kind": "percent_off", "value": 50})


@pytest.fixture
def shop() -> SellingShop:
    found = open_selling_shop()
    with merchant_scope(found.merchant.id):
        member = found.join()
        for _ in range(5):
            found.sell(line(1, 20_000, sku="KOPI"), line(2, 5_000, 2, sku="TEH"), member=member)
        found.sell(line(1, 90_000, sku="KOPI"))
        save_products(
            merchant=found.merchant,
            drafts=[ProductDraft("KOPI", cost_amount=15_000)],
            today=NOW.date() - timedelta(days=30),
            at=NOW,
            actor=SYSTEM,
        )
    return found


def test_the_findings_of_a_draft(shop: SellingShop) -> None:
    with merchant_scope(shop.merchant.id):
        report = lint_baskets(merchant=shop.merchant, candidate=DRAFT, at=NOW)
    codes = [finding.code for finding in report.findings]
    assert report.receipts == 6
    assert codes == [
        FindingCode.WORST_DISCOUNT,
        FindingCode.BELOW_COST,
        FindingCode.DISCOUNT_OF_SALES,
        FindingCode.DISCOUNT_OF_VISITS,
    ]
    assert report.findings[1].figures["loss_amount"] == 5 * 5_000
    for language, word in (("en", "lost"), ("id", "rugi")):
        with translation.override(language):
            words = [finding_sentence(f, report, merchant=shop.merchant, language=language) for f in report.findings]
        assert word in words[1]
        assert "Rp\u00a025.000" in words[1]
        assert "Setengah harga" in words[0]


def test_the_sample_is_the_newest_and_bounded(shop: SellingShop) -> None:
    with merchant_scope(shop.merchant.id):
        report = lint_baskets(merchant=shop.merchant, candidate=DRAFT, at=NOW, sample=1)
    assert (report.receipts, report.findings[0].figures["subtotal_amount"]) == (1, 90_000)


def test_a_live_promotion_that_never_acts_is_named_and_its_next_version_is_looked_at_alone(shop: SellingShop) -> None:
    with merchant_scope(shop.merchant.id):
        live = create_promotion(
            merchant=shop.merchant,
            definition={"title": "Teh", "kind": "percent_off", "value": 10, "filter": {"skus": ["GULA"]}},
            starts_at=NOW - timedelta(days=9),
            at=NOW,
        )
        report = lint_baskets(merchant=shop.merchant, candidate=None, at=NOW)
        assert [f.promotion_ids for f in report.findings if f.code is FindingCode.NEVER_FIRED] == [(str(live),)]
        report = lint_baskets(merchant=shop.merchant, candidate=DRAFT, at=NOW, replaces=live)
        assert FindingCode.NEVER_FIRED not in {f.code for f in report.findings}


def test_statements_do_not_grow_with_the_sample(shop: SellingShop) -> None:
    def statements() -> int:
        with merchant_scope(shop.merchant.id), CaptureQueriesContext(connection) as captured:
            lint_baskets(merchant=shop.merchant, candidate=DRAFT, at=NOW)
        return len(captured)

    before = statements()
    with merchant_scope(shop.merchant.id):
        for _ in range(4):
            shop.sell(line(1, 20_000), member=shop.join())
    assert statements() == before <= 9


def test_another_merchants_receipts_are_not_there(shop: SellingShop) -> None:
    stranger = open_selling_shop("Sebelah")
    with merchant_scope(stranger.merchant.id):
        assert lint_baskets(merchant=stranger.merchant, candidate=DRAFT, at=NOW).findings == ()


def test_a_receipt_dated_in_the_future_is_not_looked_at(shop: SellingShop) -> None:
    """A file may say 1 Jan 2031; the newest receipts are those of today and before."""
    with merchant_scope(shop.merchant.id):
        shop.sell(line(1, 25_000))
        future = datetime(2031, 1, 1, 3, tzinfo=UTC)
        row = Sale.objects.filter(merchant_id=shop.merchant.id).latest("id")
        row.id, row.reference, row.occurred_at, row.business_date = new_id(), "BGJ-5", future, future.date()
        row.save(force_insert=True)
        report = lint_baskets(merchant=shop.merchant, candidate=None, at=NOW)
    assert report.newest_on == NOW.date()
