"""What is left of a cart while promotions act on it, line by line and, where an offer needs it, unit by unit."""

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from rewards.engine.facts import AS_PRICED, Cart, Filter, Line, LineBases
from rewards.engine.names import name_key
from rewards.engine.shares import split_by_weight

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
    """Return line ids in reading order, "2" before "10": the earlier line is the same however tills send them."""
    return _reading_order(line.line_id)


@lru_cache(maxsize=4096)
def _reading_order(line_id: str) -> tuple[tuple[int, int, str], ...]:
    if line_id.isdecimal():
        return (_NO_TEXT, _number_key(line_id), _NO_TEXT, (0, 0, line_id))
    parts = _DIGITS.split(line_id)
    return (*(_number_key(part) if part.isdecimal() else (0, 0, part) for part in parts), (0, 0, line_id))


def _number_key(digits: str) -> tuple[int, int, str]:
    """Return a key that compares like the number, however long, without making one."""
    significant = digits.lstrip("0")
    return (1, len(significant), significant)


_NO_TEXT = (0, 0, "")


NO_LINES: frozenset[int] = frozenset()


class Basis(Enum):
    """What amounts of a basket are measured by: what discounts may reach, the price, or what earns."""

    DISCOUNTS = "discounts"
    PRICE = "price"
    EARNING = "earning"


