"""Gifts on their way to the member: one step at a time, each written down with who, when and why.

requested -> ready -> handed over (fetched) or shipped -> delivered (sent); cancelling is `reverse_redemption`.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from common.errors import Missing, Refusal
from merchants.facts import Actor, MerchantFacts
from rewards.catalogue.facts import Fulfilment, Handover
from rewards.catalogue.models import Redemption, RedemptionStep
from rewards.catalogue.rules import next_steps


class StepNotPossible(Refusal):
    """The gift cannot go there from where it is; `status` says where that is, "" for a reward handed over at once."""

    code = "step_not_possible"


def start_fulfilment(
    merchant: MerchantFacts, row: Redemption, *, at: datetime, actor: Actor, till_id: UUID | None
) -> None:
    """Ask the shop for the gift of a completed redemption."""
    write_step(merchant, row, Fulfilment.REQUESTED, at=at, actor=actor, till_id=till_id)
    row.save(update_fields=["fulfilment", "fulfilment_at"])


def move_gift(
    *,
    merchant: MerchantFacts,
    redemption_id: UUID,
    to: Fulfilment,
    at: datetime,
    actor: Actor,
    till_id: UUID | None = None,
    note: str = "",
) -> None:
    """Move the gift one step on; the same step again does nothing. Raises Missing, StepNotPossible."""
    row = _lock_redemption(merchant, redemption_id)
    if row.fulfilment == to.value:
        return
    _take_step(merchant, row, to, at=at, actor=actor, till_id=till_id, note=note)


def hand_over(
    *, merchant: MerchantFacts, redemption_id: UUID, at: datetime, actor: Actor, till_id: UUID, note: str = ""
) -> None:
    """Hand the gift over to the member; one that was not ready yet is made ready by that.

    Again, it changes nothing. Raises Missing('redemption_not_found'), StepNotPossible.
    """
    row = _lock_redemption(merchant, redemption_id)
    if row.fulfilment == Fulfilment.HANDED_OVER.value:
        return
    if (row.handover, row.fulfilment) == (Handover.PICKUP.value, Fulfilment.REQUESTED.value):
        _take_step(merchant, row, Fulfilment.READY, at=at, actor=actor, till_id=till_id)
    _take_step(merchant, row, Fulfilment.HANDED_OVER, at=at, actor=actor, till_id=till_id, note=note)


def write_step(
    merchant: MerchantFacts,
    row: Redemption,
    to: Fulfilment,
    *,
    at: datetime,
    actor: Actor,
    till_id: UUID | None = None,
    note: str = "",
) -> None:
    """Write the step and set it on the row, which the caller has locked and saves."""
    taken = RedemptionStep.objects.filter(merchant_id=merchant.id, redemption_id=row.id).count()
    RedemptionStep.objects.create(
        merchant_id=merchant.id,
        redemption_id=row.id,
        number=taken + 1,
        from_state=row.fulfilment,
        to_state=to.value,
        actor_id=actor.user_id,
        actor_label=actor.label,
        till_id=till_id,
        note=note.strip()[:300],
        at=at,
    )
    row.fulfilment, row.fulfilment_at = to.value, at


def _take_step(
    merchant: MerchantFacts,
    row: Redemption,
    to: Fulfilment,
    *,
    at: datetime,
    actor: Actor,
    till_id: UUID | None,
    note: str = "",
) -> None:
    state = Fulfilment(row.fulfilment) if row.fulfilment else None
    if state is None or to not in next_steps(Handover(row.handover), state) or to is Fulfilment.CANCELLED:
        raise StepNotPossible(status=row.fulfilment)
    write_step(merchant, row, to, at=at, actor=actor, till_id=till_id, note=note)
    row.save(update_fields=["fulfilment", "fulfilment_at"])


def _lock_redemption(merchant: MerchantFacts, redemption_id: UUID) -> Redemption:
    row = Redemption.objects.select_for_update().filter(merchant_id=merchant.id, id=redemption_id).first()
    if row is None:
        raise Missing("redemption_not_found")
    return row
