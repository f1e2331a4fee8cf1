"""What a cart takes from promotions with limits: held for a quote, taken by a sale, given back by a return.

Counters of limited promotions are locked in id order and then looked at, so what is decided here still holds when it is
written; the guarded UPDATE says it again and the CHECKs of the tables have the last word. A reservation past its time
is taken off by the one who holds the lock, without any worker (I15). Limits per member stand on the lock of the
member's own row, so that a promotion with nothing but such a limit never makes the tills of a merchant queue.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Q

from common.ids import new_id
from merchants.facts import MerchantFacts
from rewards.engine.facts import PROGRAM, Definition, PointsCap
from rewards.engine.facts import PromotionSpend as UseFacts
from rewards.promotions.models import Promotion, PromotionDay, PromotionUse
from rewards.promotions.operations.limit_counters import (
    RESERVED,
    USED,
    LimitMoved,
    Want,
    count_down,
    count_up,
    drop_uses,
    is_counted,
    lock_counters,
)
from rewards.promotions.operations.point_caps import (
    PointsClaim,
    consume_points,
    release_lapsed_points,
    release_points,
    reserve_points,
    return_points,
)


@dataclass(frozen=True)
class PromotionClaim:
    """What a priced cart takes: `uses` of the outcome, for a member or no one, on the outlet's business `day`.

    `definitions` carry the limits; those without any are left alone. `at` is our own clock. `earned` are the points it
    gives by promotion id, `program_cap` holds them all together.
    """

    uses: Sequence[UseFacts]
    definitions: Sequence[Definition]
    member_id: UUID | None
    day: date
    at: datetime
    earned: Mapping[str, int] = field(default_factory=dict)
    program_cap: PointsCap | None = None

    @property
    def points(self) -> PointsClaim:
        caps = {d.id: d.points_cap for d in self.definitions if d.points_cap is not None}
        if self.program_cap is not None:
            caps[PROGRAM] = self.program_cap
        points = {**self.earned, PROGRAM: sum(self.earned.values())} if caps else {}
        return PointsClaim(self.member_id, self.day, self.at, points, caps)

    @property
    def is_limited(self) -> bool:
        """Return whether anything that could be given has a limit, so that a look at the counters is needed."""
        return bool(limited_promotions(self.definitions) or self.points.wanted)


def limited_promotions(definitions: Iterable[Definition]) -> dict[str, Definition]:
    """Return those with a limit of any kind, by id."""
    return {d.id: d for d in definitions if is_counted(d) or d.usage.limits_members}


# --- taking ------------------------------------------------------------------------------------------------------


def lock_promotions(*, merchant: MerchantFacts, definitions: Iterable[Definition]) -> None:
    """Lock the counters of all limited promotions, in id order: what is evaluated next cannot be overtaken."""
    lock_counters(merchant, [UUID(d.id) for d in definitions if is_counted(d)])


def lock_promotions_of_sales(
    *,
    merchant: MerchantFacts,
    sale_ids: Collection[UUID],
    quote_id: UUID | None,
    definitions: Iterable[Definition],
) -> None:
    """Locks the counters of these promotions, of those the sales used and of those the quote holds, in id order."""
    uses = PromotionUse.objects.filter(Q(sale_id__in=sale_ids) | Q(quote_id=quote_id), merchant_id=merchant.id)
    used = set(uses.filter(counted=True).values_list("promotion_id", flat=True))
    lock_counters(merchant, sorted(used | {UUID(d.id) for d in definitions if is_counted(d)}))


def consume_promotions(
    *, merchant: MerchantFacts, claim: PromotionClaim, sale_id: UUID, quote_id: UUID | None = None, paid: bool = False
) -> list[str]:
    """Take what the sale uses; its own quote's holds come free for it first. The member's row is locked.

    Raises LimitMoved when something is used up meanwhile; a `paid` sale instead gets a use outside the counters, and
    the ids of the promotions it overran are returned.
    """
    wanted, points = _list_wanted(claim), claim.points
    if quote_id is not None:
        drop_uses(merchant, _held_by_quote(merchant, quote_id), others=_counted_ids(wanted))
        release_points(merchant=merchant, quote_id=quote_id)
    release_lapsed_points(merchant=merchant, claim=points)
    overrun = consume_points(merchant=merchant, claim=points, sale_id=sale_id, paid=paid)
    if not wanted:
        return overrun
    slots = _find_room(merchant, claim, wanted)
    fitting, over = _split_wanted(wanted, slots)
    if over and not paid:
        raise LimitMoved(promotion_id=over[0].definition.id)
    count_up(merchant, fitting, claim.day, USED)
    rows = [_make_use(merchant, claim, want, slots[want.promotion_id], sale_id=sale_id) for want in fitting]
    rows += [_make_use(merchant, claim, want, NO_SLOTS, sale_id=sale_id, over=True) for want in over]
    PromotionUse.objects.bulk_create(rows)
    return [*overrun, *(want.definition.id for want in over)]


def reserve_promotions(
    *, merchant: MerchantFacts, claim: PromotionClaim, quote_id: UUID, till_id: UUID, until: datetime
) -> None:
    """Hold what the quote would use until then. Raises LimitMoved when something is used up meanwhile."""
    wanted, points = _list_wanted(claim), claim.points
    release_lapsed_points(merchant=merchant, claim=points)
    reserve_points(merchant=merchant, claim=points, quote_id=quote_id, until=until)
    if not wanted:
        return
    slots = _find_room(merchant, claim, wanted)
    fitting, over = _split_wanted(wanted, slots)
    if over:
        raise LimitMoved(promotion_id=over[0].definition.id)
    count_up(merchant, fitting, claim.day, RESERVED)
    PromotionUse.objects.bulk_create(
        [
            _make_use(
                merchant,
                claim,
                want,
                slots[want.promotion_id],
                state="open",
                quote_id=quote_id,
                till_id=till_id,
                reserved_until=until,
            )
            for want in fitting
        ]
    )


def release_promotions(*, merchant: MerchantFacts, quote_id: UUID) -> bool:
    """Give back what an open quote holds; return whether it held anything."""
    rows = _held_by_quote(merchant, quote_id)
    drop_uses(merchant, rows)
    return release_points(merchant=merchant, quote_id=quote_id) or bool(rows)


def _list_wanted(claim: PromotionClaim) -> list[Want]:
    limited = limited_promotions(claim.definitions)
    return [
        Want(UUID(use.promotion_id), limited[use.promotion_id], _spend_of(limited[use.promotion_id], use))
        for use in sorted(claim.uses, key=lambda use: use.promotion_id)
        if use.promotion_id in limited
    ]


def _split_wanted(wanted: Iterable[Want], slots: Collection[UUID]) -> tuple[list[Want], list[Want]]:
    return [w for w in wanted if w.promotion_id in slots], [w for w in wanted if w.promotion_id not in slots]


def _spend_of(definition: Definition, use: UseFacts) -> int:
    if definition.budget is None:
        return 0
    return 1 if definition.budget.type == "uses" else use.spend


def _counted_ids(wanted: Iterable[Want]) -> list[UUID]:
    return [want.promotion_id for want in wanted if want.is_counted]


# --- is there room? ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Slots:
    """The member's free numbers; None where there is no such limit."""

    slot: int | None = None
    day_slot: int | None = None


