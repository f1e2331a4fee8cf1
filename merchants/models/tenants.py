"""Tables of tenancy. Merchants and users are global; memberships and till keys have policies of their own."""

from __future__ import annotations

from datetime import time
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from common.ids import new_id
from common.models import MerchantOwned, MerchantReference
from common.quantities import CURRENCY_DIGITS
from merchants.facts import ExpiryKind, ExpiryRounding, Role


class Merchant(models.Model):
    """A tenant and the settings of its program (global table).

    `sandbox_of_id`: it is the sandbox of that shop, where its test keys lead. One of a shop's sandboxes is in use;
    those before it are left alone, because tables that keep history are never emptied.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60, unique=True)
    currency = models.CharField(max_length=3, default="IDR")
    timezone = models.CharField(max_length=64, default="Asia/Jakarta")
    day_starts_at = models.TimeField(default=time(0, 0))
    language = models.CharField(max_length=2, default="id")
    points_name = models.CharField(max_length=30, default="poin")
    points_valid_months = models.PositiveSmallIntegerField(null=True, default=12)
    points_expiry = models.CharField(max_length=10, default=ExpiryKind.FIXED.value)
    points_rounding = models.CharField(max_length=5, default=ExpiryRounding.DAY.value)
    points_end_month = models.PositiveSmallIntegerField(default=12)
    points_kept_years = models.PositiveSmallIntegerField(default=1)
    stored_value_valid_months = models.PositiveSmallIntegerField(null=True)
    pending_days = models.PositiveSmallIntegerField(default=0)
    join_bonus_points = models.PositiveIntegerField(default=0)
    max_debt_points = models.BigIntegerField(default=100_000)
    till_debt_limit_amount = models.BigIntegerField(default=500_000)
    refund_policy = models.CharField(max_length=16, default="debt")
    return_grace_days = models.PositiveSmallIntegerField(default=30)
    claim_days = models.PositiveSmallIntegerField(default=7)
    verify_above_points = models.PositiveIntegerField(null=True)
    promotion_settings = models.JSONField(default=dict)
    movement_limits = models.JSONField(default=dict)
    coupons_alone_amount = models.BigIntegerField(null=True)
    export_alone_members = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField()
    is_sample = models.BooleanField(default=False)
    sandbox_of_id = models.UUIDField(null=True)
    is_in_use = models.BooleanField(default=True, db_default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sandbox_of_id"],
                condition=models.Q(is_in_use=True, sandbox_of_id__isnull=False),
                name="merchant_one_sandbox_in_use",
            ),
            models.CheckConstraint(
                condition=models.Q(sandbox_of_id__isnull=True, is_in_use=True)
                | models.Q(sandbox_of_id__isnull=False, is_sample=False),
                name="merchant_shop_or_sandbox",
            ),
            models.CheckConstraint(condition=models.Q(currency__in=sorted(CURRENCY_DIGITS)), name="merchant_currency"),
            models.CheckConstraint(
                condition=models.Q(points_expiry__in=[kind.value for kind in ExpiryKind])
                & models.Q(points_rounding__in=[rounding.value for rounding in ExpiryRounding])
                & models.Q(points_end_month__gte=1, points_end_month__lte=12, points_kept_years__lte=5)
                & (~models.Q(points_expiry=ExpiryKind.INACTIVITY.value) | models.Q(points_valid_months__isnull=False)),
                name="merchant_points_expiry",
            ),
            models.CheckConstraint(
                condition=models.Q(refund_policy__in=["only_pending", "within_balance", "debt"]),
                name="merchant_refund_policy",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person who logs in with an e-mail address (global table: the address is unique over all merchants).

    Whether the address was proved is kept by allauth's `EmailAddress`; `last_merchant` is the store they chose last.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=120)
    language = models.CharField(max_length=2, default="id")
    row_height = models.PositiveSmallIntegerField(default=40, db_default=40)
    last_merchant = models.ForeignKey(Merchant, null=True, on_delete=models.SET_NULL, related_name="+")
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = UserManager()

    def __str__(self) -> str:
        return self.email


class Membership(models.Model):
    """Which user works for which merchant in which role; a person sees their own rows before any scope.

    Access counts while `is_active`. An invitation waits for the person's answer while `invited_at` is filled; then
    `invited_email` is the address it was sent to and `invited_by` the name of who sent it. Otherwise access has ended.
    `shown_name` is what the merchant wrote when inviting; empty where the account's own name is shown.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=12, choices=[(r.value, r.value) for r in Role])
    shown_name = models.CharField(max_length=120, blank=True, default="", db_default="")
    is_active = models.BooleanField(default=True)
    invited_at = models.DateTimeField(null=True)
    invited_email = models.EmailField(max_length=254, blank=True, default="", db_default="")
    invited_by = models.CharField(max_length=120, blank=True, default="", db_default="")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "user"], name="membership_once"),
            models.CheckConstraint(
                condition=models.Q(is_active=False) | models.Q(invited_at__isnull=True),
                name="membership_waits_without_access",
            ),
        ]


