"""Breaches of personal data, and the members whose data was touched."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from common.models import MerchantOwned, MerchantReference
from people.facts import BreachCause, BreachState, ToldBy, TouchedBy


def _values_of(kind: Iterable[StrEnum]) -> list[str]:
    return [one.value for one in kind]


class Breach(MerchantOwned):
    """Data that came to people who should not have it, and how those concerned were informed; see `BreachFacts`.

    What happened may be corrected until the letters leave; nothing of a closed breach changes (guard). Only words that
    name a person who is erased may be emptied, at any time.
    """

    state = models.CharField(max_length=6, default=BreachState.OPEN.value)
    cause = models.CharField(max_length=15)
    happened_from = models.DateTimeField()
    happened_until = models.DateTimeField(null=True)
    known_at = models.DateTimeField()
    due_at = models.DateTimeField()
    data = ArrayField(models.CharField(max_length=10))
    measures = ArrayField(models.CharField(max_length=17))
    details = models.TextField(blank=True, db_comment="personal")
    measures_note = models.TextField(blank=True, db_comment="personal")
    contact = models.CharField(max_length=300, db_comment="personal")
    reported_by = models.CharField(max_length=120, db_comment="personal")
    subject_indonesian = models.CharField(max_length=150, blank=True, db_comment="personal")
    text_indonesian = models.TextField(blank=True, db_comment="personal")
    subject_english = models.CharField(max_length=150, blank=True, db_comment="personal")
    text_english = models.TextField(blank=True, db_comment="personal")
    recorded_at = models.DateTimeField()
    recorded_by_id = models.UUIDField(null=True)
    recorded_by = models.CharField(max_length=254)
    sent_at = models.DateTimeField(null=True)
    sent_by = models.CharField(max_length=254, blank=True, default="", db_default="")
    authority_told_at = models.DateTimeField(null=True)
    authority_note = models.CharField(max_length=120, blank=True, default="", db_default="", db_comment="personal")
    authority_by = models.CharField(max_length=254, blank=True, default="", db_default="")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=254, blank=True, default="", db_default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=_values_of(BreachState), cause__in=_values_of(BreachCause)), name="breach_kinds"
            ),
            models.CheckConstraint(
                condition=Q(happened_until__isnull=True) | Q(happened_until__gte=F("happened_from")),
                name="breach_ends_after_it_began",
            ),
            models.CheckConstraint(
                condition=Q(known_at__gte=F("happened_from"), due_at__gt=F("known_at"), recorded_at__gte=F("known_at")),
                name="breach_known_after_it_happened",
            ),
            models.CheckConstraint(
                condition=(Q(sent_at__isnull=True, sent_by="") | (Q(sent_at__isnull=False) & ~Q(sent_by="")))
                & (~Q(state=BreachState.SENT.value) | Q(sent_at__isnull=False))
                & (~Q(state=BreachState.OPEN.value) | Q(sent_at__isnull=True)),
                name="breach_sent_by",
            ),
            models.CheckConstraint(
                condition=Q(authority_told_at__isnull=True, authority_by="", authority_note="")
                | (Q(authority_told_at__isnull=False) & ~Q(authority_by="")),
                name="breach_authority_told_by",
            ),
            models.CheckConstraint(
                condition=(Q(closed_at__isnull=True, closed_by="") & ~Q(state=BreachState.CLOSED.value))
                | (Q(state=BreachState.CLOSED.value, closed_at__isnull=False) & ~Q(closed_by="")),
                name="breach_closed_by",
            ),
        ]
        indexes = [models.Index(fields=["merchant", "-known_at", "-id"], name="breach_newest")]


class TouchedMember(MerchantOwned):
    """A member whose data a breach touched: by which facts, and how they are informed.

    `channel` is '' until the letters leave, then `email` with the message, or `other` for those without an address that
    can be written to: staff tell them, and say how (`told_by`).
    """

    breach_id = models.UUIDField()
    breach = MerchantReference("people.Breach", "breach_id", indexed=False)
    member_id = models.UUIDField()
    member = MerchantReference("members.Member", "member_id")
    why = models.CharField(max_length=8)
    added_at = models.DateTimeField()
    channel = models.CharField(max_length=5, blank=True, default="", db_default="")
    message_id = models.UUIDField(null=True)
    told_at = models.DateTimeField(null=True)
    told_by = models.CharField(max_length=9, blank=True, default="", db_default="")
    told_by_staff = models.CharField(max_length=254, blank=True, default="", db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "breach_id", "member_id"], name="touched_once"),
            models.CheckConstraint(condition=Q(why__in=_values_of(TouchedBy)), name="touched_why"),
            models.CheckConstraint(
                condition=Q(channel="email", message_id__isnull=False)
                | Q(channel__in=["", "other"], message_id__isnull=True),
                name="touched_channel",
            ),
            models.CheckConstraint(
                condition=Q(told_at__isnull=True, told_by="", told_by_staff="")
                | (Q(told_at__isnull=False, told_by__in=_values_of(ToldBy)) & ~Q(told_by_staff="")),
                name="touched_told_by",
            ),
        ]
        indexes = [models.Index(fields=["merchant", "breach_id", "id"], name="touched_in_order")]