NO_SLOTS: Final = _Slots()


def _find_room(merchant: MerchantFacts, claim: PromotionClaim, wanted: Sequence[Want]) -> dict[UUID, _Slots]:
    """Return the wanted promotions that fit, with the member's slots; locks the counters, drops lapsed holds."""
    counters = lock_counters(merchant, _counted_ids(wanted))
    lapsed = [row.id for row in counters.values() if row.reserved_count]
    if lapsed and drop_uses(merchant, _lapsed_uses(merchant, lapsed, claim.at)):
        counters = lock_counters(merchant, _counted_ids(wanted))
    days = _load_days(merchant, [want.promotion_id for want in wanted if want.day_limit is not None], claim.day)
    slots = _free_slots(merchant, claim, wanted)
    return {
        want.promotion_id: slots[want.promotion_id]
        for want in wanted
        if want.promotion_id in slots
        and _fits_limits(want, counters.get(want.promotion_id))
        and _fits_the_day(want, days.get(want.promotion_id))
    }


def _fits_limits(want: Want, row: Promotion | None) -> bool:
    if row is None:
        return True
    limit, budget = want.definition.usage.limit, want.definition.budget
    if limit is not None and row.used_count + row.reserved_count >= limit:
        return False
    return budget is None or row.spent_amount + row.reserved_amount + want.spend <= budget.limit


def _load_days(merchant: MerchantFacts, ids: Collection[UUID], day: date) -> dict[UUID, PromotionDay]:
    if not ids:
        return {}
    rows = PromotionDay.objects.filter(merchant_id=merchant.id, promotion_id__in=list(ids), day=day)
    return {row.promotion_id: row for row in rows}


def _fits_the_day(want: Want, row: PromotionDay | None) -> bool:
    return want.day_limit is None or row is None or row.used_count + row.reserved_count < want.day_limit


