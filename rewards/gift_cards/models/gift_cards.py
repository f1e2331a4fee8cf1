"""Gift cards: a code and a state here, the balance in the ledger (owner: the card, unit: wallet)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from common.models import MerchantOwned, MerchantReference
from common.quantities import MAX_AMOUNT

STATES = ("inactive", "active", "blocked", "cancelled")


class GiftCardBatch(MerchantOwned):
    """Cards issued together by staff, with the reason. Append-only.

    `needs_activation`: they are worth nothing until a till sells them. `paid`: someone paid for them, otherwise they
    are given away.
    """

    title = models.CharField(max_length=120)
    amount = models.BigIntegerField()
    count = models.PositiveIntegerField()
    needs_activation = models.BooleanField()
    paid = models.BooleanField()
    expires_on = models.DateField(null=True)
    reason = models.CharField(max_length=300)
    issued_at = models.DateTimeField()
    issued_by = models.CharField(max_length=254)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0) & Q(amount__lte=MAX_AMOUNT), name="gift_card_batch_amount_size"
            ),
            models.CheckConstraint(
                condition=Q(count__gt=0) & ~Q(reason=""), name="gift_card_batch_has_cards_and_reason"
            ),
        ]


class GiftCard(MerchantOwned):
    """One card. `amount` is what was put on it; what is left says the ledger.

    Activated by a till (`till_id`, `reference`, `request_fingerprint`: once per reference) or with its batch;
    `transfer_id` is the movement that did it.
    """

    batch_id = models.UUIDField(null=True)
    batch = MerchantReference("rewards.GiftCardBatch", "batch_id", null=True)
    code_hmac = models.BinaryField(max_length=32)
    code_encrypted = models.BinaryField()
    state = models.CharField(max_length=9, choices=[(s, s) for s in STATES])
    amount = models.BigIntegerField()
    expires_on = models.DateField(null=True)
    issued_at = models.DateTimeField()
    till_id = models.UUIDField(null=True)
    till = MerchantReference("merchants.Till", "till_id", null=True, indexed=False)
    reference = models.CharField(max_length=64, blank=True)
    request_fingerprint = models.BinaryField(max_length=32, null=True)
    activated_at = models.DateTimeField(null=True)
    transfer_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "code_hmac"], name="gift_card_code_once"),
            models.UniqueConstraint(
                fields=["merchant", "till_id", "reference"],
                condition=Q(till_id__isnull=False),
                name="gift_card_reference_once",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0) & Q(amount__lte=MAX_AMOUNT), name="gift_card_amount_size"),
            models.CheckConstraint(
                condition=Q(state="inactive", transfer_id__isnull=True, activated_at__isnull=True)
                | Q(state__in=["active", "blocked"], transfer_id__isnull=False, activated_at__isnull=False)
                | Q(state="cancelled"),
                name="gift_card_state_fits",
            ),
        ]
        indexes = [models.Index(fields=["merchant", "state", "id"], name="gift_card_by_state")]
