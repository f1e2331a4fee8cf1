"""Tables of messaging: `Message` holds what to say and is the queue; `Attempt` is one try to send it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import time
from enum import StrEnum

from django.db import models
from django.db.models import F, Q

from common.models import MerchantOwned, MerchantReference
from members.facts import Channel
from messaging.facts import (
    FINAL_STATES,
    MOST_CAP_DAYS,
    AttemptState,
    DispatchState,
    MessageState,
    Purpose,
    SuppressionReason,
)


def _values_of(kind: Iterable[StrEnum]) -> list[str]:
    return [member.value for member in kind]


class Instance(models.Model):
    """Which installation this database belongs to (global, one row): a restored copy does not match the file beside it.

    `sweeps` only grows; a database that is behind the file is an older one brought back.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    instance = models.UUIDField()
    sweeps = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_instance")]


class SendingPolicy(MerchantOwned):
    """How a merchant sends: one row per merchant; without a row the defaults apply.

    `frequency_cap_days` is what a new campaign begins with; the campaign's own figure goes into its messages'
    `cap_days`.
    """

    sender_name = models.CharField(max_length=80, blank=True)
    reply_to = models.EmailField(max_length=254, blank=True)
    throttle_per_minute = models.PositiveIntegerField(null=True)
    quiet_from = models.TimeField(default=time(21, 0))
    quiet_until = models.TimeField(default=time(7, 0))
    frequency_cap_days = models.PositiveSmallIntegerField(default=7)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant"], name="one_sending_policy"),
            models.CheckConstraint(
                condition=Q(throttle_per_minute__isnull=True) | Q(throttle_per_minute__gte=1), name="sending_throttle"
            ),
            models.CheckConstraint(condition=Q(frequency_cap_days__lte=MOST_CAP_DAYS), name="sending_frequency_cap"),
        ]


class Dispatch(MerchantOwned):
    """What is sent for one reason and stopped as one: a campaign, a welcome, a shop's invitations to staff.

    `id` is that of the row that asks for it. `keeps_quiet`: nothing is sent in the quiet hours. `retry_at`: the mail
    server did not answer and nothing is tried before then; `link_failures` counts how often in a row. `closed_reason`
    is written to the messages that were still waiting.
    """

    purpose = models.CharField(max_length=9)
    state = models.CharField(max_length=6, default=DispatchState.OPEN.value)
    keeps_quiet = models.BooleanField(default=False)
    retry_at = models.DateTimeField(null=True)
    link_failures = models.PositiveIntegerField(default=0)
    closed_reason = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(purpose__in=_values_of(Purpose)), name="dispatch_purpose"),
            models.CheckConstraint(condition=Q(state__in=_values_of(DispatchState)), name="dispatch_state"),
            models.CheckConstraint(
                condition=(Q(state=DispatchState.CLOSED.value) & ~Q(closed_reason=""))
                | (~Q(state=DispatchState.CLOSED.value) & Q(closed_reason="")),
                name="dispatch_closed_has_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["merchant", "state"], condition=Q(state="open"), name="dispatch_at_work"),
        ]