def _free_slots(merchant: MerchantFacts, claim: PromotionClaim, wanted: Sequence[Want]) -> dict[UUID, _Slots]:
    """Return the lowest free numbers by promotion; one that leaves the member none is left out."""
    limited = [want for want in wanted if want.definition.usage.limits_members]
    free = dict.fromkeys((want.promotion_id for want in wanted if not want.definition.usage.limits_members), NO_SLOTS)
    if not limited or claim.member_id is None:
        return free
    ids = [want.promotion_id for want in limited]
    mine = PromotionUse.objects.filter(merchant_id=merchant.id, member_id=claim.member_id, promotion_id__in=ids)
    rows = list(mine.filter(over=False).order_by("id"))
    gone = [row for row in rows if row.state == "open" and row.reserved_until and row.reserved_until <= claim.at]
    drop_uses(merchant, gone)
    standing = [row for row in rows if row not in gone]
    for want in limited:
        own = [row for row in standing if row.promotion_id == want.promotion_id]
        found = _slots_among(want.definition, own, claim.day)
        if found is not None:
            free[want.promotion_id] = found
    return free


def _slots_among(definition: Definition, own: Sequence[PromotionUse], day: date) -> _Slots | None:
    """Return the member's free slots; earlier uses count even if their wording had no limit."""
    usage, today = definition.usage, [row for row in own if row.day == day]
    if usage.per_member_limit is not None and len(own) >= usage.per_member_limit:
        return None
    if usage.per_member_day_limit is not None and len(today) >= usage.per_member_day_limit:
        return None
    return _Slots(
        _lowest_free_slot({row.slot for row in own}) if usage.per_member_limit is not None else None,
        _lowest_free_slot({row.day_slot for row in today}) if usage.per_member_day_limit is not None else None,
    )


def _lowest_free_slot(taken: Collection[int | None]) -> int:
    return next(number for number in range(1, len(taken) + 2) if number not in taken)


def _make_use(
    merchant: MerchantFacts, claim: PromotionClaim, want: Want, slots: _Slots, *, over: bool = False, **fields: Any
) -> PromotionUse:
    usage = want.definition.usage
    return PromotionUse(
        merchant_id=merchant.id,
        id=new_id(),
        promotion_id=want.promotion_id,
        member_id=claim.member_id,
        day=claim.day,
        counted=want.is_counted and not over,
        counted_today=want.day_limit is not None and not over,
        over=over,
        spend=want.spend,
        taken=want.spend,
        slot=slots.slot,
        slot_limit=usage.per_member_limit if slots.slot else None,
        day_slot=slots.day_slot,
        day_slot_limit=usage.per_member_day_limit if slots.day_slot else None,
        used_at=claim.at,
        **fields,
    )


# --- giving back -------------------------------------------------------------------------------------------------


def return_promotion_uses(
    *, merchant: MerchantFacts, sale_id: UUID, promotion_ids: Collection[UUID] | None = None
) -> None:
    """Return the uses of a voided sale (all, or only these promotions'): member and everybody may use them again."""
    mine = PromotionUse.objects.filter(merchant_id=merchant.id, sale_id=sale_id)
    if promotion_ids is not None:
        mine = mine.filter(promotion_id__in=promotion_ids)
    drop_uses(merchant, list(mine.order_by("promotion_id")))
    if promotion_ids is None:
        return_points(merchant=merchant, sale_id=sale_id, kept=None)


def return_promotion_spend(*, merchant: MerchantFacts, sale_id: UUID, stands: Mapping[str, int]) -> None:
    """Return to budgets of money or points what no longer `stands`, by promotion id. A use stays a use."""
    rows = list(
        PromotionUse.objects.filter(merchant_id=merchant.id, sale_id=sale_id, spend__gt=0).order_by("promotion_id")
    )
    lower = {row.id: stands.get(str(row.promotion_id), row.spend) for row in rows}
    rows = [row for row in rows if lower[row.id] < row.spend]
    kinds = {key: row.budget_type for key, row in lock_counters(merchant, [row.promotion_id for row in rows]).items()}
    for row in rows:
        if kinds[row.promotion_id] == "uses":
            continue
        if row.counted:
            count_down(merchant, [(row.promotion_id, 0, row.spend - lower[row.id])], USED)
        PromotionUse.objects.filter(merchant_id=merchant.id, id=row.id).update(spend=lower[row.id])


def _held_by_quote(merchant: MerchantFacts, quote_id: UUID) -> list[PromotionUse]:
    mine = PromotionUse.objects.filter(merchant_id=merchant.id, quote_id=quote_id, state="open")
    return list(mine.order_by("promotion_id"))


def _lapsed_uses(merchant: MerchantFacts, ids: Collection[UUID], at: datetime) -> list[PromotionUse]:
    open_ones = PromotionUse.objects.filter(merchant_id=merchant.id, promotion_id__in=list(ids), state="open")
    return list(open_ones.filter(counted=True, reserved_until__lte=at).order_by("promotion_id"))
