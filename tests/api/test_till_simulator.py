"""The till simulator against a real server finds nothing wrong; planted errors are found."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from merchants.facts import MissingNumbers
from merchants.operations import claim_key
from merchants.tenancy import merchant_scope
from pos_integration.simulator.early_return import return_before_sale
from pos_integration.simulator.exchange import exchange_goods
from pos_integration.simulator.model import LineState, SaleState, SimulatedProgram, UnknownProgramError, take_back, void
from pos_integration.simulator.offline import sell_offline
from pos_integration.simulator.player import Player
from pos_integration.simulator.run import SimulationPlan, run
from rewards.promotions.operations import create_promotion
from sales.rules import believed_time
from tests.api.conftest import ApiShop, open_shop
from tests.api.serving import served
from tests.api.till import new_key

pytestmark = pytest.mark.gate

OPEN_FOR = 3_600.0
SEED = int(os.environ.get("TILL_SEED", "20260305"))


@pytest.fixture
def server(real_commits: None) -> Iterator[str]:
    with served() as url:
        yield url


@pytest.fixture
def shop(real_commits: None) -> ApiShop:
    """A shop that has been open for an hour: what its tills sold offline meanwhile earns by its program."""
    with time_machine.travel(timezone.now() - timedelta(seconds=OPEN_FOR), tick=True):
        shop = open_shop("Toko Simulasi")
        shop.reward("Tas", points=20)
        shop.reward("Kupon", points=15, batch_id=shop.coupon_batch())
    return shop


def day(url: str, shop: ApiShop, **changes: object) -> tuple[int, list[str]]:
    plan = {
        "url": url,
        "keys": [shop.till().key, shop.second_till().key],
        "tills": 3,
        "seed": SEED,
        "actions": 25,
        "seconds": 60.0,
        "cut_share": 0.1,
        "patience": 30.0,
        "open_for": OPEN_FOR,
    }
    told: list[str] = []
    found = run(SimulationPlan(**{**plan, **changes}), told.append)  # type: ignore[arg-type]
    return found, told


def test_a_day_on_a_bad_network_ends_with_every_figure_right(server: str, shop: ApiShop) -> None:
    found, told = day(server, shop)
    assert found == 0, "\n".join(told)
    assert f"seed {SEED}" in told[0]
    assert " unknown and asked again" in told[1]


def join_page(url: str, shop: ApiShop) -> str:
    return url + reverse("member_pages:join", args=[shop.merchant.slug])


def test_a_card_made_on_the_join_page_earns_spends_nothing_and_is_confirmed(server: str, shop: ApiShop) -> None:
    found, told = day(server, shop, actions=4, join_url=join_page(server, shop))
    assert found == 0, "\n".join(told)
    for operation in ("sale by waiting card", "spend by waiting card", "confirm card", "find by confirmed card"):
        assert any(line.startswith(f"  {operation} ") for line in told), (operation, told)


def test_a_waiting_card_that_could_spend_would_be_found(
    server: str, shop: ApiShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: without the refusal the simulator names it."""
    monkeypatch.setattr("sales.operations.sale_prices.refuse_waiting_card", lambda situation: None)
    found, told = day(server, shop, tills=1, actions=0, cut_share=0.0, join_url=join_page(server, shop))
    assert found == 1
    assert any("not 409 card_not_confirmed" in line for line in told), told


# --- receipts that come in the wrong order, goods that come back, clocks that are wrong --------------------------

NEW_TO_TILLS: list[tuple[Callable[[Player], None], int]] = [
    (Player.sell, 2),
    (return_before_sale, 4),
    (exchange_goods, 4),
    (Player.repeat, 1),
]


def told_of(told: list[str], operation: str) -> bool:
    return any(line.startswith(f"  {operation} ok:") for line in told)


