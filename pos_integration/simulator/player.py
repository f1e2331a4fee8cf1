"""One till: what it does, and what it does when the network fails it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pos_integration.simulator.clock import TillClock
from pos_integration.simulator.model import GOODS, LineState, SaleState, SimulatedMember, take_back, void
from pos_integration.simulator.sender import RequestSender
from pos_integration.simulator.shop import SimulatedShop
from pos_integration.simulator.wire import Request

COUPON_MINIMUM: Final = 60_000


@dataclass
class Player(RequestSender):
    """A till of the shop; `number` is its place among the tills. Its name begins every receipt number."""

    number: int = 0
    clock: TillClock = field(default_factory=TillClock)
    shop: SimulatedShop = field(kw_only=True)
    later: list[Callable[[], None]] = field(default_factory=list)
    receipts: int = 0
    numbers: int = 0
    """What the till has kept while it was offline is numbered with these."""
    came: set[int] = field(default_factory=set)
    """The numbers that the server has acknowledged."""

    def enrol(self) -> None:
        phone = f"08{self.chance.randrange(10**9, 10**10)}"
        body = {"name": f"Simulasi {self.number}", "phone": phone, "promo_consent": False}
        answer = self.command("enrol", "/members", body, refusals=frozenset({"member_exists"}))
        if answer is None:
            return
        member_id = answer.body["member"]["id"] if answer.status == 201 else answer.body["member_id"]
        found = answer.body["member"] if answer.status == 201 else self._fetch_member(member_id)
        if found is not None:
            self.shop.add_member(SimulatedMember(member_id, phone, points_of(found)))

    def look_up(self) -> None:
        member = self.shop.any_member(self.chance)
        if member is None:
            return
        spelling = self.chance.choice([member.phone, f"+62 {member.phone[1:]}", f"62{member.phone[1:]}"])
        answer = self.ask("find", f"/members?identifier={spelling.replace('+', '%2B').replace(' ', '%20')}")
        if answer is not None and answer.body["member"]["id"] != member.member_id:
            self.journal.surprise(f"{spelling} found somebody else")

    def sell(self) -> None:
        self._put_off_or_do(self.sale_body())

    def sell_with_points(self) -> None:
        member = self.shop.any_member(self.chance)
        step = self.shop.program.step
        if member is None or not step or member.points < max(step, self.shop.program.minimum_points):
            return
        body = self.sale_body(member=member)
        subtotal = sum(line["quantity"] * line["unit_amount"] for line in body["lines"])
        most = min(member.points, int(subtotal / 2 / self.shop.program.amount_per_point))
        points = self.chance.randint(1, max(1, most)) // step * step
        if points < max(step, self.shop.program.minimum_points):
            return
        body["redeem_points"] = points
        if self.chance.random() < 0.4:
            self._ask_quote(body, reserve=True)
        self._put_off_or_do(body)

    def sell_with_coupon(self) -> None:
        member = self.shop.any_member(self.chance)
        code = self.shop.take_coupon(member) if member else None
        if member is not None and code is not None:
            body = self.sale_body(member=member, at_least=COUPON_MINIMUM)
            body["coupon_codes"] = [code]
            self.send_sale(body, refusals=frozenset({"coupon_not_usable"}))

    def quote_and_sell(self) -> None:
        body = self.sale_body()
        quoted = self._ask_quote(body, reserve=self.chance.random() < 0.3)
        sold = self.send_sale(body)
        if quoted is None or sold is None:
            return
        for name in ("subtotal_amount", "discount_amount", "total_amount", "payable_amount", "lines"):
            if quoted[name] != sold[name]:
                self.journal.surprise(f"{body['reference']}: {name} of the sale is not that of its quote")

    def reserve_and_release(self) -> None:
        body = self.sale_body()
        quoted = self._ask_quote(body, reserve=True)
        if quoted is not None:
            self.command("release", f"/quotes/{quoted['quote_id']}/release", {})

    def claim(self) -> None:
        member = self.shop.any_member(self.chance)
        sale = self.shop.check_out_sale(self.chance, till=self.number, anonymous=True) if member else None
        if sale is None or member is None:
            return
        answer = self.command("claim", f"/sales/{sale.reference}/claim", {"member_id": member.member_id})
        if answer is not None:
            sale.member = member.member_id
            sale.earned = self.shop.program.earned(sale.lines)
            self.shop.change_points(member.member_id, sale.earned)
            self.expect_equal(answer.body["points_earned"], sale.earned, f"points of claimed {sale.reference}")
        self.shop.check_in_sale(sale)

    def return_goods(self) -> None:
        sale = self.shop.check_out_sale(self.chance, till=self.number)
        if sale is None:
            return
        if sale.points_redeemed:
            self.send_void(sale)
        else:
            some = self.chance.sample(sale.returnable, self.chance.randint(1, len(sale.returnable)))
            quantities = {line.line_id: self.chance.randint(1, line.quantity - line.returned) for line in some}
            self.send_return(sale, quantities)
        self.shop.check_in_sale(sale)

    def void(self) -> None:
        sale = self.shop.check_out_sale(self.chance, till=self.number)
        if sale is not None:
            self.send_void(sale)
            self.shop.check_in_sale(sale)

    def redeem(self) -> None:
        affordable = [(reward, points) for reward, points in self.shop.rewards if points <= 60]
        member = self.shop.any_member(self.chance)
        if member is None or not affordable:
            return
        reward_id, points = self.chance.choice(affordable)
        body = {"member_id": member.member_id, "reward_id": reward_id, "hold": self.chance.random() < 0.3}
        refusals = frozenset({"insufficient_points", "reward_out_of_stock", "per_member_limit_reached"})
        answer = self.command("redeem", "/redemptions", body, refusals=refusals)
        if answer is None or answer.status != 201:
            return
        redemption = answer.body
        path = f"/redemptions/{redemption['id']}"
        if self.chance.random() < 0.4:
            if self.command("reverse", f"{path}/reversal", {}) is None:
                self.shop.change_points(member.member_id, -points)
            return
        self.shop.change_points(member.member_id, -points)
        if body["hold"]:
            confirmed = self.command("confirm", f"{path}/confirm", {}, refusals=frozenset({"redemption_closed"}))
            if confirmed is not None and confirmed.status != 200:
                self.shop.change_points(member.member_id, points)
            redemption = confirmed.body if confirmed is not None and confirmed.status == 200 else redemption
        if redemption["coupon"] is not None:
            self.shop.give_coupon(member.member_id, redemption["coupon"]["code"])

    def repeat(self) -> None:
        """Repeat an old request with its key: the same bytes and no effect."""
        if self.done:
            operation, request, first = self.chance.choice(self.done)
            again = self.until_known(f"repeat {operation}", request)
            if again is not None and (again.status, again.raw) != (first.status, first.raw):
                self.journal.surprise(f"{request.path} with key {request.key} was answered differently the second time")

    def repeat_under_a_new_key(self) -> None:
        """Send a known receipt under a new key: the existing sale, status 200."""
        sold = [(r, a) for o, r, a in self.done if o == "sale" and a.status == 201]
        if sold:
            request, first = self.chance.choice(sold)
            again = self.until_known("natural repeat", Request("POST", "/sales", request.body, self.new_key()))
            if again is not None and (again.status != 200 or again.body["id"] != first.body["id"]):
                self.journal.surprise(f"receipt {request.body['reference']} was sold twice")

    def reuse_a_key(self) -> None:
        """Send other content with an old key: refused, no effect."""
        if self.done:
            _, request, _ = self.chance.choice(self.done)
            body = self.sale_body(reference=f"{self.name}-never")
            reused = Request("POST", "/sales", body, request.key)
            self.expect_refusal("key reuse", reused, status=422, code="idempotency_key_reused")

    def conflict(self) -> None:
        """Send an old receipt number with other goods: refused, no effect."""
        sold = [r for o, r, a in self.done if o == "sale" and a.status == 201]
        if sold:
            body = self.sale_body(reference=self.chance.choice(sold).body["reference"])
            request = Request("POST", "/sales", body, self.new_key())
            self.expect_refusal("conflict", request, status=409, code="sale_conflict")

    # --- pieces

    def cart(self) -> dict[str, Any]:
        """Return a receipt with a number of its own that names no member."""
        body = self.sale_body()
        return {name: body[name] for name in ("reference", "lines")}

    def sale_body(
        self, *, member: SimulatedMember | None = None, at_least: int = 0, reference: str | None = None
    ) -> dict[str, Any]:
        if member is None and self.chance.random() < 0.8:
            member = self.shop.any_member(self.chance)
        lines: list[dict[str, Any]] = []
        while not lines or sum(line["quantity"] * line["unit_amount"] for line in lines) < at_least:
            n = len(lines) + 1
            lines += [
                {
                    "line_id": str(n + extra),
                    "sku": f"{GOODS}{self.chance.randrange(50)}",
                    "name": "Barang simulasi",
                    "quantity": self.chance.randint(1, 5),
                    "unit_amount": self.chance.randrange(500, 90_000),
                }
                for extra in range(self.chance.randint(1, 3))
            ]
        if reference is None:
            self.receipts += 1
            reference = f"{self.name}-{self.receipts}"
        body: dict[str, Any] = {"reference": reference, "lines": lines}
        if self.chance.random() < 0.5:
            body["occurred_at"] = self.clock.stamp(reference)
        if member is not None:
            body |= {"member_id": member.member_id} if self.chance.random() < 0.7 else {"identifier": member.phone}
        return body

    def _put_off_or_do(self, body: dict[str, Any]) -> None:
        """Put off or do: receipts do not reach the server in the order in which they were printed."""
        refusals = frozenset({"insufficient_points"} if "redeem_points" in body else ())
        if self.chance.random() < 0.25:
            self.later.append(lambda: self.send_sale(body, refusals=refusals) and None)
        else:
            self.send_sale(body, refusals=refusals)

    def _ask_quote(self, body: dict[str, Any], *, reserve: bool) -> Any:
        """Ask for a quote of the body's cart; a reserved one is named in the body, so its sale counts as paid."""
        cart = {name: value for name, value in body.items() if name != "reference"}
        refusals = frozenset({"insufficient_points"} if "redeem_points" in body else ())
        answer = self.command("quote", "/quotes", {**cart, "reserve": reserve}, refusals=refusals, kept=reserve)
        if answer is None or answer.status != 200:
            return None
        body["quote_id"] = answer.body["quote_id"]
        return answer.body

    def send_sale(self, body: dict[str, Any], *, refusals: frozenset[str] = frozenset()) -> Any:
        answer = self.command("sale", "/sales", body, refusals=refusals)
        if answer is None or answer.status not in {200, 201}:
            return None
        self.book_sale(body, answer.body)
        return answer.body

    def book_sale(self, body: Mapping[str, Any], sold: Mapping[str, Any], *, money_back: int = 0) -> SaleState:
        """Book in the model what the server acknowledged; `money_back` is the worth of goods handed back in it."""
        program = self.shop.program
        totals = {line["line_id"]: line["total_amount"] for line in sold["lines"]}
        lines = [
            LineState(
                line_id=line["line_id"],
                quantity=line["quantity"],
                subtotal=line["quantity"] * line["unit_amount"],
                total=totals[line["line_id"]],
            )
            for line in body["lines"]
        ]
        redeemed = body.get("redeem_points", 0)
        value = program.points_value(redeemed)
        member_id = sold["member"]["id"] if sold["member"] else None
        sale = SaleState(
            reference=body["reference"],
            sale_id=sold["id"],
            till=self.number,
            member=member_id,
            lines=lines,
            points_redeemed=redeemed,
            points_value=value,
            earned=program.earned(lines, points_value=value) if member_id else 0,
        )
        self._check_sale(sold, sale, money_back=money_back)
        self.clock.check(self.journal, body, sold)
        self.shop.change_points(member_id, sale.earned - redeemed)
        self.shop.add_sale(sale)
        return sale

    def _check_sale(self, sold: Mapping[str, Any], sale: SaleState, *, money_back: int) -> None:
        subtotal = sum(line.subtotal for line in sale.lines)
        expected = {
            "subtotal_amount": subtotal,
            "total_amount": sale.total,
            "discount_amount": subtotal - sale.total,
            "points_value_amount": sale.points_value,
            "payable_amount": sale.total - sale.points_value - money_back,
            "points_earned": sale.earned,
            "points_redeemed": sale.points_redeemed,
        }
        for name, value in expected.items():
            self.expect_equal(sold[name], value, f"{name} of {sale.reference}")

    def send_return(self, sale: SaleState, quantities: Mapping[str, int]) -> None:
        body = {
            "refund_reference": f"{sale.reference}-R{sale.refunds + 1}",
            "lines": [{"line_id": line_id, "quantity": quantity} for line_id, quantity in quantities.items()],
        }
        answer = self.command("refund", f"/sales/{sale.reference}/refunds", body)
        if answer is None:
            return
        points, money = take_back(self.shop.program, sale, quantities)
        self.shop.change_points(sale.member, -points)
        self.expect_equal(answer.body["refund"]["points_reversed"], points, f"points taken back from {sale.reference}")
        self.expect_equal(answer.body["refund"]["amount"], money, f"money handed back for {sale.reference}")

    def send_void(self, sale: SaleState) -> None:
        answer = self.command("void", f"/sales/{sale.reference}/void", {"reason": "simulation"})
        if answer is not None:
            self.shop.change_points(sale.member, void(sale))
            self.expect_equal(answer.body["status"], "voided", f"status of {sale.reference}")

    def _fetch_member(self, member_id: str) -> Any:
        answer = self.ask("member", f"/members/{member_id}")
        return None if answer is None else answer.body["member"]

    def expect_equal(self, said: Any, expected: Any, what: str) -> None:
        if said != expected:
            self.journal.surprise(f"{what}: the server says {said}, the model {expected}")


def points_of(member: Mapping[str, Any]) -> int:
    points = member["points"]
    return int(points["available"] + points["pending"] + points["held"] - points["debt"])
