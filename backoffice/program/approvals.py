"""What waits for another person, in words, and how each kind is carried out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.coupons.asked import coupons_in_words
from backoffice.members.export_requests import EXPORT_ABOVE, approve_export, exports_in_words
from backoffice.requests import AskedRow
from common.errors import Refusal
from common.languages import reader_language
from common.quantities import format_money, format_points
from ledger.facts import CHANGE_POINTS, FORGIVE_DEBT, AskedMovement, Unit
from ledger.operations import approve_movement, asked_movement
from ledger.queries import was_posted
from members.operations import lock_member
from members.queries import members_by_id
from merchants.facts import Actor, ApprovalDetails, ApprovalState, MerchantFacts
from merchants.tasks import queue_jobs
from rewards.coupons.facts import COUPONS_ABOVE
from rewards.coupons.operations import approve_coupons

KIND_WORDS: Final[Mapping[str, Promise]] = {
    CHANGE_POINTS: _("Adjust points"),
    FORGIVE_DEBT: _("Write off a debt"),
    COUPONS_ABOVE: _("Create coupons"),
    EXPORT_ABOVE: _("Export of members"),
}
"""The kinds that this page lists; late sales have a page of their own."""
STATE_WORDS: Final[Mapping[ApprovalState, Promise]] = {
    ApprovalState.WAITING: _("Expired"),
    ApprovalState.APPROVED: _("Approved"),
    ApprovalState.REFUSED: _("Refused"),
    ApprovalState.WITHDRAWN: _("Withdrawn"),
}
"""What became of a request that cannot be decided any more; one that still waits has expired."""


def requests_in_words(merchant: MerchantFacts, found: Sequence[ApprovalDetails]) -> list[AskedRow]:
    """Say what each request asks for, in the order given; one read for each kind."""
    said: dict[object, AskedRow] = {}
    for kinds, in_words in _IN_WORDS.items():
        of_kind = [one for one in found if one.kind in kinds]
        if of_kind:
            said |= {row.asked.id: row for row in in_words(merchant, of_kind)}
    return [said[one.id] for one in found]


def movements_in_words(merchant: MerchantFacts, found: Sequence[ApprovalDetails]) -> list[AskedRow]:
    """Say what each request would move."""
    asked = [AskedMovement.from_json(one.kind, one.subject_id, one.figures) for one in found]
    people = members_by_id(merchant=merchant, member_ids=[one.owner_id for one in asked])
    rows = []
    for one, movement in zip(found, asked, strict=True):
        member = people.get(movement.owner_id)
        rows.append(
            AskedRow(
                asked=one,
                what=_movement_word(merchant, movement),
                about=member.display_name if member else "–",
                about_url=reverse("backoffice:member", args=[member.id]) if member else "",
                note=movement.note,
            )
        )
    return rows


_IN_WORDS: Final[Mapping[tuple[str, ...], Callable[[MerchantFacts, Sequence[ApprovalDetails]], list[AskedRow]]]] = {
    (CHANGE_POINTS, FORGIVE_DEBT): movements_in_words,
    (COUPONS_ABOVE,): coupons_in_words,
    (EXPORT_ABOVE,): exports_in_words,
}


def _movement_word(merchant: MerchantFacts, asked: AskedMovement) -> str:
    size = abs(asked.change)
    moved = (
        format_money(size, merchant.currency, reader_language())
        if asked.unit is Unit.WALLET
        else format_points(size, reader_language(), merchant.points_name)
    )
    if asked.kind == FORGIVE_DEBT:
        return gettext("Write off %(moved)s") % {"moved": moved}
    said = gettext("Add %(moved)s") if asked.change > 0 else gettext("Take %(moved)s")
    return said % {"moved": moved}


@dataclass(frozen=True)
class Approving:
    """One decision to approve: what, by whom, when and why."""

    merchant: MerchantFacts
    asked: ApprovalDetails
    reason: str
    actor: Actor
    at: datetime


def approve_asked(approving: Approving) -> str:
    """Carry out what was asked, in the transaction of the approval; return the sentence that says so.

    Raises what the operation of the kind raises.
    """
    kind = approving.asked.kind
    if kind == COUPONS_ABOVE:
        approve_coupons(
            merchant=approving.merchant,
            approval_id=approving.asked.id,
            reason=approving.reason,
            actor=approving.actor,
            at=approving.at,
        )
        queue_jobs(merchant=approving.merchant)
        return gettext("Approved. The coupons are made, with both names.")
    if kind == EXPORT_ABOVE:
        approve_export(
            merchant=approving.merchant,
            asked=approving.asked,
            reason=approving.reason,
            actor=approving.actor,
            at=approving.at,
        )
        return gettext("Approved. The file is being made; who asked finds it under Jobs.")
    _approve_movement(approving)
    return gettext("Approved and booked, with both names.")


def _approve_movement(approving: Approving) -> None:
    """Raises Refusal where the asker booked it alone meanwhile, with the same form."""
    merchant = approving.merchant
    movement = asked_movement(merchant=merchant, approval_id=approving.asked.id)
    member = lock_member(merchant=merchant, member_id=movement.owner_id)
    for owner_id in {movement.owner_id, member.id}:
        if was_posted(merchant=merchant, owner_id=owner_id, source_kind="adjustment", source_id=movement.key):
            raise Refusal("movement_booked")
    approve_movement(
        merchant=merchant,
        approval_id=approving.asked.id,
        owner_id=member.id,
        reason=approving.reason,
        actor=approving.actor,
        at=approving.at,
        business_date=merchant.day_of(approving.at),
    )
