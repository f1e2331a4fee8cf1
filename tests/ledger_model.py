"""The ledger of one account in a hundred lines, day by day and lot by lot: what the real one is compared with.

Days are whole numbers. It knows no database, no lock and no laziness: every midnight it expires what is over.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(eq=False)
class ModelLot:
    """What movement `origin` gave on day `born`, usable from day `opens` through day `last`; `kept` of it is held."""

    number: int
    origin: int
    born: int
    left: int
    opens: int
    last: int
    kept: int = 0

    @property
    def rank(self) -> tuple[int, int, int]:
        return self.last, self.born, self.number

    def free(self, day: int, *, pending: bool) -> int:
        return self.left - self.kept if self.last >= day and (self.opens > day) == pending else 0


@dataclass
class Movement:
    size: int
    parts: list[tuple[ModelLot, int]]
    undone: int = 0
    expired: int = 0


@dataclass
class Model:
    """`movements` are what was earned (one part: its lot) and spent (its lots, then None for what became debt)."""

    max_debt: int
    day: int = 0
    debt: int = 0
    lots: list[ModelLot] = field(default_factory=list)
    movements: dict[int, Movement] = field(default_factory=dict)
    holds: dict[int, tuple[int, list[tuple[ModelLot, int]]]] = field(default_factory=dict)

    def figures(self) -> tuple[dict[int, int], dict[int, int], int, int]:
        """Return (available by last day, pending by first day, held, debt)."""
        active: dict[int, int] = {}
        pending: dict[int, int] = {}
        for lot in self.lots:
            for days, day, free in (
                (active, lot.last, 0 if self.debt else lot.free(self.day, pending=False)),
                (pending, lot.opens, lot.free(self.day, pending=True)),
            ):
                if free:
                    days[day] = days.get(day, 0) + free
        return active, pending, sum(lot.kept for lot in self.lots), self.debt

    def pass_day(self) -> None:
        for number, (until, _) in sorted(self.holds.items()):
            if until == self.day:
                self.release(number)
        self.day += 1
        self.expire()

    def expire(self) -> None:
        for lot in self.lots:
            if lot.last < self.day and lot.kept == 0 and lot.left:
                self.movements[lot.origin].expired += lot.left
                lot.left = 0

    def add(self, origin: int, size: int, opens: int, last: int, born: int | None = None) -> ModelLot:
        self.lots.append(ModelLot(len(self.lots), origin, self.day if born is None else born, size, opens, last))
        return self.lots[-1]

    def settle(self) -> None:
        for lot, part in self.choose(self.debt, self.lots, pending=True):
            lot.left -= part
            self.debt -= part

    def choose(self, size: int, lots: list[ModelLot], *, pending: bool) -> list[tuple[ModelLot, int]]:
        chosen = []
        for late in [False, True][: 1 + pending]:
            for lot in sorted(lots, key=lambda lot: lot.rank):
                part = min(size, lot.free(self.day, pending=late))
                if part:
                    chosen.append((lot, part))
                    size -= part
        return chosen

    def earn(self, number: int, size: int, opens: int, last: int) -> None:
        self.movements[number] = Movement(size, [(self.add(number, size, opens, last), size)])
        self.settle()

    def spend(self, number: int, size: int, *, paid: bool) -> tuple[int, int] | None:
        """Spend; return (debt, loss), or None when refused."""
        parts = self.choose(size, self.lots, pending=paid)
        missing = size - sum(part for _, part in parts)
        if missing and not paid:
            return None
        owed = min(missing, max(0, self.max_debt - self.debt))
        for lot, part in parts:
            lot.left -= part
        self.debt += owed
        parts.sort(key=lambda used: used[0].rank)
        self.movements[number] = Movement(size - missing + owed, parts)
        return owed, missing - owed

    def give_back(self, number: int, spent: int, size: int, grace: int) -> None:
        movement = self.movements[spent]
        tape: list[ModelLot | None] = [lot for lot, part in movement.parts for _ in range(part)]
        tape += [None] * (movement.size - len(tape))
        tape = tape[::-1][movement.undone : movement.undone + size]
        movement.undone += size
        self.movements[number] = Movement(0, [])
        for lot in sorted(dict.fromkeys(tape), key=lambda lot: lot.rank if lot else (-1, 0, 0)):
            if lot and lot.last >= self.day:
                lot.left += tape.count(lot)
            else:
                born = lot.born if lot else self.day
                self.add(number, tape.count(lot), self.day, self.day + grace, born)
        self.settle()

    def take_back(self, earned: int, size: int, policy: str) -> tuple[int, int, int, int]:
        """Take back; return (from lots, from debt, expired, missing)."""
        movement = self.movements[earned]
        own = [lot for lot in self.lots if lot.origin == earned]
        gone = movement.expired + sum(lot.left - lot.kept for lot in own if lot.last < self.day)
        asked = min(size, movement.size - movement.undone)
        wanted = min(asked, max(0, movement.size - movement.undone - gone))
        late_own = [lot for lot in own if lot.opens > self.day]
        parts = self.choose(wanted, late_own, pending=True)
        if policy != "only_pending":
            parts += self.choose(wanted - sum(p for _, p in parts), [x for x in own if x not in late_own], pending=True)
            parts += self.choose(
                wanted - sum(p for _, p in parts), [x for x in self.lots if x not in own], pending=True
            )
        taken = sum(part for _, part in parts)
        owed = min(wanted - taken, max(0, self.max_debt - self.debt)) if policy == "debt" else 0
        for lot, part in parts:
            lot.left -= part
        self.debt += owed
        movement.undone += taken + owed
        return taken, owed, asked - wanted, size - taken - owed - (asked - wanted)

    def hold(self, number: int, size: int, days: int) -> bool:
        parts = self.choose(size, self.lots, pending=False)
        if sum(part for _, part in parts) < size:
            return False
        for lot, part in parts:
            lot.kept += part
        self.holds[number] = (self.day + days, parts)
        return True

    def release(self, number: int) -> None:
        for lot, part in self.holds.pop(number)[1]:
            lot.kept -= part
        self.settle()
        self.expire()

    def commit(self, hold: int, number: int) -> None:
        _, parts = self.holds[hold]
        for lot, part in self.holds.pop(hold)[1]:
            lot.kept -= part
            lot.left -= part
        parts.sort(key=lambda used: used[0].rank)
        self.movements[number] = Movement(sum(part for _, part in parts), parts)
        self.expire()
