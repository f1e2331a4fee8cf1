"""What is left of a cart while promotions act on it, line by line and, where an offer needs it, unit by unit."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rewards.engine.shares import split_by_weight
from rewards.facts import Cart, Filter, Line

CHEAPEST = "cheapest"
DEAREST = "dearest"

# Units of one line that stand alike: (money left on each, already part of an offer) -> how many.
Units = dict[tuple[int, bool], int]


class Pick(NamedTuple):
    """`number` like units of one line: `left` is what each still costs, `served`: part of an offer already."""

    line: int
    left: int
    served: bool
    number: int


class UnitOff(NamedTuple):
    """`amount` off the picked units together; 0 when they only qualify for something else."""

    pick: Pick
    amount: int


_DIGITS = re.compile(r"(\d+)")


def line_order(line: Line) -> tuple[tuple[int, int, str], ...]:
    """Line ids in reading order, "2" before "10": the earlier line is the same however the till sends them."""
    parts = _DIGITS.split(line.line_id)
    return (*((1, int(part), "") if part.isdigit() else (0, 0, part) for part in parts), (0, 0, line.line_id))


class Basket:
    """Amounts left per line, by index into `lines`, which stand in the order of their ids."""

    def __init__(self, cart: Cart) -> None:
        self.lines: list[Line] = sorted(cart.lines, key=line_order)
        self.gross: list[int] = [line.quantity * line.unit_amount for line in self.lines]
        self.left: list[int] = list(self.gross)
        self.total_left: int = sum(self.gross)
        self.total_gross: int = self.total_left
        self._all: list[int] = list(range(len(self.lines)))
        self._units: list[Units | None] = [None] * len(self.lines)
        self._matches: dict[Filter, Sequence[int]] = {}
        self._by_sku: dict[str, list[int]] = {}
        self._by_category: dict[str, list[int]] = {}
        for index, line in enumerate(self.lines):
            self._by_sku.setdefault(line.sku, []).append(index)
            if line.category is not None:
                self._by_category.setdefault(line.category, []).append(index)

    def copy(self) -> "Basket":
        """A basket to try things on; what never changes is shared."""
        twin = object.__new__(Basket)
        twin.__dict__.update(self.__dict__)
        twin.left = list(self.left)
        twin._units = [None if units is None else dict(units) for units in self._units]
        return twin

    def matching(self, goods: Filter | None) -> Sequence[int]:
        """Indexes of the lines that `goods` names, in line order."""
        if goods is None:
            return self._all
        found = self._matches.get(goods)
        if found is None:
            found = self._matches[goods] = self._find(goods)
        return found

    def _find(self, goods: Filter) -> list[int]:
        if goods.skus or goods.categories:
            hits: set[int] = set()
            for sku in goods.skus:
                hits.update(self._by_sku.get(sku, ()))
            for category in goods.categories:
                hits.update(self._by_category.get(category, ()))
            found = sorted(hits)
        else:
            found = self._all
        if not (goods.exclude_skus or goods.exclude_categories):
            return found
        skus, categories = goods.exclude_skus, goods.exclude_categories
        return [i for i in found if self.lines[i].sku not in skus and self.lines[i].category not in categories]

    def left_on(self, indexes: Iterable[int]) -> int:
        left = self.left
        return sum([left[i] for i in indexes])

    def gross_on(self, indexes: Iterable[int]) -> int:
        return sum([self.gross[i] for i in indexes])

    def quantity_on(self, indexes: Iterable[int]) -> int:
        return sum([self.lines[i].quantity for i in indexes])

    def units_of(self, index: int) -> Units:
        """The line's units; an amount that does not divide leaves some units one smallest coin dearer."""
        units = self._units[index]
        if units is not None:
            return units
        count = self.lines[index].quantity
        each, dearer = divmod(self.left[index], count)
        return {(each, False): count - dearer, (each + 1, False): dearer} if dearer else {(each, False): count}

    def units_paid(self, index: int) -> int:
        """How many units of the line still cost something."""
        return sum(count for (left, _), count in self.units_of(index).items() if left)

    def pick(
        self,
        indexes: Iterable[int],
        order: str,
        limit: int | None = None,
        *,
        unserved: bool = False,
        per_line: int | None = None,
    ) -> list[Pick]:
        """Up to `limit` units that still cost something, cheapest or dearest first, at most `per_line` of each line."""
        found = [
            Pick(index, left, served, count)
            for index in indexes
            for (left, served), count in self.units_of(index).items()
            if left and count and not (unserved and served)
        ]
        if order == DEAREST:
            found.sort(key=lambda pick: (-pick.left, pick.line, pick.served))
        else:
            found.sort(key=lambda pick: (pick.left, pick.line, pick.served))
        if per_line is not None:
            found = _at_most_per_line(found, per_line)
        return found if limit is None else first_units(found, limit)

    def take_from_lines(self, shares: Iterable[tuple[int, int]]) -> None:
        """Take money off whole lines; single units, where they are known, bear it in proportion to what they cost."""
        for index, amount in shares:
            self.left[index] -= amount
            self.total_left -= amount
            units = self._units[index]
            if units is not None:
                self._units[index] = _spread(units, amount)

    def take_from_units(self, offs: Iterable[UnitOff], *, serve: bool) -> None:
        """Take money off picked units; with `serve` they can be part of no further offer."""
        for pick, amount in offs:
            units = self._units[pick.line]
            if units is None:
                units = self._units[pick.line] = self.units_of(pick.line)
            key = (pick.left, pick.served)
            units[key] -= pick.number
            if not units[key]:
                del units[key]
            _add(units, pick.left * pick.number - amount, pick.number, pick.served or serve)
            self.left[pick.line] -= amount
            self.total_left -= amount


