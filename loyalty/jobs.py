"""Which function does each kind of long work, and for how long such jobs stay in the list.

The functions are named, not imported: a page that only asks for work loads none of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

JOB_KINDS: Final[Mapping[str, str]] = {
    "audit_export": "backoffice.settings.audit_export.write_audit",
    "coupon_codes": "rewards.tasks.make_ordered_codes",
    "coupon_file": "backoffice.coupons.code_file.write_codes",
    "ledger_export": "backoffice.ledger.exports.write_ledger",
    "members_export": "backoffice.members.exports.write_members",
    "members_tag": "backoffice.members.tag_jobs.change_tags",
    "person_file": "people.tasks.write_person_file",
    "products_export": "backoffice.products.exports.write_products",
    "products_import": "backoffice.products.imports.take_products",
    "send_again": "pos_integration.replays.send_request_again",
    "simulation": "insights.tasks.replay_scenario",
    "test_mode": "onboarding.tasks.set_up_test_mode",
}
JOBS_KEPT: Final = timedelta(days=90)
FORGOTTEN_KINDS: Final = (
    "audit_export",
    "coupon_file",
    "ledger_export",
    "members_export",
    "members_tag",
    "person_file",
    "products_export",
    "products_import",
    "send_again",
    "test_mode",
)
"""Kinds whose jobs nothing refers to: dropped JOBS_KEPT after their end."""
