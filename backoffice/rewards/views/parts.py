"""What the pages about rewards share."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext

from backoffice.access import StaffRequest
from backoffice.parts import Tab
from common.quantities import format_number
from merchants.facts import Permission
from merchants.rules import may
from rewards.catalogue.queries import open_gifts


def reward_tabs(request: StaffRequest, current: str) -> list[Tab]:
    """Return the pages about rewards that this person may open."""
    role, merchant = request.staff.role, request.staff.merchant
    waiting = open_gifts(merchant=merchant)
    tabs = [
        ("catalogue", gettext("Catalogue"), reverse("backoffice:rewards"), Permission.SEE_FIGURES, ""),
        (
            "gifts",
            gettext("Gifts to hand over"),
            reverse("backoffice:gifts"),
            Permission.SEE_MEMBERS,
            format_number(waiting) if waiting else "",
        ),
        ("partners", gettext("Partners"), reverse("backoffice:partners"), Permission.SEE_FIGURES, ""),
        ("retired", gettext("Retired"), f"{reverse('backoffice:rewards')}?tab=retired", Permission.SEE_FIGURES, ""),
    ]
    return [Tab(label, url, name == current, count) for name, label, url, asked, count in tabs if may(role, asked)]