class Basket:
    """Amounts left per line, by index into `lines`, which stand in the order of their ids.

    `closed` lines take no part at present: they match no filter, and the `open_` figures are without them.
    Where the till sent tax, service or tip, `bases` say what of each line counts, and amounts are measured by `basis`.
    """

    def __init__(self, cart: Cart) -> None:
        self.lines: list[Line] = sorted(cart.lines, key=line_order)
        self.line_ids: list[str] = [line.line_id for line in self.lines]
        self.gross: list[int] = [line.quantity * line.unit_amount for line in self.lines]
        self.left: list[int] = list(self.gross)
        self.total_left: int = sum(self.gross)
        self.total_gross: int = self.total_left
        self.closed: frozenset[int] = NO_LINES
        self.bases: list[LineBases] | None = _list_bases(self.lines)
        self.basis: Basis = Basis.PRICE
        self.price_left: list[int] = self.left
        self.price_gross: list[int] = self.gross
        self._all: list[int] = list(range(len(self.lines)))
        self._units: list[Units | None] = [None] * len(self.lines)
        self._matches: dict[int, tuple[Filter, Sequence[int]]] = {}
        self._by_sku: dict[str, list[int]] = {}
        self._by_category: dict[str, list[int]] = {}
        self._rank: list[int] = _rank_goods(self.lines)
        for index, line in enumerate(self.lines):
            self._by_sku.setdefault(name_key(line.goods), []).append(index)
            if line.category is not None:
                self._by_category.setdefault(name_key(line.category), []).append(index)

    @classmethod
    def of_sold(cls, cart: Cart, sold: Mapping[str, tuple[int, int, int | None]]) -> "Basket":
        """Return goods as sold: by line id the price, what was paid of it, and how many units cost something.

        None where all units of the line were paid alike. Single units of a line are known no further than that.
        """
        basket = cls(cart)
        for index, line in enumerate(basket.lines):
            basket.gross[index], basket.left[index], paid = sold[line.line_id]
            if paid is not None and paid < line.quantity:
                units: Units = {(0, False): line.quantity - paid}
                if paid:
                    _add_units(units, basket.left[index], paid, False)
                basket._units[index] = units
        basket.total_left, basket.total_gross = sum(basket.left), sum(basket.gross)
        return basket

    def measure_by(self, basis: Basis) -> None:
        """Measure amounts by this from now on; nothing changes where no tax, service or tip was sent.

        While it is measured by what earns, `price_left` and `price_gross` keep the prices. No line counts below 0.
        """
        if self.bases is None or basis is self.basis:
            return
        if self.basis is Basis.DISCOUNTS:
            self._shift_amounts([-each.discounts for each in self.bases])
        elif self.basis is Basis.EARNING:
            self._set_amounts(self.price_left, self.price_gross)
        if basis is Basis.DISCOUNTS:
            self._shift_amounts([each.discounts for each in self.bases])
        elif basis is Basis.EARNING:
            change = [each.earning for each in self.bases]
            self._set_amounts(
                *([max(0, a + b) for a, b in zip(amounts, change, strict=True)] for amounts in (self.left, self.gross))
            )
        self.basis = basis

    def _shift_amounts(self, change: Sequence[int]) -> None:
        """Change what is left and the prices; units that are known bear it by what they cost, free ones stay free."""
        for i, units in enumerate(self._units):
            if units is not None and change[i]:
                self._units[i] = _spread_amount(units, -change[i])
        left, gross = ([a + b for a, b in zip(old, change, strict=True)] for old in (self.left, self.gross))
        self.price_left, self.price_gross = left, gross
        self._set_amounts(left, gross)

    def _set_amounts(self, left: list[int], gross: list[int]) -> None:
        self.left, self.gross = left, gross
        self.total_left, self.total_gross = sum(left), sum(gross)

    def minimum_change(self, indexes: Iterable[int]) -> int:
        """Return by how much what counts for a minimum differs, on these lines, from the amounts as measured now."""
        if self.bases is None:
            return 0
        at = {Basis.PRICE: None, Basis.DISCOUNTS: 0, Basis.EARNING: 2}[self.basis]
        bases = self.bases
        return sum(bases[i].minimums - (0 if at is None else bases[i][at]) for i in indexes)

    def copy(self) -> "Basket":
        """Copy the basket to try things on; what never changes is shared."""
        twin = object.__new__(Basket)
        twin.__dict__.update(self.__dict__)
        twin.left = list(self.left)
        twin.price_left = list(self.price_left) if self.basis is Basis.EARNING else twin.left
        twin._units = [None if units is None else dict(units) for units in self._units]
        return twin

    def close(self, lines: frozenset[int]) -> None:
        """Leave these lines out, and only these, until the next call."""
        if lines != self.closed:
            self.closed = lines
            self._all = [i for i in range(len(self.lines)) if i not in lines]
            self._matches = {}

    @property
    def open_left(self) -> int:
        return self.left_on(self._all) if self.closed else self.total_left

    @property
    def open_gross(self) -> int:
        return self.gross_on(self._all) if self.closed else self.total_gross

    def open_amounts(self) -> list[int]:
        """Return what is left of each line, by index; nothing of closed ones."""
        if not self.closed:
            return self.left
        return [0 if i in self.closed else amount for i, amount in enumerate(self.left)]

    def matching(self, goods: Filter | None) -> Sequence[int]:
        """Return indexes of the lines that `goods` names, in line order."""
        if goods is None:
            return self._all
        known = self._matches.get(id(goods))
        if known is None:
            # By identity, which is quicker than by content; keeping the filter keeps its id from being given again.
            known = self._matches[id(goods)] = (goods, self._find_lines(goods))
        return known[1]

    def _find_lines(self, goods: Filter) -> Sequence[int]:
        found: Sequence[int] = self._all
        if goods.skus or goods.categories:
            lists = [self._by_sku[sku] for sku in goods.skus if sku in self._by_sku]
            lists += [self._by_category[name] for name in goods.categories if name in self._by_category]
            found = lists[0] if len(lists) == 1 else sorted({index for some in lists for index in some})
            if self.closed:
                found = [i for i in found if i not in self.closed]
        if goods.exclude_skus or goods.exclude_categories:
            out = {i for sku in goods.exclude_skus for i in self._by_sku.get(sku, ())}
            out.update(i for name in goods.exclude_categories for i in self._by_category.get(name, ()))
            return [i for i in found if i not in out]
        return found

    def left_on(self, indexes: Iterable[int]) -> int:
        left = self.left
        return sum([left[i] for i in indexes])

    def gross_on(self, indexes: Iterable[int]) -> int:
        return sum([self.gross[i] for i in indexes])

    def quantity_on(self, indexes: Iterable[int]) -> int:
        return sum([self.lines[i].quantity for i in indexes])

    def units_of(self, index: int) -> Units:
        """Return the line's units; an amount that does not divide leaves some units one smallest coin dearer."""
        units = self._units[index]
        if units is not None:
            return units
        count = self.lines[index].quantity
        each, dearer = divmod(self.left[index], count)
        return {(each, False): count - dearer, (each + 1, False): dearer} if dearer else {(each, False): count}

    def units_paid(self, index: int) -> int:
        """Return how many units of the line still cost something."""
        if self._units[index] is None:
            return min(self.lines[index].quantity, self.left[index])
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
        """Pick up to `limit` units that still cost something, cheapest or dearest first, `per_line` at most of a line.

        Of those that cost the same, like goods stand together, so that the rows they were typed on decide nothing.
        """
        sign = -1 if order == DEAREST else 1
        found: list[tuple[int, int, int, bool, int]] = []
        rank = self._rank
        for index in indexes:
            units = self._units[index]
            if units is None:
                each, dearer = divmod(self.left[index], self.lines[index].quantity)
                found.append((sign * each, rank[index], index, False, self.lines[index].quantity - dearer))
                if dearer:
                    found.append((sign * (each + 1), rank[index], index, False, dearer))
            else:
                found.extend((sign * left, rank[index], index, served, n) for (left, served), n in units.items())
        found.sort()
        room = None if per_line is None else dict.fromkeys(indexes, per_line)
        return _first_picks(found, sign, limit, room, unserved=unserved)

    def take_from_lines(self, shares: Iterable[tuple[int, int]]) -> None:
        """Take money off whole lines; single units, where they are known, bear it in proportion to what they cost."""
        for index, amount in shares:
            self.left[index] -= amount
            self.total_left -= amount
            units = self._units[index]
            if units is not None:
                self._units[index] = _spread_amount(units, amount)

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
            _add_units(units, pick.left * pick.number - amount, pick.number, pick.served or serve)
            self.left[pick.line] -= amount
            self.total_left -= amount


