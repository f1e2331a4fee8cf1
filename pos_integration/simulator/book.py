"""What the tills believe: every member's points and every sale's state, from the first final answer to each key."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import Any


@dataclass
class SaleBelief:
    """One receipt as its till knows it; `left` are units that have not come back, by line."""

    id: str
    reference: str
    member_id: str | None
    total_amount: int
    left: dict[str, int]
    refunded_amount: int = 0
    status: str = "completed"


@dataclass
class Book:
    """Shared by all tills of a run; each change is made once per key, whatever the network did to the request."""

    points: dict[str, int] = field(default_factory=dict)
    sales: dict[str, SaleBelief] = field(default_factory=dict)
    earned_for: dict[int, int] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def joined(self, member: dict[str, Any]) -> None:
        with self._lock:
            self.points.setdefault(member["id"], balance_of(member))

    def sold(self, sale: dict[str, Any], *, till: str) -> SaleBelief:
        """A sale's first final answer. The same total without discount must always earn the same."""
        member_id = sale["member"]["id"] if sale["member"] else None
        belief = SaleBelief(
            id=sale["id"],
            reference=sale["reference"],
            member_id=member_id,
            total_amount=sale["total_amount"],
            left={line["line_id"]: line["quantity"] for line in sale["lines"] if "quantity" in line},
        )
        with self._lock:
            self.sales[f"{till}:{sale['reference']}"] = belief
            if member_id is not None:
                self.points[member_id] += sale["points_earned"] - sale["points_redeemed"]
                if not sale["points_redeemed"] and not sale["discount_amount"]:
                    known = self.earned_for.setdefault(sale["total_amount"], sale["points_earned"])
                    if known != sale["points_earned"]:
                        self.differences.append(
                            f"{sale['reference']}: {sale['total_amount']} earned {sale['points_earned']}, before {known}"
                        )
        return belief

    def returned(self, belief: SaleBelief, refund: dict[str, Any], sale: dict[str, Any]) -> None:
        with self._lock:
            belief.refunded_amount += refund["goods_amount"]
            belief.status = sale["status"]
            for line in refund["lines"]:
                belief.left[line["line_id"]] = belief.left.get(line["line_id"], 0) - line["quantity"]
            if belief.member_id is not None:
                self.points[belief.member_id] += refund["points_returned"] - refund["points_reversed"]

    def voided(self, belief: SaleBelief, sale: dict[str, Any]) -> None:
        """A void answers with the sale; what it reversed is what the refunds so far had left."""
        last = sale["refunds"][-1]
        self.returned(belief, last, sale)

    def moved(self, member_id: str, change: int) -> None:
        with self._lock:
            self.points[member_id] += change

    def differ(self, text: str) -> None:
        with self._lock:
            self.differences.append(text)


def balance_of(member: dict[str, Any]) -> int:
    points = member["points"]
    return int(points["available"] + points["pending"] + points["held"] - points["debt"])