def test_early_returns_and_exchanges_leave_every_figure_right(
    server: str, shop: ApiShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pos_integration.simulator.day.ACTIONS", NEW_TO_TILLS)
    found, told = day(server, shop, tills=3)
    assert found == 0, "\n".join(told)
    for operation in ("early refund", "early void", "exchange"):
        assert told_of(told, operation), (operation, told)
    shop.assert_verified()


def test_what_was_sold_offline_is_booked_once_however_it_comes(
    server: str, shop: ApiShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pos_integration.simulator.day.ACTIONS", [(sell_offline, 1)])
    found, told = day(server, shop, tills=5, actions=2)
    assert found == 0, "\n".join(told)
    assert told_of(told, "batch"), told
    shop.assert_verified()


def test_a_gap_that_is_not_named_is_found(server: str, shop: ApiShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pos_integration.simulator.day.ACTIONS", [(sell_offline, 1)])
    monkeypatch.setattr("pos_integration.views.batches.missing_numbers", lambda **asked: MissingNumbers((), False))
    found, told = day(server, shop, tills=2, actions=3, cut_share=0.0)
    assert found, told
    assert any("that the server misses" in line for line in told), told


def test_an_item_that_is_done_again_is_found(server: str, shop: ApiShop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control of repetition: each attempt is taken for a new one, and the receipt alone holds it."""
    monkeypatch.setattr("pos_integration.simulator.day.ACTIONS", [(sell_offline, 1)])
    monkeypatch.setattr("pos_integration.pipeline.claim_key", lambda *, key, **asked: claim_key(key=new_key(), **asked))
    found, told = day(server, shop, tills=1, actions=1, cut_share=0.0)
    assert found, told
    assert any("was answered differently when it came again" in line for line in told), told


def test_an_early_return_that_is_forgotten_is_found(
    server: str, shop: ApiShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pos_integration.simulator.day.ACTIONS", NEW_TO_TILLS)
    monkeypatch.setattr("sales.operations.recorded_sales.apply_parked_returns", lambda **asked: None)
    found, told = day(server, shop, tills=1, cut_share=0.0)
    assert found, told
    assert any("DIFFERENCE returns of " in line for line in told), told


def test_a_clock_that_is_believed_as_it_is_wrong_is_found(
    server: str, shop: ApiShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "sales.operations.sale_times.believed_time", lambda claimed, received_at, _: believed_time(claimed, received_at)
    )
    monkeypatch.setattr("pos_integration.simulator.day.ACTIONS", [(Player.sell, 1)])
    found, told = day(server, shop, tills=3, actions=12, cut_share=0.0)
    assert found, told
    assert any("was not flagged" in line for line in told), "\n".join(told)
    assert any("from when it was, the clock -2400" in line for line in told), "\n".join(told)


def test_a_figure_changed_behind_the_servers_back_is_found(server: str, shop: ApiShop) -> None:
    """A negative control: one sale is booked wrongly by hand, and the comparison names it."""
    found, told = day(server, shop, tills=1, actions=12, cut_share=0.0)
    assert found == 0, "\n".join(told)
    plan = SimulationPlan(server, [shop.till().key], 1, SEED + 1, 6, 60.0, 0.0, 30.0)

    def tamper(sentence: str) -> None:
        told.append(sentence)
        if sentence.startswith("seed"):
            with merchant_scope(shop.merchant.id):
                create_promotion(
                    merchant=shop.merchant,
                    definition={"title": "Hidden", "kind": "earn_bonus", "points": 7},
                    starts_at=timezone.now(),
                    at=timezone.now(),
                )
            connection.close()

    with pytest.raises(UnknownProgramError):
        run(plan, tamper)


@pytest.mark.parametrize(
    ("filters", "is_known"),
    [
        ({"skus": ["KOP-101"]}, True),
        ({"skus": ["KOP-101", "SIM-7"]}, False),
        ({"skus": ["KOP-101"], "categories": ["Kopi"]}, False),
        ({"categories": ["Kopi"]}, False),
        (None, False),
    ],
)
def test_the_model_leaves_aside_only_rules_about_other_goods(filters: dict[str, Any] | None, is_known: bool) -> None:
    """The sample shop doubles points on Mondays, for its own coffee: a Monday is like any other day."""
    terms = {"factor": 2, **({"filter": filters} if filters else {})}
    program = {
        "earning": [{"title": "x", "kind": "earn_multiplier", "conditional": True, "terms": terms}],
        "redemption": {"points_per_step": 1, "amount_per_step": 100, "minimum_points": 1},
    }
    with nullcontext() if is_known else pytest.raises(UnknownProgramError):
        assert SimulatedProgram.from_json(program).earning == ()


def test_the_model_takes_back_by_what_the_rest_earns() -> None:
    program = SimulatedProgram.from_json(
        {
            "earning": [
                {
                    "title": "x",
                    "kind": "earn",
                    "conditional": False,
                    "terms": {"per_amount": {"spend": 10_000, "points": 1}, "whole_steps": True},
                }
            ],
            "redemption": {"points_per_step": 1, "amount_per_step": 100, "minimum_points": 1},
        }
    )
    lines = [LineState("1", 3, 45_000, 45_000), LineState("2", 1, 9_000, 9_000)]
    sale = SaleState("R", "id", 0, "member", lines, points_redeemed=0, points_value=0, earned=program.earned(lines))
    assert sale.earned == 5
    assert take_back(program, sale, {"1": 1}) == (2, 15_000)
    assert take_back(program, sale, {"2": 1}) == (0, 9_000)
    assert void(sale) == -3
    assert sale.status == "voided"
