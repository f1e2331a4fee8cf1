"""Words the merchant sorts members by."""

from __future__ import annotations

from django.db import models

from common.models import MerchantOwned, MerchantReference


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
