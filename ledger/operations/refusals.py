"""What the ledger refuses, by name."""

from __future__ import annotations

from common.errors import NotPermitted, Refusal
from ledger.facts import Unit


class InsufficientPoints(Refusal):
    """Less is available than needed; `facts` hold `available` and `needed`.

    Code `insufficient_points`, or `wallet_insufficient` for wallet money.
    """

    code = "insufficient_points"

    def __init__(self, *, unit: Unit, available: int, needed: int) -> None:
        code = "insufficient_points" if unit == Unit.POINTS else "wallet_insufficient"
        super().__init__(code, available=available, needed=needed)


class HoldNotOpen(Refusal):
    """The hold was committed or released before; a lapsed one is released by the next lock of its account."""

    code = "hold_not_open"


class ReturnExceedsSpent(Refusal):
    """More is to be given back than those transfers spent, less what came back already (`returnable`)."""

    code = "return_exceeds_spent"


class PartlySpent(Refusal):
    """Not all that the transfer gave is still there and free; `facts` hold `available` and `needed`."""

    code = "partly_spent"


class AdjustmentNeedsApproval(Refusal):
    """Above what the role may move by hand at once or in one day; `facts` hold `limit` and `day_limit`, `used`."""

    code = "approval_required"


class ApproverNotAllowed(NotPermitted):
    """The approver is the actor, or works in no role that may approve."""

    code = "approver_not_allowed"


class PointsOnHold(Refusal):
    """Something of the account is set aside for a till; `facts` hold `amount` and `until`."""

    code = "points_on_hold"


class DebtTooLarge(Refusal):
    """Two members together owe more than the merchant allows one; `facts` hold `debt` and `most`."""

    code = "debt_too_large"


class MergedPointsMoved(Refusal):
    """What a merge brought was spent, held, taken back or has lapsed since: the merge is not undone."""

    code = "merged_points_moved"


class NothingOwed(Refusal):
    """The member owes nothing any more: there is no debt to write off."""

    code = "nothing_owed"
