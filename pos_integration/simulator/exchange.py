"""Goods of an earlier receipt handed back in a new one."""

from __future__ import annotations

from pos_integration.simulator.model import take_back
from pos_integration.simulator.player import Player


def exchange_goods(player: Player) -> None:
    """Sell one cart and take back goods of an earlier sale of this till in the same receipt."""
    earlier = player.shop.check_out_sale(player.chance, till=player.number)
    if earlier is None:
        return
    if not earlier.points_redeemed:
        some = player.chance.sample(earlier.returnable, player.chance.randint(1, len(earlier.returnable)))
        quantities = {line.line_id: player.chance.randint(1, line.quantity - line.returned) for line in some}
        body = player.sale_body()
        lines = [{"line_id": line_id, "quantity": quantity} for line_id, quantity in quantities.items()]
        body["returns"] = [{"reference": earlier.reference, "lines": lines, "reason": "tukar"}]
        answer = player.command("exchange", "/sales", body)
        if answer is not None:
            points, money = take_back(player.shop.program, earlier, quantities)
            player.shop.change_points(earlier.member, -points)
            [returned] = answer.body["returns"]
            player.expect_equal(answer.body["returns_amount"], money, f"goods handed back in {body['reference']}")
            player.expect_equal(returned["points_reversed"], points, f"points taken back by {body['reference']}")
            player.book_sale(body, answer.body, money_back=money)
    player.shop.check_in_sale(earlier)
