"""What the tills of one merchant know together: members, sales, and the model of each."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field

from pos_integration.simulator.model import SaleState, SimulatedMember, SimulatedProgram


@dataclass
class SimulatedShop:
    """Guarded by one lock; a sale is checked out while a till works on it, so that two never return the same goods."""

    program: SimulatedProgram
    open_since: float = field(default_factory=time.time)
    """Since when the program has been in force, as far as we know (seconds of the epoch): no till sold before."""
    rewards: list[tuple[str, int]] = field(default_factory=list)
    members: dict[str, SimulatedMember] = field(default_factory=dict)
    sales: list[SaleState] = field(default_factory=list)
    _busy: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add_member(self, member: SimulatedMember) -> None:
        with self._lock:
            self.members[member.member_id] = member

    def any_member(self, chance: random.Random) -> SimulatedMember | None:
        with self._lock:
            return self.members[chance.choice(sorted(self.members))] if self.members else None

    def change_points(self, member_id: str | None, change: int) -> None:
        if member_id is not None:
            with self._lock:
                self.members[member_id].points += change

    def add_sale(self, sale: SaleState) -> None:
        with self._lock:
            self.sales.append(sale)

    def check_out_sale(self, chance: random.Random, *, till: int, anonymous: bool = False) -> SaleState | None:
        """Return a sale of this till that is free and not voided, or None; give it back with `check_in_sale`."""
        with self._lock:
            found = [
                sale
                for sale in self.sales
                if sale.till == till
                and sale.reference not in self._busy
                and sale.status in {"completed", "partially_refunded"}
                and (sale.member is None and sale.status == "completed" if anonymous else True)
            ]
            sale = chance.choice(found) if found else None
            if sale is not None:
                self._busy.add(sale.reference)
            return sale

    def check_in_sale(self, sale: SaleState) -> None:
        with self._lock:
            self._busy.discard(sale.reference)

    def give_coupon(self, member_id: str, code: str) -> None:
        with self._lock:
            self.members[member_id].coupons.append(code)

    def take_coupon(self, member: SimulatedMember) -> str | None:
        with self._lock:
            return member.coupons.pop() if member.coupons else None
