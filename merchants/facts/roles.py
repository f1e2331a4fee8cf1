"""Who a person is at a merchant, and what a page or action asks of them."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    OWNER = "owner"
    MANAGER = "manager"
    MARKETER = "marketer"
    CASHIER = "cashier"
    CARE = "care"
    ANALYST = "analyst"
    INTEGRATOR = "integrator"


class Permission(StrEnum):
    """What a page or action asks for; `merchants.rules.ROLE_PERMISSIONS` says which role has it."""

    SEE_FIGURES = "see_figures"
    SEE_MEMBERS = "see_members"
    EDIT_MEMBERS = "edit_members"
    SEE_CONTACTS = "see_contacts"
    ADJUST_POINTS = "adjust_points"
    SEE_APPROVALS = "see_approvals"
    APPROVE_ADJUSTMENTS = "approve_adjustments"
    RETURN_GOODS = "return_goods"
    SEE_CAMPAIGNS = "see_campaigns"
    EDIT_CAMPAIGNS = "edit_campaigns"
    EDIT_PROGRAM = "edit_program"
    SEE_OFFERS = "see_offers"
    EDIT_OFFERS = "edit_offers"
    LOOK_UP_CODES = "look_up_codes"
    EDIT_SEGMENTS = "edit_segments"
    SEE_PRODUCTS = "see_products"
    EDIT_PRODUCTS = "edit_products"
    MANAGE_TILLS = "manage_tills"
    INVITE_STAFF = "invite_staff"
    MANAGE_STAFF = "manage_staff"
    SEE_AUDIT = "see_audit"
    EXPORT = "export"
    SEE_JOBS = "see_jobs"
