"""Tables of the book. Written by `ledger.operations` only; `migrations/sql` holds the guards that refuse what is wrong.

Account, Lot and Hold keep running figures; all other tables are append-only.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from common.models import MerchantOwned, MerchantReference
from ledger.facts import MAX_CHANGE, EntryKind, HouseRole, Unit

UNITS = [(u.value, u.value) for u in Unit]
GIVING_KINDS = ["earn", "bonus", "cashback", "top_up", "redeem_reversal", "write_off"]
TAKING_KINDS = ["redeem", "expire", "clawback"]


def _amount_in_range(field: str) -> Q:
    """Return the condition that an amount is never zero and never beyond 10^12 (I3)."""
    return Q(**{f"{field}__gte": -MAX_CHANGE}) & Q(**{f"{field}__lte": MAX_CHANGE}) & ~Q(**{field: 0})


class Account(MerchantOwned):
    """A member's points or wallet money (`owner_id`), or one of the merchant's own sides (`role`).

    balance = sum of entries = remaining of all lots - debt. House accounts stay at zero here: they are summed, so that
    tills never queue on one row. `seq` counts the account's entries. `extended_until` is the last day of its lots that
    follow purchases, where their own is not later; it never moves back, and an `Extension` says what moved it.
    `absorbed_by` is the account that has all of it since its member was merged away: an absorbed account is empty, and
    nothing is posted to it.
    """

    unit = models.CharField(max_length=6, choices=UNITS)
    owner_id = models.UUIDField(null=True)
    role = models.CharField(max_length=16, null=True, choices=[(r.value, r.value) for r in HouseRole])
    balance = models.BigIntegerField(default=0)
    held = models.BigIntegerField(default=0)
    debt = models.BigIntegerField(default=0)
    seq = models.BigIntegerField(default=0)
    extended_until = models.DateField(null=True)
    absorbed_by_id = models.UUIDField(null=True)
    absorbed_by = MerchantReference("ledger.Account", "absorbed_by_id", null=True, indexed=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "owner_id", "unit"], condition=Q(owner_id__isnull=False), name="account_of_owner"
            ),
            models.UniqueConstraint(
                fields=["merchant", "role", "unit"], condition=Q(role__isnull=False), name="account_of_house"
            ),
            models.CheckConstraint(
                condition=Q(owner_id__isnull=False, role__isnull=True)
                | Q(owner_id__isnull=True, role__isnull=False, balance=0, held=0, debt=0, seq=0),
                name="account_is_of_member_or_house",
            ),
            models.CheckConstraint(
                condition=Q(held__gte=0) & Q(debt__gte=0) & Q(seq__gte=0), name="account_figures_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(balance__gte=-F("debt")) & Q(held__lte=F("balance") + F("debt")),
                name="account_below_zero_is_debt",
            ),
            models.CheckConstraint(
                condition=Q(absorbed_by_id__isnull=True)
                | (Q(owner_id__isnull=False, balance=0, held=0, debt=0) & ~Q(absorbed_by_id=F("id"))),
                name="account_absorbed_is_empty",
            ),
        ]
        indexes = [
            models.Index(
                fields=["merchant", "absorbed_by_id"],
                condition=Q(absorbed_by_id__isnull=False),
                name="account_by_absorber",
            )
        ]


class Transfer(MerchantOwned):
    """One movement between a member's account and the house; `change` is the member's side. Append-only.

    A mistake is corrected by a further transfer that names it in `reverses_id`. `may_owe` marks a paid sale.
    """

    account_id = models.UUIDField()
    account = MerchantReference("ledger.Account", "account_id", indexed=False)
    kind = models.CharField(max_length=16, choices=[(k.value, k.value) for k in EntryKind])
    unit = models.CharField(max_length=6, choices=UNITS)
    change = models.BigIntegerField()
    at = models.DateTimeField()
    business_date = models.DateField()
    source_kind = models.CharField(max_length=20)
    source_id = models.UUIDField()
    reference = models.CharField(max_length=64, blank=True)
    note = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    actor_id = models.UUIDField(null=True)
    approver_id = models.UUIDField(null=True)
    may_owe = models.BooleanField(default=False)
    reverses_id = models.UUIDField(null=True)
    reverses = MerchantReference("ledger.Transfer", "reverses_id", null=True, indexed=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "reverses_id"], condition=Q(kind="void"), name="transfer_voided_once"
            ),
            models.CheckConstraint(condition=_amount_in_range("change"), name="transfer_change_size"),
            models.CheckConstraint(
                condition=(~Q(kind__in=GIVING_KINDS) | Q(change__gt=0)) & (~Q(kind__in=TAKING_KINDS) | Q(change__lt=0)),
                name="transfer_direction",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["refund", "void", "redeem_reversal"]) | Q(reverses_id__isnull=False),
                name="transfer_reversal_names_original",
            ),
            models.CheckConstraint(condition=Q(may_owe=False) | Q(kind="redeem"), name="transfer_owing_is_redeeming"),
            models.CheckConstraint(
                condition=~Q(kind__in=["adjust", "write_off"]) | ~Q(reason=""), name="transfer_by_hand_has_reason"
            ),
            models.CheckConstraint(
                condition=Q(approver_id__isnull=True) | (Q(actor_id__isnull=False) & ~Q(approver_id=F("actor_id"))),
                name="transfer_approver_is_another",
            ),
        ]
        indexes = [
            models.Index(
                fields=["merchant", "reverses_id"], condition=Q(reverses_id__isnull=False), name="transfer_reversals"
            ),
            models.Index(fields=["merchant", "business_date"], name="transfer_by_day"),
            models.Index(fields=["merchant", "source_id"], condition=Q(kind="transfer"), name="transfer_of_household"),
            models.Index(
                fields=["merchant", "actor_id", "business_date"],
                condition=Q(actor_id__isnull=False),
                name="transfer_by_actor",
            ),
        ]


class Entry(MerchantOwned):
    """One side of a transfer. Append-only.

    A member's entries form a chain: `account_seq` counts them, `balance_after` is the one before plus `amount`; both
    are null on the house's side. A transfer has one entry of each side. `account_id` has no foreign key: it would
    take a key-share lock on the same few house rows at every sale. The guard of the transfer refuses an entry whose
    account does not exist, and accounts stay.
    """

    transfer_id = models.UUIDField()
    transfer = MerchantReference("ledger.Transfer", "transfer_id", indexed=False)
    account_id = models.UUIDField()
    amount = models.BigIntegerField()
    account_seq = models.BigIntegerField(null=True)
    balance_after = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "account_id", "account_seq"], name="entry_order"),
            models.UniqueConstraint(
                fields=["merchant", "transfer_id"], condition=Q(account_seq__isnull=False), name="entry_member_side"
            ),
            models.UniqueConstraint(
                fields=["merchant", "transfer_id"], condition=Q(account_seq__isnull=True), name="entry_house_side"
            ),
            models.CheckConstraint(condition=_amount_in_range("amount"), name="entry_amount_size"),
            models.CheckConstraint(
                condition=Q(account_seq__isnull=True, balance_after__isnull=True)
                | Q(account_seq__gt=0, balance_after__isnull=False),
                name="entry_chain_is_whole",
            ),
        ]


class Lot(MerchantOwned):
    """What one transfer gave: usable from `available_on` through `expires_on` (merchant's days, both inclusive).

    Only `remaining`, `held` and `uses` ever change. With `follows_purchases` the lot is usable through the later of
    `expires_on` and its account's `extended_until`. `origin_lot_id` names the expired lot that a grace lot replaces,
    and of what a merge moved here the lot that was first given.
    """

    account_id = models.UUIDField()
    account = MerchantReference("ledger.Account", "account_id", indexed=False)
    transfer_id = models.UUIDField()
    transfer = MerchantReference("ledger.Transfer", "transfer_id")
    origin_lot_id = models.UUIDField(null=True)
    origin_lot = MerchantReference("ledger.Lot", "origin_lot_id", null=True, indexed=False)
    amount = models.BigIntegerField()
    remaining = models.BigIntegerField()
    held = models.BigIntegerField(default=0)
    uses = models.IntegerField(default=0)
    available_on = models.DateField()
    expires_on = models.DateField(null=True)
    earned_at = models.DateTimeField()
    follows_purchases = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(follows_purchases=False) | Q(expires_on__isnull=False), name="lot_that_follows_expires"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0) & Q(amount__lte=MAX_CHANGE), name="lot_amount_size"),
            models.CheckConstraint(
                condition=Q(held__gte=0) & Q(held__lte=F("remaining")) & Q(remaining__lte=F("amount")),
                name="lot_held_remaining_amount",
            ),
            models.CheckConstraint(
                condition=Q(expires_on__isnull=True) | Q(expires_on__gte=F("available_on")), name="lot_dates"
            ),
        ]
        indexes = [
            models.Index(fields=["merchant", "account_id"], condition=Q(remaining__gt=0), name="lot_open"),
            models.Index(fields=["merchant", "expires_on"], condition=Q(remaining__gt=0), name="lot_expiring"),
            models.Index(
                fields=["merchant", "origin_lot_id"], condition=Q(origin_lot_id__isnull=False), name="lot_by_origin"
            ),
        ]


class LotDays(MerchantOwned):
    """What is left of an account's lots of the same days, held parts included; its own triggers on lots keep it.

    A member may have thousands of lots: a balance, and the guard of the account, read these rows instead.
    """

    account_id = models.UUIDField()
    account = MerchantReference("ledger.Account", "account_id", indexed=False)
    available_on = models.DateField()
    expires_on = models.DateField(null=True)
    follows_purchases = models.BooleanField(default=False, db_default=False)
    remaining = models.BigIntegerField()
    held = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "account_id", "available_on", "expires_on", "follows_purchases"],
                nulls_distinct=False,
                name="lot_days_once",
            ),
            models.CheckConstraint(condition=Q(held__gte=0) & Q(held__lte=F("remaining")), name="lot_days_figures"),
        ]
        indexes = [models.Index(fields=["merchant", "account_id"], condition=Q(remaining__gt=0), name="lot_days_open")]


class Extension(MerchantOwned):
    """What moved an account's `extended_until` to a later day, and after how many of its entries. Append-only.

    It proves which last day a lot had when it lapsed or was used: entries with a greater `account_seq` came after.
    """

    account_id = models.UUIDField()
    account = MerchantReference("ledger.Account", "account_id", indexed=False)
    account_seq = models.BigIntegerField()
    extended_until = models.DateField()
    at = models.DateTimeField()
    source_kind = models.CharField(max_length=20)
    source_id = models.UUIDField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "account_id", "extended_until"], name="extension_moves_on")
        ]


class Hold(MerchantOwned):
    """Points set aside until `reserved_until`; which lots, say its HoldLots. Once closed it stays closed."""

    account_id = models.UUIDField()
    account = MerchantReference("ledger.Account", "account_id", indexed=False)
    amount = models.BigIntegerField()
    state = models.CharField(max_length=9, default="open", choices=[(s, s) for s in ("open", "released", "committed")])
    business_date = models.DateField()
    created_at = models.DateTimeField()
    reserved_until = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    reference_kind = models.CharField(max_length=20)
    reference_id = models.UUIDField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0) & Q(amount__lte=MAX_CHANGE), name="hold_amount_size"),
            models.CheckConstraint(
                condition=Q(state="open", closed_at__isnull=True)
                | Q(state__in=["released", "committed"], closed_at__isnull=False),
                name="hold_closed_at",
            ),
        ]
        indexes = [models.Index(fields=["merchant", "account_id"], condition=Q(state="open"), name="hold_open")]


class HoldLot(MerchantOwned):
    """How much of one lot a hold sets aside. Append-only."""

    hold_id = models.UUIDField()
    hold = MerchantReference("ledger.Hold", "hold_id", indexed=False)
    lot_id = models.UUIDField()
    lot = MerchantReference("ledger.Lot", "lot_id")
    amount = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "hold_id", "lot_id"], name="hold_lot_once"),
            models.CheckConstraint(condition=Q(amount__gt=0) & Q(amount__lte=MAX_CHANGE), name="hold_lot_amount_size"),
        ]


class LotUse(MerchantOwned):
    """What one transfer took from a lot (`amount` > 0) or gave back to it (`amount` < 0). Append-only.

    A chain like Entry's: `lot_seq` counts a lot's uses, `remaining_after` is the one before minus `amount`. `repay`
    covers debt and has a DebtMove of the opposite size; a hold released into debt repays without a transfer.
    """

    KINDS = ("spend", "expire", "take_back", "give_back", "repay")

    lot_id = models.UUIDField()
    lot = MerchantReference("ledger.Lot", "lot_id", indexed=False)
    transfer_id = models.UUIDField(null=True)
    transfer = MerchantReference("ledger.Transfer", "transfer_id", null=True)
    hold_id = models.UUIDField(null=True)
    hold = MerchantReference("ledger.Hold", "hold_id", null=True, indexed=False)
    kind = models.CharField(max_length=9, choices=[(k, k) for k in KINDS])
    amount = models.BigIntegerField()
    lot_seq = models.IntegerField()
    remaining_after = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "lot_id", "lot_seq"], name="lot_use_order"),
            models.UniqueConstraint(fields=["merchant", "lot_id"], condition=Q(kind="expire"), name="lot_expires_once"),
            models.CheckConstraint(condition=_amount_in_range("amount"), name="lot_use_amount_size"),
            models.CheckConstraint(
                condition=Q(kind="give_back", amount__lt=0) | (~Q(kind="give_back") & Q(amount__gt=0)),
                name="lot_use_direction",
            ),
            models.CheckConstraint(
                condition=Q(transfer_id__isnull=False) | Q(kind="repay", hold_id__isnull=False),
                name="lot_use_has_cause",
            ),
            models.CheckConstraint(
                condition=Q(remaining_after__gte=0) & (~Q(kind="expire") | Q(remaining_after=0)),
                name="lot_use_remaining",
            ),
            models.CheckConstraint(condition=Q(lot_seq__gt=0), name="lot_use_counts_from_one"),
        ]
        indexes = [
            models.Index(fields=["merchant", "hold_id"], condition=Q(hold_id__isnull=False), name="lot_use_by_hold")
        ]


class DebtMove(MerchantOwned):
    """What a transfer added to an account's debt (`change` > 0) or repaid of it (`change` < 0). Append-only."""

    account_id = models.UUIDField()
    account = MerchantReference("ledger.Account", "account_id")
    transfer_id = models.UUIDField(null=True)
    transfer = MerchantReference("ledger.Transfer", "transfer_id", null=True)
    hold_id = models.UUIDField(null=True)
    hold = MerchantReference("ledger.Hold", "hold_id", null=True, indexed=False)
    change = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=_amount_in_range("change"), name="debt_move_size"),
            models.CheckConstraint(
                condition=Q(transfer_id__isnull=False) | Q(hold_id__isnull=False, change__lt=0),
                name="debt_move_has_cause",
            ),
        ]
        indexes = [
            models.Index(fields=["merchant", "hold_id"], condition=Q(hold_id__isnull=False), name="debt_move_by_hold")
        ]


class SealedBlock(MerchantOwned):
    """Transfers and audit entries that came in since the block before, with their hashes. Append-only.

    Blocks are counted without a gap, and each names the hash of the one before: a row that is changed, taken away or
    slipped in afterwards no longer fits its block, and a block that is changed no longer fits the next one.
    """

    number = models.BigIntegerField()
    previous_hash = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)
    sealed_at = models.DateTimeField()
    business_date = models.DateField()
    transfer_ids = ArrayField(models.UUIDField())
    transfer_hashes = ArrayField(models.BinaryField(max_length=32))
    audit_ids = ArrayField(models.UUIDField())
    audit_hashes = ArrayField(models.BinaryField(max_length=32))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "number"], name="sealed_block_number"),
            models.CheckConstraint(condition=Q(number__gte=1), name="sealed_block_counts_from_one"),
        ]
        indexes = [models.Index(fields=["merchant", "sealed_at"], name="sealed_block_by_time")]
