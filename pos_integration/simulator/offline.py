"""Hours without a line: what a till keeps meanwhile, and the batches in which it comes, in any order and again."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pos_integration.simulator.model import SaleState, SimulatedMember, take_back, void
from pos_integration.simulator.player import Player, points_of
from pos_integration.simulator.wire import Request, WireAnswer

SHORTEST_SPAN: Final = 240.0
"""Seconds: within two minutes of its arrival a sale counts as online, by a clock that may be two minutes ahead."""
LONGEST_SPAN: Final = 1_800.0
_NOT_DONE: Final = frozenset({"idempotency_in_progress", "too_many_attempts", "temporarily_unavailable"})


@dataclass
class KeptItem:
    """One item as it is sent, and how it was first answered: every later answer has to be that one."""

    item: dict[str, Any]
    first: dict[str, Any] | None = None

    @property
    def body(self) -> dict[str, Any]:
        return {**self.item["body"], "occurred_at": self.item["occurred_at"]}


@dataclass
class OfflineSpan:
    """What one till kept, in the order in which it happened; `ago` is how many seconds ago the last one did."""

    player: Player
    ago: float
    items: list[KeptItem] = field(default_factory=list)

    def keep(self, operation: str, reference: str, body: dict[str, Any]) -> None:
        """Keep one operation with a key and a number of its own; `reference` says in the till's clock when it was."""
        player = self.player
        self.ago -= player.chance.uniform(1.0, 5.0)
        player.numbers += 1
        item = {
            "idempotency_key": player.new_key(),
            "terminal_seq": player.numbers,
            "operation": operation,
            "occurred_at": player.clock.stamp(f"{operation} {reference}", ago=self.ago),
            "body": body,
        }
        if operation == "sale":
            item["occurred_at"] = player.clock.stamp(reference, ago=self.ago)
        self.items.append(KeptItem(item))


def sell_offline(player: Player) -> None:
    """Keep an hour of selling, send it in batches of any cut, some of them again, and hold the answers to the model."""
    most = min(LONGEST_SPAN, time.time() - player.shop.open_since)
    if most < SHORTEST_SPAN:
        return
    span = OfflineSpan(player, player.chance.uniform(SHORTEST_SPAN, most))
    phone = f"08{player.chance.randrange(10**9, 10**10)}"
    _keep_customer(span, phone)
    for _ in range(player.chance.randint(2, 5)):
        _keep_sale(span)
    groups = _cut_into_groups(span)
    for group in groups:
        _send_batch(player, group)
    _send_batch(player, player.chance.choice(groups))
    _send_batch(player, span.items)
    _book_span(span, phone)


def _keep_customer(span: OfflineSpan, phone: str) -> None:
    """Keep a customer who joins, buys, and pays the next receipt with the points of the first one."""
    player = span.player
    span.keep("enrol", phone, {"name": f"Luring {player.number}", "phone": phone, "promo_consent": False})
    bought = _kept_cart(player, at_least=400_000)
    span.keep("sale", bought["reference"], {**bought, "identifier": phone})
    program = player.shop.program
    points = max(program.minimum_points, program.step)
    if program.step and points <= 10:
        paid = _kept_cart(player, at_least=60_000)
        span.keep("sale", paid["reference"], {**paid, "identifier": phone, "redeem_points": points})


def _keep_sale(span: OfflineSpan) -> None:
    """Keep a receipt, and sometimes its return or void."""
    player = span.player
    body = player.sale_body()
    body.pop("occurred_at", None)
    reference = body["reference"]
    span.keep("sale", reference, body)
    chance = player.chance.random()
    if chance < 0.3:
        back = [
            {"line_id": line["line_id"], "quantity": player.chance.randint(1, line["quantity"])}
            for line in body["lines"]
        ]
        returned = {"reference": reference, "refund_reference": f"{reference}-R1", "lines": back}
        span.keep("refund", reference, returned)
    elif chance < 0.45:
        span.keep("void", reference, {"reference": reference, "reason": "simulation"})


def _kept_cart(player: Player, *, at_least: int) -> dict[str, Any]:
    body = player.sale_body(at_least=at_least)
    return {name: body[name] for name in ("reference", "lines")}


