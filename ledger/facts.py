"""Frozen values of the ledger that cross app borders.

Amounts are integers of one unit: points, or wallet money in the merchant's smallest currency unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

MAX_CHANGE: Final = 10**12
"""The largest number one transfer may move; the tables' CHECKs say the same."""


class Unit(StrEnum):
    POINTS = "points"
    WALLET = "wallet"


class EntryKind(StrEnum):
    EARN = "earn"
    REDEEM = "redeem"
    REDEEM_REVERSAL = "redeem_reversal"
    EXPIRE = "expire"
    ADJUST = "adjust"
    REFUND = "refund"
    VOID = "void"
    BONUS = "bonus"
    TRANSFER = "transfer"
    CASHBACK = "cashback"
    TOP_UP = "top_up"
    CLAWBACK = "clawback"
    WRITE_OFF = "write_off"
    MERGE = "merge"


class HouseRole(StrEnum):
    """The merchant's own side of a transfer; these accounts are summed, never written."""

    ISSUED = "issued"
    REDEEMED = "redeemed"
    EXPIRED = "expired"
    ADJUSTED = "adjusted"
    PROMOTION_COST = "promotion_cost"
    RECEIVED = "received"
    MOVED = "moved"
    WRITTEN_OFF = "written_off"


class TakeBackPolicy(StrEnum):
    """How far a merchant goes to take back what a returned sale had earned (`Merchant.refund_policy`)."""

    ONLY_PENDING = "only_pending"
    WITHIN_BALANCE = "within_balance"
    DEBT = "debt"


