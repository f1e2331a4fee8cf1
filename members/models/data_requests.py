"""What members ask of their own data."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from common.models import MerchantOwned, MerchantReference
from members.facts import (
    ConsentMethod,
    DataRequestKind,
    DataRequestState,
    IdentityCheck,
    RefusalGround,
    RequestAsker,
    WhatWasDone,
)
from members.models.columns import PERSONAL


class DataRequest(MerchantOwned):
    """A member's request about their own data: who verified how who asks, by when it is due, what was done.

    What was asked never changes and a closed request never opens again (guard); only its note may be emptied. One
    request of a kind is open per member.
    """

    member_id = models.UUIDField()
    member = MerchantReference("members.Member", "member_id")
    kind = models.CharField(max_length=11)
    asker = models.CharField(max_length=8)
    method = models.CharField(max_length=10)
    identity = models.CharField(max_length=10)
    recorded_by_id = models.UUIDField(null=True)
    recorded_by = models.CharField(max_length=254)
    received_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    due_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=7, default=DataRequestState.OPEN.value)
    done = models.CharField(max_length=10, blank=True, default="", db_default="")
    ground = models.CharField(max_length=12, blank=True, default="", db_default="")
    note = models.CharField(max_length=300, blank=True, default="", db_default="", db_comment=PERSONAL)
    closed_at = models.DateTimeField(null=True)
    closed_by_id = models.UUIDField(null=True)
    closed_by = models.CharField(max_length=254, blank=True, default="", db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "member_id", "kind"], condition=Q(state="open"), name="data_request_one_open"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[one.value for one in DataRequestKind])
                & Q(asker__in=[one.value for one in RequestAsker])
                & Q(method__in=[one.value for one in ConsentMethod])
                & Q(identity__in=[one.value for one in IdentityCheck]),
                name="data_request_kinds",
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_at__isnull=True, closed_by="", done="", ground="", note="")
                | (
                    Q(state="done", closed_at__isnull=False, ground="", done__in=[one.value for one in WhatWasDone])
                    & ~Q(closed_by="")
                )
                | (
                    Q(state="refused", closed_at__isnull=False, done="")
                    & Q(ground__in=[one.value for one in RefusalGround])
                    & ~Q(closed_by="")
                ),
                name="data_request_closed_with_what_was_done",
            ),
            models.CheckConstraint(
                condition=Q(due_at__gt=F("received_at"), recorded_at__gte=F("received_at")),
                name="data_request_due_after_it_came",
            ),
            models.CheckConstraint(
                condition=~Q(kind="erasure") | Q(stopped_at__isnull=False), name="data_request_erasure_stops_at_once"
            ),
        ]
        indexes = [
            models.Index(fields=["merchant", "due_at", "id"], condition=Q(state="open"), name="data_request_waiting"),
            models.Index(
                fields=["merchant", "closed_at", "id"],
                condition=Q(closed_at__isnull=False),
                name="data_request_closed",
            ),
        ]
