"""Cards, what tills were shown, and codes for the till."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from common.models import MerchantOwned, MerchantReference
from members.models.columns import PERSONAL


class Card(MerchantOwned):
    """A membership card: its number (the member's own unless the merchant prints others) and the QR's secret token.

    A card made on the public page waits: `confirmed_at` is empty until staff or a till have seen the person. A waiting
    card has no number, shows the name that was typed there, finds its member and spends nothing. The card that is
    confirmed and not revoked is the one in force.
    """

    member_id = models.UUIDField()
    member = MerchantReference("members.Member", "member_id")
    number = models.CharField(max_length=19)
    token_hash = models.BinaryField(max_length=32)
    token_encrypted = models.BinaryField()
    issued_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    shown_name = models.CharField(max_length=120, blank=True, db_default="", db_comment=PERSONAL)
    revoked_at = models.DateTimeField(null=True)
    revoked_reason = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "token_hash"], name="card_token_once"),
            models.UniqueConstraint(
                fields=["merchant", "number"],
                condition=Q(revoked_at__isnull=True, confirmed_at__isnull=False),
                name="card_number_once",
            ),
            models.UniqueConstraint(
                fields=["merchant", "member_id"],
                condition=Q(revoked_at__isnull=True, confirmed_at__isnull=False),
                name="card_one_in_force",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True, number="") | (Q(confirmed_at__isnull=False) & ~Q(number="")),
                name="card_waiting_has_no_number",
            ),
            models.CheckConstraint(
                condition=Q(shown_name="") | Q(confirmed_at__isnull=True, revoked_at__isnull=True),
                name="card_name_only_while_waiting",
            ),
        ]


class WaitingCardShown(MerchantOwned):
    """A till looked a member up by a waiting card: what it asks for that member by id comes from that card.

    One row per till and member, gone once the card is confirmed or the till finds the member in another way.
    """

    till_id = models.UUIDField()
    till = MerchantReference("merchants.Till", "till_id", indexed=False)
    member_id = models.UUIDField()
    member = MerchantReference("members.Member", "member_id")
    shown_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "till_id", "member_id"], name="waiting_card_shown_once")
        ]


class VerificationCode(MerchantOwned):
    """The one-time code a member's card page shows for the till; one per member, a new one replaces it."""

    member_id = models.UUIDField()
    member = MerchantReference("members.Member", "member_id", indexed=False)
    code_hash = models.BinaryField(max_length=32)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "member_id"], name="verification_code_one_per_member")
        ]