def _list_bases(lines: Sequence[Line]) -> list[LineBases] | None:
    """Return what of each line counts; None where all of it does."""
    bases = [line.bases for line in lines]
    return bases if any(each != AS_PRICED for each in bases) else None


def _rank_goods(lines: Sequence[Line]) -> list[int]:
    """Return one number for like goods, by code, or by name where there is none."""
    keys = [(name_key(line.goods), name_key(line.category or "")) for line in lines]
    ranks = {key: rank for rank, key in enumerate(sorted(set(keys)))}
    return [ranks[key] for key in keys]


def _first_picks(
    found: Iterable[tuple[int, int, int, bool, int]],
    sign: int,
    limit: int | None,
    room: dict[int, int] | None,
    *,
    unserved: bool,
) -> list[Pick]:
    """Return the first `limit` units that cost something, of each line no more than it has `room`."""
    picks: list[Pick] = []
    for signed_left, _, index, served, there in found:
        if limit is not None and limit <= 0:
            break
        number = there if limit is None else min(there, limit)
        if not signed_left or (unserved and served):
            continue
        if room is not None:
            number = min(number, room[index])
            room[index] -= number
        if number:
            picks.append(Pick(index, sign * signed_left, served, number))
            if limit is not None:
                limit -= number
    return picks


def first_units(picks: Sequence[Pick], limit: int) -> list[Pick]:
    """Return the first `limit` units of the picks, in their order."""
    found = []
    for pick in picks:
        if limit <= 0:
            break
        count = min(limit, pick.number)
        found.append(pick if count == pick.number else pick._replace(number=count))
        limit -= count
    return found


def without_units(picks: Sequence[Pick], used: Sequence[Pick]) -> list[Pick]:
    """Return the picks less those in `used`, in the same order."""
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


def _spread_amount(units: Units, amount: int) -> Units:
    keys = sorted(units)
    shares = split_by_weight(amount, [left * units[left, served] for left, served in keys])
    spread: Units = {}
    for (left, served), share in zip(keys, shares, strict=True):
        count = units[left, served]
        _add_units(spread, left * count - share, count, served)
    return spread


def _add_units(units: Units, total: int, count: int, served: bool) -> None:
    each, dearer = divmod(total, count)
    for key, number in (((each, served), count - dearer), ((each + 1, served), dearer)):
        if number:
            units[key] = units.get(key, 0) + number
