"""Where a person works: tied to some outlets of the shop."""

from __future__ import annotations

from django.db import models

from common.models import MerchantOwned, MerchantReference


class StaffOutlet(MerchantOwned):
    """An outlet that a person is tied to; who has no row works at all outlets. Owners have none.

    `user_id` names a membership of the same merchant: the database holds both together.
    """

    user_id = models.UUIDField()
    outlet_id = models.UUIDField()
    outlet = MerchantReference("merchants.Outlet", "outlet_id")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "user_id", "outlet_id"], name="staff_outlet_once")]
