"""Two records of one person, joined; and pairs that only look like one."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from common.models import MerchantOwned, MerchantReference


class MemberMerge(MerchantOwned):
    """One member's record was joined to another's, by whom and when; `undone_at` says when it was taken apart again.

    `taken` names the fields in which the merged record's value became the survivor's: both rows swapped it, so what
    did not win is still found and comes back. `moved` holds the ids of the rows that passed to the survivor;
    `fields_mark` is a keyed mark of the survivor's swapped fields as the merge left them.
    """

    survivor_id = models.UUIDField()
    survivor = MerchantReference("members.Member", "survivor_id")
    merged_id = models.UUIDField()
    merged = MerchantReference("members.Member", "merged_id")
    at = models.DateTimeField()
    actor_id = models.UUIDField(null=True)
    actor_label = models.CharField(max_length=254)
    taken = ArrayField(models.CharField(max_length=60), default=list)
    moved = models.JSONField(default=dict)
    fields_mark = models.CharField(max_length=64, blank=True)
    tier_before_id = models.UUIDField(null=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=254, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "merged_id"], condition=Q(undone_at__isnull=True), name="merged_once"
            ),
            models.CheckConstraint(condition=~Q(survivor_id=F("merged_id")), name="merge_of_two"),
        ]


class NotSamePerson(MerchantOwned):
    """Staff looked at a pair of members and said that they are two people; `first_id` is the smaller id."""

    first_id = models.UUIDField()
    first = MerchantReference("members.Member", "first_id", indexed=False)
    second_id = models.UUIDField()
    second = MerchantReference("members.Member", "second_id")
    said_at = models.DateTimeField()
    said_by = models.CharField(max_length=254)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "first_id", "second_id"], name="not_same_person_once"),
            models.CheckConstraint(condition=Q(first_id__lt=F("second_id")), name="not_same_person_in_order"),
        ]
