"""Movements as a reader meets them: whose, what for, and the page of what caused each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.ledger.address import kind_word
from backoffice.words import REASON_WORDS
from ledger.facts import MovementFacts
from members.facts import MemberFacts
from members.queries import members_by_id
from merchants.facts import MerchantFacts
from merchants.queries import staff
from sales.queries import sales_of_refunds

SOURCE_WORDS: Final[Mapping[str, Promise]] = {
    "sale": _("Receipt"),
    "refund": _("Return"),
    "redemption": _("Reward"),
    "referral": _("Bring a friend"),
    "enrolment": _("Joining"),
    "adjustment": _("Staff"),
    "top_up": _("Top-up"),
    "gift_card": _("Gift card"),
    "lot": _("Validity"),
    "merge": _("Records joined"),
    "household": _("Household"),
}
"""What causes a movement, by its kind of source."""


@dataclass(frozen=True)
class MovementRow:
    """A movement with its words. `owner` is None for a gift card, whose page is `owner_url` all the same."""

    movement: MovementFacts
    what: str
    owner: MemberFacts | None
    owner_url: str
    source: str
    source_url: str
    reason: str
    who: str
    approver: str

    @property
    def is_points(self) -> bool:
        return self.movement.unit == "points"


def movement_rows(merchant: MerchantFacts, found: Sequence[MovementFacts]) -> list[MovementRow]:
    """Return the rows; three statements at most, whatever their number."""
    members = members_by_id(merchant=merchant, member_ids=sorted({one.owner_id for one in found}))
    refunds = {one.source_id for one in found if one.source_kind == "refund"}
    sales = sales_of_refunds(merchant=merchant, refund_ids=refunds) if refunds else {}
    by_hand = any(one.actor_id or one.approver_id for one in found)
    people = {one.user_id: one.name for one in staff(merchant=merchant)} if by_hand else {}
    return [_movement_row(one, members.get(one.owner_id), sales, people) for one in found]


def _movement_row(
    one: MovementFacts, owner: MemberFacts | None, sales: Mapping[UUID, UUID], people: Mapping[UUID, str]
) -> MovementRow:
    sale_id = sales.get(one.source_id) or (one.source_id if one.source_kind == "sale" else None)
    page, owner_id = ("backoffice:member", owner.id) if owner else ("backoffice:gift_card", one.owner_id)
    return MovementRow(
        movement=one,
        what=kind_word(one.kind, one.unit),
        owner=owner,
        owner_url=reverse(page, args=[owner_id]),
        source=" ".join(filter(None, (str(SOURCE_WORDS.get(one.source_kind, "")), one.reference))),
        source_url=reverse("backoffice:receipt", args=[sale_id]) if sale_id else "",
        reason=str(REASON_WORDS.get(one.reason, one.reason)),
        who=_name_of(one.actor_id, people),
        approver=_name_of(one.approver_id, people),
    )


def _name_of(user_id: UUID | None, people: Mapping[UUID, str]) -> str:
    """Return who it was; "" where no person did it."""
    return people.get(user_id, gettext("Former staff")) if user_id else ""
