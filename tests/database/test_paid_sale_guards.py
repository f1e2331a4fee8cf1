"""Raw SQL, as the application role, against what keeps debts from tills and awaited members true."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from enrolment.operations import enrol_member
from members.facts import EnrolDraft
from merchants.tenancy import merchant_scope
from tests.database.test_sales_guards import one, refused
from tests.sales_shop import NOW, SellingShop, line, open_selling_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Iterator[SellingShop]:
    """A shop with a debt from its till, and two sales whose member is not known: of one of them the member came."""
    opened = open_selling_shop()
    with merchant_scope(opened.merchant.id):
        opened.sell(line(1, 100_000), member=opened.join(), is_paid=True, redeem_points=50)
        for phone in ("0812 3456 7890", "0812 3456 7891"):
            opened.sell(line(1, 100_000), identifier=phone, is_paid=True)
        draft = EnrolDraft(name="Budi", phone="0812 3456 7890")
        enrol_member(merchant=opened.merchant, draft=draft, at=NOW)
        yield opened


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE sales_tilldebtday SET owed_amount = 0", "leave another sum"),
        ("UPDATE sales_tilldebtday SET day = day - 1", "never change"),
        ("UPDATE sales_tilldebtday SET owed_amount = limit_amount + 1", "till_debt_within_limit"),
        ("DELETE FROM sales_tilldebtday", "keeps its rows for ever"),
        ("UPDATE sales_tilldebt SET owed = 0", "permission denied"),
        ("DELETE FROM sales_tilldebt", "permission denied"),
    ],
)
def test_what_a_till_left_as_debt_is_not_taken_back(shop: SellingShop, statement: str, words: str) -> None:
    assert one("SELECT owed_amount FROM sales_tilldebtday") == 5_000
    assert words in refused(statement)


EXCESS = """
    INSERT INTO sales_parkedreturn (merchant_id, id, till_id, reference, kind, refund_reference, exchange_sale_id,
        request_fingerprint, lines, reason, occurred_at, received_at, state, settled_at, problem, note, warnings)
    SELECT merchant_id, gen_random_uuid(), till_id, 'S-1', 'excess', reference, {sale}, '\\x00', '[]', '', now(), now(),
        '{state}', {settled}, '', '', '[]'
    FROM sales_sale ORDER BY id LIMIT 1"""


@pytest.mark.parametrize(
    ("sale", "state", "settled"),
    [("id", "waiting", "NULL"), ("id", "unmatched", "now()"), ("NULL", "refused", "now()")],
)
def test_goods_beyond_their_receipt_are_never_carried_out(
    shop: SellingShop, sale: str, state: str, settled: str
) -> None:
    assert "excess_return_is_refused" in refused(EXCESS.format(sale=sale, state=state, settled=settled))
    once = EXCESS.format(sale="id", state="refused", settled="now()")
    assert "excess_return_once" in refused(f"{once}; {once}")


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE members_awaitedmember SET contact_hash = '\\x00'", "never changes"),
        ("UPDATE members_awaitedmember SET noted_at = now()", "never changes"),
        ("UPDATE members_awaitedmember SET member_id = NULL WHERE member_id IS NOT NULL", "has come already"),
        (
            """UPDATE members_awaitedmember a SET member_id = m.id FROM members_member m
               WHERE a.member_id IS NOT NULL AND m.id <> a.member_id""",
            "has come already",
        ),
        ("UPDATE members_awaitedmember SET member_id = gen_random_uuid() WHERE member_id IS NULL", "foreign key"),
    ],
)
def test_a_sale_waits_for_one_member_under_one_contact(shop: SellingShop, statement: str, words: str) -> None:
    assert one("SELECT count(*) FROM members_awaitedmember WHERE member_id IS NOT NULL") == 1
    assert words in refused(statement)