class Message(MerchantOwned):
    """One message to one recipient on one occasion.

    A member's address is looked up when it is sent and must still have the hash `address_hash`; for staff the address
    itself is kept, encrypted, as are the `fields` that fill the text, until the message is over; the hash stays.
    `cap_days`: not within this many days of a promotional message of another dispatch (0 = no cap). `deferrals` counts
    temporary refusals, `tries` all attempts; `sent_at` is when it was accepted, or may have been.
    """

    dispatch_id = models.UUIDField()
    dispatch = MerchantReference("messaging.Dispatch", "dispatch_id", indexed=False)
    purpose = models.CharField(max_length=9)
    channel = models.CharField(max_length=8, default=Channel.EMAIL.value)
    member_id = models.UUIDField(null=True)
    member = MerchantReference("members.Member", "member_id", null=True, indexed=False)
    recipient_encrypted = models.BinaryField(null=True)
    address_hash = models.BinaryField(max_length=32, null=True)
    occasion_key = models.CharField(max_length=64, blank=True, default="", db_default="")
    template_key = models.CharField(max_length=64)
    template_version = models.PositiveSmallIntegerField(default=0, db_default=0)
    fields_encrypted = models.BinaryField(null=True)
    cap_days = models.PositiveSmallIntegerField(default=0, db_default=0)
    state = models.CharField(max_length=10, default=MessageState.QUEUED.value)
    reason = models.CharField(max_length=20, blank=True, default="", db_default="")
    due_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0, db_default=0)
    deferrals = models.PositiveSmallIntegerField(default=0, db_default=0)
    first_tried_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "dispatch_id", "member_id", "occasion_key"], name="message_member_once"
            ),
            models.UniqueConstraint(
                fields=["merchant", "dispatch_id", "address_hash", "occasion_key"], name="message_address_once"
            ),
            models.CheckConstraint(condition=Q(state__in=_values_of(MessageState)), name="message_state"),
            models.CheckConstraint(condition=Q(purpose__in=_values_of(Purpose)), name="message_purpose"),
            models.CheckConstraint(condition=Q(channel__in=_values_of(Channel)), name="message_channel"),
            models.CheckConstraint(
                condition=(Q(purpose=Purpose.STAFF.value) & Q(member_id__isnull=True))
                | (~Q(purpose=Purpose.STAFF.value) & Q(member_id__isnull=False) & Q(recipient_encrypted__isnull=True)),
                name="message_recipient",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=FINAL_STATES)
                | Q(recipient_encrypted__isnull=True, fields_encrypted__isnull=True),
                name="message_over_forgets",
            ),
        ]
        indexes = [
            models.Index(
                fields=["merchant", "dispatch_id", "due_at", "id"],
                condition=Q(state__in=["queued", "deferred"]),
                name="message_waiting",
            ),
            models.Index(fields=["merchant", "dispatch_id", "state"], name="message_by_state"),
            models.Index(fields=["merchant", "member_id", "sent_at"], name="message_of_member"),
            models.Index(fields=["merchant", "address_hash"], condition=Q(state="failed"), name="message_bounced"),
        ]


class Attempt(MerchantOwned):
    """One try. A worker that vanishes after `data_started_at` leaves it uncertain; before, nothing was handed over.

    `header_id` is the Message-ID it carries. `reply_text` may name the recipient: erasure empties it.
    """

    message_id = models.UUIDField()
    message = MerchantReference("messaging.Message", "message_id", indexed=False)
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=9, default=AttemptState.SENDING.value)
    header_id = models.CharField(max_length=120)
    consent_id = models.UUIDField(null=True)
    started_at = models.DateTimeField()
    leased_until = models.DateTimeField()
    data_started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    reply_code = models.PositiveSmallIntegerField(null=True)
    reply_text = models.CharField(max_length=300, blank=True, db_comment="personal")
    decided_by_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "message_id", "number"], name="message_attempt_number_once"),
            models.UniqueConstraint(
                fields=["merchant", "message_id"], condition=Q(state="accepted"), name="message_accepted_once"
            ),
            models.UniqueConstraint(
                fields=["merchant", "message_id"],
                condition=Q(state__in=["sending", "uncertain"]),
                name="message_one_open_attempt",
            ),
            models.CheckConstraint(condition=Q(state__in=_values_of(AttemptState)), name="attempt_state"),
            models.CheckConstraint(
                condition=Q(state="sending", ended_at__isnull=True) | ~Q(state="sending"),
                name="attempt_sending_is_open",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["accepted", "uncertain", "overruled"]) | Q(data_started_at__isnull=False),
                name="attempt_handed_over_began",
            ),
            models.CheckConstraint(condition=Q(leased_until__gt=F("started_at")), name="attempt_lease"),
        ]
        indexes = [
            models.Index(
                fields=["merchant", "leased_until"], condition=Q(state="sending"), name="message_attempt_leases"
            ),
            models.Index(fields=["merchant", "started_at"], name="message_attempt_by_time"),
        ]


class Suppression(MerchantOwned):
    """An address that gets nothing any more. Only its keyed hash is kept: it outlives the member's erasure.

    `message_id`: the message whose refusal stopped it; None if a person or the recipient stopped it.
    """

    address_hash = models.BinaryField(max_length=32)
    reason = models.CharField(max_length=12)
    message_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "address_hash"], name="one_suppression"),
            models.CheckConstraint(condition=Q(reason__in=_values_of(SuppressionReason)), name="suppression_reason"),
        ]
        indexes = [models.Index(fields=["merchant", "-created_at", "-id"], name="suppression_newest")]