def _cut_into_groups(span: OfflineSpan) -> list[list[KeptItem]]:
    """Return one to three batches, the items of each shuffled; the customer who pays with points comes in the first."""
    chance = span.player.chance
    first = [one for one in span.items if "phone" in one.item["body"] or "identifier" in one.item["body"]]
    rest = [one for one in span.items if one not in first]
    chance.shuffle(rest)
    cut = chance.randint(0, len(rest))
    groups = [first + rest[:cut], rest[cut:]]
    for group in groups:
        chance.shuffle(group)
    return [group for group in groups if group]


def _send_batch(player: Player, group: Sequence[KeptItem]) -> None:
    """Send until each item was done or refused for good, and compare with how it was answered before."""
    body = {"device_id": player.name, "items": [one.item for one in group]}
    given_up_at = time.monotonic() + player.patience
    while True:
        answer = player.until_known("batch", Request("POST", "/batches", body))
        if answer is None:
            return
        if answer.status != 200:
            player.journal.surprise(f"a batch was refused: {answer.status} {answer.raw[:300]!r}")
            return
        results = answer.body["results"]
        if not any(_is_not_done(result) for result in results):
            break
        if time.monotonic() > given_up_at or player.stopped.is_set():
            player.journal.surprise(f"items of a batch were not done in {player.patience:.0f} s")
            return
        time.sleep(0.5)
    for one, result in zip(group, results, strict=True):
        _compare_with_first(player, one, result)
    _check_missing(player, group, answer)


def _is_not_done(result: dict[str, Any]) -> bool:
    return result["status"] >= 500 or (result["status"] in {409, 429} and result["body"].get("code") in _NOT_DONE)


def _compare_with_first(player: Player, one: KeptItem, result: dict[str, Any]) -> None:
    said = {"status": result["status"], "body": result["body"]}
    if one.first is None:
        one.first = said
        if result["status"] >= 400:
            item = one.item
            player.journal.surprise(f"{item['operation']} {item['body'].get('reference', '')} in a batch: {said}")
    elif one.first != said or not result["replayed"]:
        player.journal.surprise(f"item {one.item['idempotency_key']} was answered differently when it came again")


def _check_missing(player: Player, group: Sequence[KeptItem], answer: WireAnswer) -> None:
    """Compare the numbers that the server misses with those that were not sent yet."""
    player.came.update(one.item["terminal_seq"] for one in group)
    missing = sorted(set(range(min(player.came), max(player.came))) - player.came)
    player.expect_equal(answer.body["missing_seq"], missing, f"numbers of {player.name} that the server misses")


def _book_span(span: OfflineSpan, phone: str) -> None:
    """Book in the model all that was acknowledged, in the order in which it happened."""
    player = span.player
    sales: dict[str, SaleState] = {}
    for one in span.items:
        said, body = one.first, one.item["body"]
        if said is None or said["status"] >= 400:
            continue
        if one.item["operation"] == "enrol":
            member = said["body"]["member"]
            player.shop.add_member(SimulatedMember(member["id"], phone, points_of(member)))
        elif one.item["operation"] == "sale":
            sales[body["reference"]] = player.book_sale(one.body, said["body"])
        else:
            _book_return(player, sales.get(body["reference"]), body)


def _book_return(player: Player, sale: SaleState | None, body: dict[str, Any]) -> None:
    """Book a return or void; whether it came before or after its sale, the sale has to show it now."""
    if sale is None:
        return
    if "lines" in body:
        points, money = take_back(player.shop.program, sale, {one["line_id"]: one["quantity"] for one in body["lines"]})
        player.shop.change_points(sale.member, -points)
    else:
        money = sum(line.left for line in sale.lines)
        player.shop.change_points(sale.member, void(sale))
    shown = player.ask("sale sold offline", f"/sales/{sale.reference}")
    if shown is not None:
        refunds = [(one["status"], one["amount"]) for one in shown.body["refunds"]]
        player.expect_equal(refunds, [("applied", money)], f"returns of {sale.reference}")
        player.expect_equal(shown.body["status"], sale.status, f"status of {sale.reference}")