@dataclass(frozen=True, slots=True)
class LotDraft:
    """What a positive change becomes: usable from `available_on` through `expires_on` (None: never expires).

    Both are days of the merchant, both inclusive. `amount` equals the posting's change. With `follows_purchases` the
    last day moves with the member's purchases (`extend_lots`), never to an earlier one.
    """

    amount: int
    available_on: date
    expires_on: date | None
    earned_at: datetime
    follows_purchases: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One transfer to be made: `change` is the member's side, signed. See `operations.post` for what kinds need.

    `source_kind`/`source_id` name what caused it ("sale", the sale's id); `reference` is what a person would quote
    (a receipt number); `reason`, `actor_id` and `approver_id` belong to what is done by hand.
    """

    kind: EntryKind
    unit: Unit
    change: int
    source_kind: str
    source_id: UUID
    reference: str = ""
    note: str = ""
    lot: LotDraft | None = None
    actor_id: UUID | None = None
    approver_id: UUID | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Balance:
    """An account on one business day.

    `available`: matured, unexpired and unheld; 0 while there is debt. `pending`: not usable yet. `held`: set aside.
    `expiring`: (amount, last usable day) of what is available and expires, earliest first, one row per day.
    `pending_lots`: (amount, first usable day), earliest first, one row per day.
    """

    available: int = 0
    pending: int = 0
    held: int = 0
    debt: int = 0
    expiring: tuple[tuple[int, date], ...] = ()
    pending_lots: tuple[tuple[int, date], ...] = ()

    @property
    def points_balance(self) -> int:
        """Return available + pending + held - debt: the one figure that a receipt shows."""
        return self.available + self.pending + self.held - self.debt


@dataclass(frozen=True, slots=True)
class PostedTransfer:
    """What became of one posting: nothing (`transfer_id` None, `change` 0) when all of a paid redemption was missing.

    `from_debt` is the part of a redemption that the member now owes, `shortfall` the part no one owes: the
    merchant's loss. change = -(lots used + from_debt) for a redemption; posting.change = change - shortfall.
    """

    transfer_id: UUID | None
    change: int
    from_debt: int = 0
    shortfall: int = 0


@dataclass(frozen=True, slots=True)
class Posted:
    """One `PostedTransfer` per posting, in order."""

    transfers: tuple[PostedTransfer, ...]

    @property
    def transfer_ids(self) -> list[UUID]:
        """Return the ids of the transfers that were made, in the order of the postings."""
        return [t.transfer_id for t in self.transfers if t.transfer_id is not None]

    @property
    def shortfall(self) -> int:
        return sum(t.shortfall for t in self.transfers)

    @property
    def from_debt(self) -> int:
        return sum(t.from_debt for t in self.transfers)


@dataclass(frozen=True, slots=True)
class Returned:
    """Spent points given back: `to_lots` to the lots they came from, `to_grace` to new lots of `grace_days`."""

    transfer_ids: list[UUID]
    to_lots: int
    to_grace: int

    @property
    def returned(self) -> int:
        return self.to_lots + self.to_grace


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Earned points taken back. asked = from_lots + from_debt + expired + missing.

    `expired`: that part had already expired from its own lot and is not taken twice. `missing`: the policy or the
    debt limit left it with the member; the merchant's loss.
    """

    transfer_ids: list[UUID]
    from_lots: int
    from_debt: int
    expired: int
    missing: int

    @property
    def taken(self) -> int:
        return self.from_lots + self.from_debt


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """One line of a member's statement. `cursor`, given as `before`, continues the list after this line.

    `transfer_id` is what the audit trail names when the line was booked by hand.
    """

    id: UUID
    at: datetime
    business_date: date
    kind: EntryKind
    unit: Unit
    change: int
    balance_after: int
    reference: str
    note: str
    seq: int
    transfer_id: UUID
    cursor: str


@dataclass(frozen=True, slots=True)
class PlacedEntry:
    """A line of the statement with its place among other events: an instant that never goes back along the account.

    What was booked late is where it was booked. `source_id` is what it was booked for, of the kind `source_kind`.
    """

    placed_at: datetime
    entry: EntryFacts
    source_kind: str
    source_id: UUID


@dataclass(frozen=True, slots=True)
class Liability:
    """What the merchant owes its members in one unit on a business day; what has expired by then is left out.

    `outstanding`: available, pending and held, over all members; `debt` is what members owe the merchant.
    """

    unit: Unit
    outstanding: int
    debt: int
    members_with_balance: int


@dataclass(frozen=True, slots=True)
class EndedPoints:
    """Points that came to an end: spent and not given back, or lapsed."""

    redeemed: int
    lapsed: int


@dataclass(frozen=True)
class Head:
    """A sealed block as it is kept outside of the database."""

    number: int
    hash: bytes
    sealed_at: datetime


@dataclass(frozen=True, slots=True)
class HeldPoints:
    """Points that members hold, earned on one day and usable through another; `expires_on` None: without end."""

    earned_on: date
    expires_on: date | None
    points: int


CHANGE_POINTS: Final = "points.adjust"
FORGIVE_DEBT: Final = "points.write_off"
ASKED_KINDS: Final = (CHANGE_POINTS, FORGIVE_DEBT)
"""Kinds of approvals about movements by hand."""


@dataclass(frozen=True, slots=True)
class AskedMovement:
    """A movement by hand that one person asks for and another one decides; the key makes it happen once."""

    kind: str
    owner_id: UUID
    unit: Unit
    change: int
    reason: str
    note: str
    key: UUID

    def to_json(self) -> dict[str, Any]:
        return {
            "owner_id": str(self.owner_id),
            "unit": self.unit.value,
            "change": self.change,
            "reason": self.reason,
            "note": self.note,
        }

    @classmethod
    def from_json(cls, kind: str, key: UUID, data: Mapping[str, Any]) -> AskedMovement:
        return cls(
            kind=kind,
            owner_id=UUID(data["owner_id"]),
            unit=Unit(data["unit"]),
            change=int(data["change"]),
            reason=str(data["reason"]),
            note=str(data["note"]),
            key=key,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementFilter:
    """Which movements of a merchant are meant: of one unit, booked for the days `first` to `last`, both included.

    `kind` and `owner_id` narrow it to one kind and to one member or gift card, `by_hand` to what staff booked.
    """

    unit: Unit
    first: date
    last: date
    kind: EntryKind | None = None
    owner_id: UUID | None = None
    by_hand: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementFacts:
    """One movement of a member's account or a gift card (`owner_id`); `change` is signed, in points or in money.

    `business_date` is the day for which it is booked, `at` when it happened. `reverses_id` is the movement that it
    takes back, in part or whole.
    """

    id: UUID
    owner_id: UUID
    at: datetime
    business_date: date
    kind: EntryKind
    unit: Unit
    change: int
    balance_after: int
    source_kind: str
    source_id: UUID
    reference: str
    note: str
    reason: str
    actor_id: UUID | None
    approver_id: UUID | None
    reverses_id: UUID | None


@dataclass(frozen=True, slots=True)
class MovementTotals:
    """How many movements there are, what they gave (0 or more) and what they took (0 or less)."""

    count: int
    given: int
    taken: int


@dataclass(frozen=True, slots=True)
class MovementLot:
    """What is left of a movement's points or money, and the days on which it can be used, both included."""

    amount: int
    remaining: int
    available_on: date
    expires_on: date | None


@dataclass(frozen=True, slots=True)
class MovementDetail:
    """A movement with what it takes back, what took it back (oldest first), and what is left of what it gave."""

    movement: MovementFacts
    reverses: MovementFacts | None
    other_side: MovementFacts | None
    """Of what was moved within a household: what the other member gave or got."""
    reversed_by: tuple[MovementFacts, ...]
    lots: tuple[MovementLot, ...]
