"""The end of the day: every member's balance and every sale, the server's against the model's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pos_integration.simulator.player import Player, points_of
from pos_integration.simulator.shop import SimulatedShop


def differences(shop: SimulatedShop, players: list[Player]) -> list[str]:
    """Return one sentence per difference; empty when the server has exactly what its answers said."""
    found = []
    ask = players[0].ask
    for member in shop.members.values():
        found += _check_member(ask, member.member_id, member.points)
    for sale in shop.sales:
        answer = players[sale.till].ask("check sale", f"/sales/{sale.reference}")
        if answer is None:
            found.append(f"sale {sale.reference} is not there")
            continue
        said = answer.body
        expected = {
            "id": sale.sale_id,
            "status": sale.status,
            "total_amount": sale.total,
            "points_earned": sale.earned,
            "points_redeemed": sale.points_redeemed,
        }
        found += _compare_values(f"sale {sale.reference}", said, expected)
        if (said["member"] or {}).get("id") != sale.member:
            found.append(f"sale {sale.reference}: member {said['member']}, the model {sale.member}")
        reversed_points = sum(refund["points_reversed"] for refund in said["refunds"])
        if reversed_points != sale.reversed:
            found.append(f"sale {sale.reference}: {reversed_points} points taken back, the model {sale.reversed}")
    return found


def _check_member(ask: Callable[[str, str], Any], member_id: str, points: int) -> list[str]:
    answer = ask("check member", f"/members/{member_id}")
    if answer is None:
        return [f"member {member_id} is not there"]
    said = points_of(answer.body["member"])
    found = [] if said == points else [f"member {member_id}: balance {said}, the model {points}"]
    booked, cursor = 0, ""
    while True:
        page = ask("check statement", f"/members/{member_id}/ledger?limit=200{cursor}")
        if page is None:
            return [*found, f"the statement of {member_id} is not there"]
        booked += sum(entry["change"] for entry in page.body["results"] if entry["unit"] == "points")
        if page.body["next"] is None:
            break
        cursor = f"&cursor={page.body['next']}"
    return found if booked == said else [*found, f"member {member_id}: the statement adds up to {booked}, not {said}"]


def _compare_values(what: str, said: dict[str, Any], expected: dict[str, Any]) -> list[str]:
    return [
        f"{what}: {name} {said[name]!r}, the model {value!r}" for name, value in expected.items() if said[name] != value
    ]
