"""What a till does all day, and how often."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from pos_integration.simulator.early_return import return_before_sale
from pos_integration.simulator.exchange import exchange_goods
from pos_integration.simulator.offline import sell_offline
from pos_integration.simulator.player import Player

ACTIONS: Final[list[tuple[Callable[[Player], None], int]]] = [
    (Player.enrol, 4),
    (Player.look_up, 6),
    (Player.sell, 25),
    (Player.sell_with_points, 12),
    (Player.sell_with_coupon, 4),
    (Player.quote_and_sell, 12),
    (Player.reserve_and_release, 3),
    (Player.claim, 4),
    (Player.return_goods, 12),
    (return_before_sale, 4),
    (exchange_goods, 5),
    (sell_offline, 3),
    (Player.void, 5),
    (Player.redeem, 8),
    (Player.repeat, 8),
    (Player.repeat_under_a_new_key, 4),
    (Player.reuse_a_key, 2),
    (Player.conflict, 2),
]


def play_actions(player: Player, actions: int, deadline: float) -> None:
    """Play up to `actions` actions until the deadline (monotonic); what was put off comes at the end, shuffled."""
    for _ in range(actions):
        if time.monotonic() > deadline or player.stopped.is_set():
            break
        player.chance.choices([action for action, _ in ACTIONS], [weight for _, weight in ACTIONS])[0](player)
        if player.later and player.chance.random() < 0.3:
            player.later.pop(player.chance.randrange(len(player.later)))()
    player.chance.shuffle(player.later)
    for put_off in player.later:
        put_off()