def first_units(picks: Sequence[Pick], limit: int) -> list[Pick]:
    """The first `limit` units of the picks, in their order."""
    found = []
    for pick in picks:
        if limit <= 0:
            break
        count = min(limit, pick.number)
        found.append(pick if count == pick.number else pick._replace(number=count))
        limit -= count
    return found


def without_units(picks: Sequence[Pick], used: Sequence[Pick]) -> list[Pick]:
    """The picks less those in `used`, in the same order."""
    gone: dict[tuple[int, int, bool], int] = {}
    for pick in used:
        gone[pick[:3]] = gone.get(pick[:3], 0) + pick.number
    rest = []
    for pick in picks:
        taken = min(pick.number, gone.get(pick[:3], 0))
        if taken:
            gone[pick[:3]] -= taken
        if pick.number > taken:
            rest.append(pick._replace(number=pick.number - taken))
    return rest


def count_units(picks: Iterable[Pick]) -> int:
    return sum([pick.number for pick in picks])


def cost_of(picks: Iterable[Pick]) -> int:
    return sum([pick.left * pick.number for pick in picks])


def _at_most_per_line(picks: Sequence[Pick], per_line: int) -> list[Pick]:
    room: dict[int, int] = {}
    found = []
    for pick in picks:
        count = min(pick.number, room.get(pick.line, per_line))
        room[pick.line] = room.get(pick.line, per_line) - count
        if count:
            found.append(pick._replace(number=count))
    return found


def _spread(units: Units, amount: int) -> Units:
    keys = sorted(units)
    shares = split_by_weight(amount, [left * units[left, served] for left, served in keys])
    spread: Units = {}
    for (left, served), share in zip(keys, shares, strict=True):
        count = units[left, served]
        _add(spread, left * count - share, count, served)
    return spread


def _add(units: Units, total: int, count: int, served: bool) -> None:
    each, dearer = divmod(total, count)
    for key, number in (((each, served), count - dearer), ((each + 1, served), dearer)):
        if number:
            units[key] = units.get(key, 0) + number
