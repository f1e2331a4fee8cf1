"""What the database refuses about rewards and partners, and what verify names."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.db import DatabaseError, connection

from members.facts import MemberFacts
from merchants.tenancy import refusable
from rewards.catalogue.facts import Handover
from rewards.promotions.facts import Funding
from tests.operations.test_partners import supplier
from tests.operations.test_rewards import broken, member, redeem, reward, shop
from tests.sales_shop import SellingShop

__all__ = ["member", "shop", "supplier"]
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE rewards_reward SET stock = stock + 1",
        "UPDATE rewards_reward SET stock = NULL",
        "UPDATE rewards_redemption SET points = 0",
        "UPDATE rewards_redemption SET quantity = 9",
        "UPDATE rewards_redemption SET status = 'held'",
        "UPDATE rewards_redemption SET fulfilment = 'delivered'",
        "UPDATE rewards_redemption SET fulfilment = 'cancelled'",
        "UPDATE rewards_redemption SET handover = 'pickup'",
        "UPDATE rewards_stockmovement SET change = 5",
        "DELETE FROM rewards_stockmovement",
        "UPDATE rewards_redemptionstep SET note = 'x'",
        "UPDATE rewards_partnerfunding SET share_amount = 0",
        "DELETE FROM rewards_partnerfunding",
        (
            "INSERT INTO rewards_stockmovement (merchant_id, id, reward_id, kind, change, reason, actor_label, at) "
            "SELECT merchant_id, gen_random_uuid(), id, 'restock', 3, '', '', now() FROM rewards_reward"
        ),
        (
            "INSERT INTO rewards_partnerfunding (merchant_id, id, partner_id, promotion_id, version_number, reward_id, "
            "source_id, cause_id, kind, base_amount, share_amount, business_date, at) SELECT merchant_id, "
            "gen_random_uuid(), partner_id, promotion_id, version_number, reward_id, source_id, gen_random_uuid(), "
            "'returned', -base_amount, -share_amount - 1, business_date, at FROM rewards_partnerfunding"
        ),
    ],
)
def test_the_database_refuses_what_must_never_be(
    shop: SellingShop, member: MemberFacts, supplier: UUID, statement: str
) -> None:
    bag = reward(
        shop,
        stock=4,
        handover=Handover.SHIPPING,
        unit_cost_amount=100,
        funding=Funding(partner_id=supplier, basis_points=100),
    )
    redeem(shop, member, bag)
    with pytest.raises(DatabaseError), refusable(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(
    ("statement", "table", "message"),
    [
        (
            (
                "INSERT INTO rewards_redemptionstep (merchant_id, id, redemption_id, number, from_state, "
                "to_state, actor_label, note, at) SELECT merchant_id, gen_random_uuid(), id, 2, 'requested', "
                "'ready', 'x', '', now() FROM rewards_redemption"
            ),
            "rewards_redemption",
            "the gift is not where its last step took it",
        ),
        (
            (
                "WITH more AS (INSERT INTO rewards_stockmovement (merchant_id, id, reward_id, redemption_id, kind, "
                "change, reason, actor_label, at) SELECT merchant_id, gen_random_uuid(), reward_id, id, "
                "'given_back', 1, '', '', now() FROM rewards_redemption RETURNING 1) "
                "UPDATE rewards_reward SET stock = stock + 1"
            ),
            "rewards_redemption",
            "pieces taken or given back differ from the redemption",
        ),
        (
            "UPDATE rewards_redemption SET status = 'reversed', fulfilment = 'cancelled'",
            "rewards_redemption",
            "points in the ledger differ from what the redemption cost",
        ),
        (
            (
                "INSERT INTO rewards_partnerfunding (merchant_id, id, partner_id, reward_id, source_id, cause_id, "
                "kind, basis_points, base_amount, share_amount, business_date, at) SELECT merchant_id, "
                "gen_random_uuid(), partner_id, reward_id, gen_random_uuid(), gen_random_uuid(), 'given', 5000, 100, "
                "60, business_date, at FROM rewards_partnerfunding"
            ),
            "rewards_partnerfunding",
            "a share that is not what its terms make of its base",
        ),
        (
            (
                "INSERT INTO rewards_partnerfunding (merchant_id, id, partner_id, reward_id, source_id, cause_id, "
                "kind, base_amount, share_amount, business_date, at) SELECT merchant_id, gen_random_uuid(), "
                "partner_id, reward_id, gen_random_uuid(), gen_random_uuid(), 'returned', 0, 0, business_date, at "
                "FROM rewards_partnerfunding"
            ),
            "rewards_partnerfunding",
            "more was taken off a partner's share than was given",
        ),
    ],
)
def test_verify_names_what_is_planted(
    shop: SellingShop, member: MemberFacts, supplier: UUID, statement: str, table: str, message: str
) -> None:
    bag = reward(
        shop,
        stock=4,
        handover=Handover.SHIPPING,
        unit_cost_amount=100,
        funding=Funding(partner_id=supplier, basis_points=100),
    )
    redeem(shop, member, bag)
    assert broken(shop) == []
    with connection.cursor() as cursor:
        cursor.execute(statement)
    assert (table, message) in broken(shop)
