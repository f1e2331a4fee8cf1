"""A return that reaches the server before its sale: kept, and carried out with the sale when that comes."""

from __future__ import annotations

from typing import Final

from pos_integration.simulator.model import take_back, void
from pos_integration.simulator.player import Player

PARKED: Final = {"parked": True}


def return_before_sale(player: Player) -> None:
    """Send the return of a receipt that is not there yet, or its void, and the receipt afterwards."""
    body = player.sale_body()
    reference = body["reference"]
    is_void = player.chance.random() < 0.3
    quantities = {line["line_id"]: player.chance.randint(1, line["quantity"]) for line in body["lines"]}
    if is_void:
        answer = player.command("early void", f"/sales/{reference}/void", {"reason": "simulation"})
    else:
        lines = [{"line_id": line_id, "quantity": quantity} for line_id, quantity in quantities.items()]
        asked = {"refund_reference": f"{reference}-R1", "lines": lines}
        answer = player.command("early refund", f"/sales/{reference}/refunds", asked)
    if answer is None:
        return
    player.expect_equal((answer.status, answer.body), (202, PARKED), f"answer to the early return of {reference}")
    waiting = player.ask("waiting returns", f"/sales/{reference}/refunds")
    if waiting is not None:
        states = [one["status"] for one in waiting.body["results"]]
        player.expect_equal(states, ["parked"], f"returns that wait for {reference}")
    answer = player.command("sale after its return", "/sales", body)
    if answer is None:
        return
    sold = answer.body
    sale = player.book_sale(body, sold)
    if is_void:
        player.shop.change_points(sale.member, void(sale))
    else:
        points, money = take_back(player.shop.program, sale, quantities)
        player.shop.change_points(sale.member, -points)
        amounts = [one["amount"] for one in sold["refunds"]]
        player.expect_equal(amounts, [money], f"money handed back for {reference}")
    player.expect_equal(sold["status"], sale.status, f"status of {reference}")
    states = [one["status"] for one in sold["refunds"]]
    player.expect_equal(states, ["applied"], f"returns of {reference}")
