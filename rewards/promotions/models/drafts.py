"""What is being written and no one has published yet."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from common.models import MerchantOwned, MerchantReference


class PromotionDraft(MerchantOwned):
    """A promotion, or the next version of one, as far as someone has written it. Tills never see it.

    `written` is what is in the boxes, as text by name, so that a half-written one is kept too; `definition` is what
    they say, null while they say nothing complete.
    """

    promotion_id = models.UUIDField(null=True)
    promotion = MerchantReference("rewards.Promotion", "promotion_id", null=True, indexed=False)
    title = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=24)
    written = models.JSONField()
    definition = models.JSONField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    updated_by = models.CharField(max_length=254)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "promotion_id"],
                condition=Q(promotion_id__isnull=False),
                name="one_draft_per_promotion",
            )
        ]

    def __str__(self) -> str:
        return self.title
