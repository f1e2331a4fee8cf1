"""One till's day: who comes, what they buy, what comes back, and which mistakes the cashier makes."""

from __future__ import annotations

import random
from collections.abc import Callable
from threading import Thread
from typing import Any, Final

from pos_integration.simulator.book import Book, SaleBelief
from pos_integration.simulator.link import Answer, Line, NoAnswer

PRICES: Final = (5_000, 8_500, 12_000, 15_000, 25_000, 40_000, 99_000, 250_000)


class Till(Thread):
    """Plays `actions` actions; `member_ids` is shared, so that tills meet at the same members."""

    def __init__(self, *, name: str, line: Line, book: Book, member_ids: list[str], actions: int, run: str) -> None:
        super().__init__(name=name)
        self.line, self.book, self.member_ids, self.actions, self.run_name = line, book, member_ids, actions, run
        self.chance: random.Random = line.chance
        self.mine: list[tuple[SaleBelief, str, dict[str, Any]]] = []
        self.count = 0

    def run(self) -> None:
        moves: list[tuple[int, Callable[[], None]]] = [
            (50, self.sell),
            (12, self.sell_with_points),
            (10, self.quote),
            (10, self.refund),
            (5, self.void),
            (6, self.replay),
            (4, self.misuse_key),
            (3, self.redeem_reward),
        ]
        weights = [weight for weight, _ in moves]
        for _ in range(self.actions):
            move = self.chance.choices([move for _, move in moves], weights)[0]
            try:
                move()
            except (NoAnswer, AssertionError) as error:
                self.book.differ(f"{self.name}: {type(error).__name__} {error}")

    # --- moves ---

    def sell(self, redeem_points: int = 0) -> None:
        body = {**self._cart(), "reference": self._next("R"), "redeem_points": redeem_points}
        key = self._next("sale")
        answer = self.line.post("/sales", body, key)
        if answer.ok:
            belief = self.book.sold(_with_quantities(answer.body, body), till=self.name)
            self.mine.append((belief, key, body))
        elif not (redeem_points and answer.status == 409):
            self._unexpected("sale", answer)

    def sell_with_points(self) -> None:
        self.sell(redeem_points=self.chance.randrange(1, 30))

    def quote(self) -> None:
        cart = self._cart()
        first = self.line.post("/quotes", cart, self._next("quote"))
        second = self.line.post("/quotes", cart, self._next("quote"))
        names = ("quote_id", "total_amount", "payable_amount", "points_to_earn")
        if first.ok and second.ok and [first.body[n] for n in names] != [second.body[n] for n in names]:
            self.book.differ(f"{self.name}: the same cart was quoted differently")

    def refund(self) -> None:
        belief = self._sale_with(lambda sale: sale.status in {"completed", "partially_refunded"})
        if belief is None:
            return
        lines = [{"line_id": name, "quantity": self.chance.randint(1, n)} for name, n in belief.left.items() if n]
        body = {"refund_reference": self._next("F"), "lines": lines[: self.chance.randint(1, len(lines))]}
        answer = self.line.post(f"/sales/{belief.reference}/refunds", body, self._next("refund"))
        if answer.ok:
            self.book.returned(belief, answer.body["refund"], answer.body["sale"])
        else:
            self._unexpected("refund", answer)

    def void(self) -> None:
        belief = self._sale_with(lambda sale: sale.status in {"completed", "partially_refunded"})
        if belief is None:
            return
        answer = self.line.post(f"/sales/{belief.id}/void", {"reason": "salah"}, self._next("void"))
        if answer.ok:
            self.book.voided(belief, answer.body)
        else:
            self._unexpected("void", answer)

    def replay(self) -> None:
        """Yesterday's request again: the same key answers as it did, the same receipt under a new key naturally."""
        if not self.mine:
            return
        belief, key, body = self.chance.choice(self.mine)
        again = self.line.post("/sales", body, key)
        natural = self.line.post("/sales", body, self._next("again"))
        for answer, status in ((again, 201), (natural, 200)):
            if answer.status != status or not answer.replayed or answer.body["id"] != belief.id:
                self._unexpected("replay", answer)

    def misuse_key(self) -> None:
        """The same key for another cart is refused, the same receipt number for another cart too."""
        if not self.mine:
            return
        _, key, body = self.chance.choice(self.mine)
        other = {**body, "lines": [{**body["lines"][0], "unit_amount": 1_234_567}]}
        for answer, status in (
            (self.line.post("/sales", other, key), 422),
            (self.line.post("/sales", other, self._next("conflict")), 409),
        ):
            if answer.status != status:
                self._unexpected(f"misuse ({status})", answer)

    def redeem_reward(self) -> None:
        member_id = self.chance.choice(self.member_ids)
        offered = self.line.get(f"/rewards?member_id={member_id}")
        usable = [reward for reward in offered.body.get("results", []) if reward["usable"]]
        if not usable:
            return
        body = {"member_id": member_id, "reward_id": self.chance.choice(usable)["id"]}
        answer = self.line.post("/redemptions", body, self._next("redeem"))
        if not answer.ok:
            if answer.status != 409:  # another till was quicker
                self._unexpected("redemption", answer)
            return
        self.book.moved(member_id, -answer.body["points_spent"])
        if self.chance.random() < 0.5:
            path = f"/redemptions/{answer.body['id']}/reversal"
            back = self.line.post(path, {}, self._next("reverse"))
            if back.ok:
                self.book.moved(member_id, answer.body["points_spent"])
            else:
                self._unexpected("reversal", back)

    # --- pieces ---

    def _cart(self) -> dict[str, Any]:
        lines = [
            {
                "line_id": str(number),
                "sku": f"SKU-{number}",
                "name": f"Barang {number}",
                "quantity": self.chance.randint(1, 4),
                "unit_amount": self.chance.choice(PRICES),
            }
            for number in range(1, self.chance.randint(2, 5))
        ]
        return {"member_id": self.chance.choice(self.member_ids), "lines": lines}

    def _next(self, kind: str) -> str:
        self.count += 1
        return f"{self.run_name}-{self.name}-{kind}-{self.count:05d}"

    def _sale_with(self, wanted: Callable[[SaleBelief], bool]) -> SaleBelief | None:
        found = [belief for belief, _, _ in self.mine[-30:] if wanted(belief)]
        return self.chance.choice(found) if found else None

    def _unexpected(self, what: str, answer: Answer) -> None:
        self.book.differ(f"{self.name}: {what} answered {answer.status} {answer.body.get('code')}")


def _with_quantities(sale: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """A sale's lines carry amounts; the units are what the till itself rang up."""
    units = {line["line_id"]: line["quantity"] for line in body["lines"]}
    return {**sale, "lines": [{**line, "quantity": units[line["line_id"]]} for line in sale["lines"]]}