class SavedView(MerchantOwned):
    """Filters and order of a list under a name; one person's, or the team's (`user_id` empty)."""

    page = models.CharField(max_length=20)
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=1000, blank=True)
    user_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=254)

    class Meta:
        indexes = [models.Index(fields=["merchant", "page", "created_at"], name="saved_view_by_page")]


class Outlet(MerchantOwned):
    name = models.CharField(max_length=120)
    timezone = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "name"], name="outlet_name_once")]


class Till(MerchantOwned):
    """A point of sale; `import` tills are for sales that came by file. A closed one has no key in force."""

    outlet_id = models.UUIDField()
    outlet = MerchantReference("merchants.Outlet", "outlet_id")
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=8, default="pos", choices=[("pos", "pos"), ("import", "import")])
    created_at = models.DateTimeField()
    last_seen_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "outlet_id", "name"], name="till_name_once")]


class TillKey(models.Model):
    """A till's secret, hashed. Before any scope only the row is seen whose prefix is offered."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    prefix = models.CharField(max_length=12, unique=True)
    secret_hash = models.BinaryField(max_length=32)
    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="+")
    till_id = models.UUIDField()
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=254)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["merchant", "till_id"], name="till_key_by_till")]


class ClaimedKey(MerchantOwned):
    """An idempotency key, its content's fingerprint and its answer; written in the effect's transaction."""

    till_id = models.UUIDField()
    till = MerchantReference("merchants.Till", "till_id", indexed=False)
    key = models.CharField(max_length=64)
    request_fingerprint = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.TextField(null=True)
    claimed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "till_id", "key"], name="claimed_key_once")]
        indexes = [models.Index(fields=["merchant", "claimed_at"], name="claimed_key_age")]


class SentForm(MerchantOwned):
    """A form of a staff page that was carried out. If it is sent again it does nothing and goes to `answer_url`."""

    request_fingerprint = models.BinaryField(max_length=32)
    answer_url = models.CharField(max_length=500)
    sent_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "request_fingerprint"], name="sent_form_once")]
        indexes = [models.Index(fields=["merchant", "sent_at"], name="sent_form_age")]


class AuditEntry(MerchantOwned):
    """Who did what by hand, why, and what it changed. Append-only."""

    at = models.DateTimeField()
    actor_id = models.UUIDField(null=True)
    actor_label = models.CharField(max_length=254)
    approver_id = models.UUIDField(null=True)
    action = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.UUIDField(null=True)
    before = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    after = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["merchant", "subject_kind", "subject_id", "at"], name="audit_by_subject"),
            models.Index(fields=["merchant", "at"], name="audit_by_time"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(approver_id__isnull=True)
                | models.Q(actor_id__isnull=True)
                | ~models.Q(approver_id=models.F("actor_id")),
                name="audit_approver_is_another",
            ),
        ]


class OutboxEvent(MerchantOwned):
    """Something happened; written in the transaction that made it happen, handled at least once afterwards."""

    kind = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    occurred_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["merchant", "id"], condition=models.Q(handled_at__isnull=True), name="outbox_waiting"),
        ]


class NightRun(MerchantOwned):
    """One night of one business day: its step, where the step's cursor is, and whether it is finished."""

    business_date = models.DateField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    steps = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "business_date"], name="one_night_per_day")]


class DueWork(models.Model):
    """Work that waits, written in the transaction of the row that waits; the timetable asks only this table.

    It is free from `next_try_at` on. While a worker has it, `claimed_at` is filled and `next_try_at` is when its lease
    ends; `attempts` was counted when it was claimed, so a worker that dies has used up a try. `is_asked_again`: more
    was asked for meanwhile, from `due_at` on. `last_error` names only the kind of error, no member's data.

    The timetable sees the rows of all merchants by a policy of its own; all else happens in the merchant's scope.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=30)
    subject_id = models.UUIDField(null=True)
    due_at = models.DateTimeField()
    next_try_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    fence = models.PositiveIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True)
    is_asked_again = models.BooleanField(default=False)
    last_error = models.CharField(max_length=200, blank=True)
    given_up_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "kind", "subject_id"], name="due_work_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=models.Q(given_up_at__isnull=True)
                | (models.Q(claimed_at__isnull=True, attempts__gte=1) & ~models.Q(last_error="")),
                name="due_work_given_up_was_tried",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at", "merchant", "kind"],
                condition=models.Q(given_up_at__isnull=True),
                name="due_work_waiting",
            ),
        ]
