"""Addresses of the program's pages."""

from django.urls import path

from backoffice.program.views import tier_changes, tier_lists, tiers

urlpatterns = [
    path("program/tiers/", tiers.tier_list, name="tiers"),
    path("program/tiers/edit/", tier_changes.tiers_edit, name="tiers_edit"),
    path("program/tiers/edit/members/", tier_lists.tier_shifts, name="tier_shifts"),
    path("program/tiers/moves/", tier_lists.tier_move_list, name="tier_moves"),
    path("program/tiers/<slug:code>/near/", tier_lists.tier_near, name="tier_near"),
]
