"""Contacts as keyed hashes, and searches without names."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from common.models import MerchantOwned, MerchantReference


class FormerContact(MerchantOwned):
    """A phone or e-mail that a member gave up, as a keyed hash: enough to know it again, too little to write to.

    Append-only. Who changes their own number and then brings the old one as a "friend" is found by it.
    """

    member_id = models.UUIDField()
    member = MerchantReference("members.Member", "member_id")
    kind = models.CharField(max_length=5, choices=[("phone", "phone"), ("email", "email")])
    contact_hash = models.BinaryField(max_length=32)
    given_up_at = models.DateTimeField()


class AwaitedMember(MerchantOwned):
    """A phone or e-mail under which a sale was paid while no member had it, as a keyed hash: who joins gets the sale.

    `sale` is the one that was paid. `member_id` is who has the contact since: the sale is about to be given to them.
    Rows go once the sale has its member, and 30 days after `noted_at` in any case.
    """

    sale_id = models.UUIDField()
    kind = models.CharField(max_length=5, choices=[("phone", "phone"), ("email", "email")])
    contact_hash = models.BinaryField(max_length=32)
    noted_at = models.DateTimeField()
    member_id = models.UUIDField(null=True)
    member = MerchantReference("members.Member", "member_id", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "sale_id", "kind"], name="awaited_contact_of_sale_once"),
            models.CheckConstraint(condition=Q(kind__in=["phone", "email"]), name="awaited_contact_kind"),
        ]
        indexes = [
            models.Index(
                fields=["merchant", "contact_hash"], condition=Q(member_id__isnull=True), name="awaited_contact"
            ),
            models.Index(fields=["merchant", "noted_at"], name="awaited_by_age"),
        ]


class NameSearch(MerchantOwned):
    """How often a till looked for members by name on one business day, and how many it was shown; no names."""

    till_id = models.UUIDField()
    till = MerchantReference("merchants.Till", "till_id", indexed=False)
    business_date = models.DateField()
    searches = models.PositiveIntegerField()
    shown = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "till_id", "business_date"], name="name_search_once_a_day")
        ]
