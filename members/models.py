"""Tables of members. Personal data is in `Member` (identity) and nowhere else; such columns say so in a comment."""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from common.models import MerchantOwned, MerchantReference
from members.facts import (
    Channel,
    ConsentSource,
    DownPolicy,
    MemberSource,
    MemberStatus,
    StopReason,
    TierCause,
    TierMeasure,
    Topic,
)

PERSONAL = "personal"
"""Column comment of personal data: erasure empties these, and no other table may hold their content."""


class TierProgram(MerchantOwned):
    """How the merchant's tiers are held; one row per merchant."""

    window_days = models.PositiveSmallIntegerField(default=365)
    down_policy = models.CharField(max_length=8, default=DownPolicy.EARNED.value)
    keep_days = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant"], name="tier_program_once"),
            models.CheckConstraint(
                condition=Q(down_policy__in=[p.value for p in DownPolicy]), name="tier_program_down_policy"
            ),
            models.CheckConstraint(condition=Q(window_days__gte=1), name="tier_program_window"),
        ]


class Tier(MerchantOwned):
    """One level; the lowest asks for nothing. `threshold` is in the measure's unit."""

    code = models.SlugField(max_length=30, db_index=False)
    name = models.CharField(max_length=40)
    rank = models.PositiveSmallIntegerField()
    measure = models.CharField(max_length=6, default=TierMeasure.SPEND.value)
    threshold = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "code"], name="tier_code_once"),
            models.UniqueConstraint(fields=["merchant", "rank"], name="tier_rank_once"),
            models.CheckConstraint(condition=Q(measure__in=[m.value for m in TierMeasure]), name="tier_measure"),
            models.CheckConstraint(condition=Q(threshold__gte=0), name="tier_threshold_not_negative"),
        ]


class Member(MerchantOwned):
    """Who the member is, the current consent and tier, and the running figures every sale brings up to date.

    `email_key` is the address as it is matched. `tier_spend_amount`, `tier_points` and `tier_visits` are what counts
    towards tiers: as of the last night, raised by every sale since. A merged row points at its survivor for ever.
    `joined_device_hash` is a keyed hash of the device that a till named when they joined. `birth_date_changed_on` says
    when a known date of birth was last replaced or taken away; `area` is where they live, in their own words. Who has
    no number of their own and shares another member's names that one in `household_of`.
    Neither tier nor segment is indexed: a sale or a night that moves them then rewrites the row alone, and a list
    narrowed by them walks one merchant's rows.
    """

    number = models.CharField(max_length=12)
    status = models.CharField(max_length=8, default=MemberStatus.ACTIVE.value)
    name = models.CharField(max_length=120, blank=True, db_comment=PERSONAL)
    phone = models.CharField(max_length=16, null=True, db_comment=PERSONAL)
    email = models.CharField(max_length=254, null=True, db_comment=PERSONAL)
    email_key = models.CharField(max_length=254, null=True, db_comment=PERSONAL)
    birth_date = models.DateField(null=True, db_comment=PERSONAL)
    birth_date_changed_on = models.DateField(null=True)
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
    household_of_id = models.UUIDField(null=True)
    household_of = MerchantReference("members.Member", "household_of_id", null=True, indexed=False)
    joined_device_hash = models.BinaryField(max_length=32, null=True)
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
            # Set by the first purchase and then left alone, so that later sales still rewrite the row alone.
            models.Index(fields=["merchant", "first_purchase_at"], name="member_by_first_purchase"),
            # How many of each segment can be written to, without a look at the members.
            models.Index(
                fields=["merchant", "segment"],
                condition=Q(
                    segment__isnull=False,
                    status=MemberStatus.ACTIVE.value,
                    promo_email=True,
                    email__isnull=False,
                    merged_into_id__isnull=True,
                ),
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
            models.Index(
                fields=["merchant", "joined_device_hash"],
                condition=Q(joined_device_hash__isnull=False),
                name="member_by_joined_device",
            ),
        ]


class Tag(MerchantOwned):
    """A word the merchant sorts members by; written in one form, so that each is there once."""

    name = models.CharField(max_length=40)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "name"], name="tag_name_once")]


class MemberTag(MerchantOwned):
    """A member has a tag; `batch_id` names the action that gave it, so that exactly this can be taken back."""

    tag_id = models.UUIDField()
    tag = MerchantReference("members.Tag", "tag_id", indexed=False)
    member_id = models.UUIDField()
    member = MerchantReference("members.Member", "member_id")
    batch_id = models.UUIDField()
    added_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "tag_id", "member_id"], name="member_tag_once")]
        indexes = [models.Index(fields=["merchant", "batch_id"], name="member_tag_by_batch")]


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


class Consent(MerchantOwned):
    """A yes or a no per topic and channel, with its proof. Append-only; `seq` counts per member under the row lock."""

    member_id = models.UUIDField()
    member = MerchantReference("members.Member", "member_id", indexed=False)
    seq = models.PositiveIntegerField()
    topic = models.CharField(max_length=16, default=Topic.PROMO.value)
    channel = models.CharField(max_length=8, default=Channel.EMAIL.value)
    granted = models.BooleanField()
    at = models.DateTimeField()
    source = models.CharField(max_length=12)
    text_version = models.CharField(max_length=20)
    reason = models.CharField(max_length=16, blank=True)
    actor_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "member_id", "seq"], name="consent_seq_once"),
            models.CheckConstraint(condition=Q(topic__in=[t.value for t in Topic]), name="consent_topic"),
            models.CheckConstraint(condition=Q(channel__in=[c.value for c in Channel]), name="consent_channel"),
            models.CheckConstraint(condition=Q(source__in=[s.value for s in ConsentSource]), name="consent_source"),
            models.CheckConstraint(
                condition=Q(reason__in=["", *(r.value for r in StopReason)]), name="consent_stop_reason"
            ),
        ]


class TierMove(MerchantOwned):
    """A member went up or down, when and why. Append-only."""

    member_id = models.UUIDField()
    member = MerchantReference("members.Member", "member_id")
    from_tier_id = models.UUIDField(null=True)
    from_tier = MerchantReference("members.Tier", "from_tier_id", null=True, indexed=False)
    to_tier_id = models.UUIDField()
    to_tier = MerchantReference("members.Tier", "to_tier_id", indexed=False)
    at = models.DateTimeField()
    business_date = models.DateField()
    cause = models.CharField(max_length=8)
    measured = models.BigIntegerField(null=True)
    actor_id = models.UUIDField(null=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(cause__in=[c.value for c in TierCause]), name="tier_move_cause"),
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
