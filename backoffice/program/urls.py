"""Addresses of the program's pages."""

from django.urls import path

from backoffice.program.views import (
    alone_limits,
    approvals,
    cashback,
    overview,
    points_rules,
    role_limits,
    settings,
    tier_changes,
    tier_lists,
    tiers,
)

urlpatterns = [
    path("program/tasks/", overview.program_overview, name="program_overview"),
    path("program/tasks/earn/", points_rules.earn, name="program_earn"),
    path("program/tasks/earn/joining/", points_rules.joining, name="program_joining"),
    path("program/tasks/cashback/", cashback.cashback, name="program_cashback"),
    path("program/tasks/points/worth/", points_rules.worth, name="program_worth"),
    path("program/tasks/points/", settings.points, name="program_points"),
    path("program/tasks/stacking/", settings.stacking, name="program_stacking"),
    path("program/tasks/limits/", settings.limits, name="program_limits"),
    path("program/tasks/limits/roles/", role_limits.role_limits, name="program_role_limits"),
    path("program/tasks/limits/alone/", alone_limits.alone_limits, name="program_alone_limits"),
    path("program/approvals/", approvals.approvals, name="approvals"),
    path(
        "program/approvals/<uuid:approval_id>/approve/",
        approvals.approval_decide,
        {"step": "approve"},
        name="approval_approve",
    ),
    path(
        "program/approvals/<uuid:approval_id>/refuse/",
        approvals.approval_decide,
        {"step": "refuse"},
        name="approval_refuse",
    ),
    path(
        "program/approvals/<uuid:approval_id>/withdraw/",
        approvals.approval_decide,
        {"step": "withdraw"},
        name="approval_withdraw",
    ),
    path("program/tiers/", tiers.tier_list, name="tiers"),
    path("program/tiers/edit/", tier_changes.tiers_edit, name="tiers_edit"),
    path("program/tiers/edit/members/", tier_lists.tier_shifts, name="tier_shifts"),
    path("program/tiers/moves/", tier_lists.tier_move_list, name="tier_moves"),
    path("program/tiers/<slug:code>/near/", tier_lists.tier_near, name="tier_near"),
]
