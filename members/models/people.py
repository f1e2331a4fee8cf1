"""The member: the one table of personal data."""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Cast, ExtractDay, ExtractMonth, Lower

from common.models import MerchantOwned, MerchantReference
from members.facts import MemberSource, MemberStatus
from members.models.columns import PERSONAL


class Member(MerchantOwned):
    """Who the member is, the current consent and tier, and the running figures every sale brings up to date.

    `email_key` is the address as it is matched. `tier_spend_amount`, `tier_points` and `tier_visits` are what counts
    towards tiers: as of the last night, raised by every sale since. A merged row points at its survivor for ever.
    `joined_device_hash` is a keyed hash of the device that a till named when they joined. `birth_date_changed_on` says
    when a known date of birth was last replaced or taken away; `area` is where they live, in their own words. Who has
    no number of their own and shares another member's names that one in `household_of`; where that one
    `shares_wallet`, any of them redeems what all of them have. `restricted_at`: since then
    nothing is done with the data but keeping it, at the member's wish. Of an erased member (`erased_at`) only figures
    are left, under the id.
    The segment is not indexed but for who can be written to: a night that moves many then rewrites the rows alone.
    `birthday` is the day of the year as month x 100 + day.
    """

    number = models.CharField(max_length=12)
    status = models.CharField(max_length=8, default=MemberStatus.ACTIVE.value)
    name = models.CharField(max_length=120, blank=True, db_comment=PERSONAL)
    phone = models.CharField(max_length=16, null=True, db_comment=PERSONAL)
    email = models.CharField(max_length=254, null=True, db_comment=PERSONAL)
    email_key = models.CharField(max_length=254, null=True, db_comment=PERSONAL)
    birth_date = models.DateField(null=True, db_comment=PERSONAL)
    birth_date_changed_on = models.DateField(null=True)
    birthday = models.GeneratedField(
        expression=Cast(ExtractMonth("birth_date") * 100 + ExtractDay("birth_date"), models.SmallIntegerField()),
        output_field=models.SmallIntegerField(null=True),
        db_persist=True,
    )
    area = models.CharField(max_length=80, blank=True, db_default="", db_comment=PERSONAL)
    joined_at = models.DateTimeField()
    joined_on = models.DateField()
    source = models.CharField(max_length=8, default=MemberSource.TILL.value)
    outlet_id = models.UUIDField(null=True)
    outlet = MerchantReference("merchants.Outlet", "outlet_id", null=True, indexed=False)
    language = models.CharField(max_length=2, default="id")
    attributes = models.JSONField(default=dict, encoder=DjangoJSONEncoder, db_comment=PERSONAL)
    notes = models.TextField(blank=True, db_comment=PERSONAL)
    external_ref = models.CharField(max_length=64, null=True, db_comment=PERSONAL)
    referral_code = models.CharField(max_length=13)
    referred_by_id = models.UUIDField(null=True)
    referred_by = MerchantReference("members.Member", "referred_by_id", null=True, indexed=False)
    shares_wallet = models.BooleanField(default=False, db_default=False)
    household_of_id = models.UUIDField(null=True)
    household_of = MerchantReference("members.Member", "household_of_id", null=True, indexed=False)
    joined_device_hash = models.BinaryField(max_length=32, null=True)
    restricted_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)
    merged_into_id = models.UUIDField(null=True)
    merged_into = MerchantReference("members.Member", "merged_into_id", null=True, indexed=False)

    promo_email = models.BooleanField(default=False)
    segment = models.CharField(max_length=8, null=True)

    tier_id = models.UUIDField(null=True)
    tier = MerchantReference("members.Tier", "tier_id", null=True, indexed=False)
    tier_since_on = models.DateField(null=True)
    tier_protected_until = models.DateField(null=True)
    tier_spend_amount = models.BigIntegerField(default=0)
    tier_points = models.BigIntegerField(default=0)
    tier_visits = models.PositiveIntegerField(default=0)
    tier_counted_since_on = models.DateField(null=True)

    first_purchase_at = models.DateTimeField(null=True)
    last_purchase_at = models.DateTimeField(null=True)
    purchase_count = models.PositiveIntegerField(default=0)
    spend_amount = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "number"], name="member_number_once"),
            models.UniqueConstraint(fields=["merchant", "phone"], name="member_phone_once"),
            models.UniqueConstraint(fields=["merchant", "email_key"], name="member_email_once"),
            models.UniqueConstraint(fields=["merchant", "referral_code"], name="member_referral_code_once"),
            models.UniqueConstraint(fields=["merchant", "external_ref"], name="member_external_ref_once"),
            models.CheckConstraint(condition=Q(status__in=[s.value for s in MemberStatus]), name="member_status"),
            models.CheckConstraint(condition=Q(source__in=[s.value for s in MemberSource]), name="member_source"),
            models.CheckConstraint(
                condition=Q(status=MemberStatus.MERGED.value, merged_into_id__isnull=False)
                | (~Q(status=MemberStatus.MERGED.value) & Q(merged_into_id__isnull=True)),
                name="member_merged_has_survivor",
            ),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True) & ~Q(status=MemberStatus.ERASED.value)
                | Q(
                    status=MemberStatus.ERASED.value,
                    erased_at__isnull=False,
                    name="",
                    phone__isnull=True,
                    email__isnull=True,
                    email_key__isnull=True,
                    birth_date__isnull=True,
                    birth_date_changed_on__isnull=True,
                    area="",
                    attributes={},
                    notes="",
                    external_ref__isnull=True,
                    joined_device_hash__isnull=True,
                    promo_email=False,
                ),
                name="member_erased_is_empty",
            ),
            models.CheckConstraint(
                condition=Q(merged_into_id__isnull=True) | ~Q(merged_into_id=F("id")), name="member_not_own_survivor"
            ),
            models.CheckConstraint(
                condition=Q(email__isnull=True, email_key__isnull=True)
                | Q(email__isnull=False, email_key__isnull=False),
                name="member_email_has_key",
            ),
            models.CheckConstraint(
                condition=Q(phone__isnull=True) | Q(phone__startswith="+"), name="member_phone_e164"
            ),
            models.CheckConstraint(
                condition=Q(household_of_id__isnull=True) | (Q(phone__isnull=True) & ~Q(household_of_id=F("id"))),
                name="member_household_shares_a_phone",
            ),
        ]
        indexes = [
            models.Index(
                fields=["merchant", "merged_into_id"],
                condition=Q(merged_into_id__isnull=False),
                name="member_by_survivor",
            ),
            # The staff list by name. Figures that every sale moves have no such index: see above.
            models.Index("merchant", Lower("name"), "id", name="member_by_name"),
            # Row security lets no expression narrow rows, so the day of the year is a column of its own.
            models.Index(
                fields=["merchant", "birthday", "id"], condition=Q(birthday__isnull=False), name="member_by_birthday"
            ),
            models.Index(fields=["merchant", "tier_id", "id"], name="member_by_tier"),
            # Set by the first purchase and then left alone, so that later sales still rewrite the row alone.
            models.Index(fields=["merchant", "first_purchase_at"], name="member_by_first_purchase"),
            # How many of each segment can be written to, without a look at the members.
            models.Index(
                fields=["merchant", "segment"],
                condition=Q(
                    segment__isnull=False,
                    promo_email=True,
                    email__isnull=False,
                    merged_into_id__isnull=True,
                ),
                include=["status", "restricted_at"],
                name="member_reachable",
            ),
            models.Index(
                fields=["merchant", "referred_by_id"],
                condition=Q(referred_by_id__isnull=False),
                name="member_by_referrer",
            ),
            models.Index(
                fields=["merchant", "household_of_id"],
                condition=Q(household_of_id__isnull=False),
                name="member_by_household",
            ),
            models.Index(fields=["merchant", "id"], condition=Q(restricted_at__isnull=False), name="member_restricted"),
            models.Index(
                fields=["merchant", "joined_device_hash"],
                condition=Q(joined_device_hash__isnull=False),
                name="member_by_joined_device",
            ),
        ]
