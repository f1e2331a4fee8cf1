"""Writes of the ledger. Everything happens under the account's row lock, inside the merchant's scope.

Lock first (`lock_account`), then hand the locked account to as many of the other operations as the business action
needs: each one sees what the one before did. After a refusal is rolled back to a savepoint, lock again.
"""

from ledger.operations.accounts import lock_account, lock_accounts, open_account, open_accounts, open_house_accounts
from ledger.operations.adjustments import adjust, write_off_debt
from ledger.operations.asked_movements import approve_movement, ask_movement, asked_movement, book_movement
from ledger.operations.expiry import expire_due
from ledger.operations.extensions import extend_lots
from ledger.operations.forfeits import StillHeld, forget_member, forget_words
from ledger.operations.holds import commit_hold, place_hold, release_hold
from ledger.operations.household_moves import move_to_member
from ledger.operations.locked import LockedAccount
from ledger.operations.merges import absorb_member, release_member
from ledger.operations.postings import PostingJob, post, post_many
from ledger.operations.refusals import (
    AdjustmentNeedsApproval,
    ApproverNotAllowed,
    DebtTooLarge,
    HoldNotOpen,
    InsufficientPoints,
    MergedPointsMoved,
    NothingOwed,
    PartlySpent,
    PointsOnHold,
    ReturnExceedsSpent,
)
from ledger.operations.reversals import return_spent, take_back, take_back_whole
from ledger.operations.seals import Sealed, export_heads, seal_rows

__all__ = [
    "AdjustmentNeedsApproval",
    "ApproverNotAllowed",
    "DebtTooLarge",
    "HoldNotOpen",
    "InsufficientPoints",
    "LockedAccount",
    "MergedPointsMoved",
    "NothingOwed",
    "PartlySpent",
    "PointsOnHold",
    "PostingJob",
    "ReturnExceedsSpent",
    "Sealed",
    "StillHeld",
    "absorb_member",
    "adjust",
    "approve_movement",
    "ask_movement",
    "asked_movement",
    "book_movement",
    "commit_hold",
    "expire_due",
    "export_heads",
    "extend_lots",
    "forget_member",
    "forget_words",
    "lock_account",
    "lock_accounts",
    "move_to_member",
    "open_account",
    "open_accounts",
    "open_house_accounts",
    "place_hold",
    "post",
    "post_many",
    "release_hold",
    "release_member",
    "return_spent",
    "seal_rows",
    "take_back",
    "take_back_whole",
    "write_off_debt",
]
