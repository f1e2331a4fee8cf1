"""Which role opens which page: the whole table, tried through HTTP, reading and sending alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest
from django.urls import URLPattern, reverse

from backoffice import urls
from common.ids import new_id
from merchants.facts import Role
from tests.backoffice.conftest import StaffPerson, Store

LETTERS: Final = {
    "O": Role.OWNER,
    "M": Role.MANAGER,
    "m": Role.MARKETER,
    "C": Role.CARE,
    "A": Role.ANALYST,
    "I": Role.INTEGRATOR,
}
DOORS: Final[Mapping[str, str]] = {
    "OMmCA": (
        "view_new view_change receipt members members_bulk tagging member member_activity "
        "member_consents join_page join_poster contacts_now segment ledger movement "
        "gift_card_find gift_card referrals referral campaign_people campaign_coupons campaign_uses gifts "
        "gift tier_moves tier_near code_look_up coupon"
    ),
    "OMmA": (
        "members_export ledger_export member_figures "
        "receipts late_receipts till_debts late_approvals unmatched_returns missing_numbers parked_returns "
        "segments gift_cards campaigns campaign campaign_mail blocked_addresses simulator receipts_check "
        "simulation rewards partners partner reward goods_found categories_found tiers promotions "
        "promotions_check promotion coupons coupon_batch coupons_asked moments moment"
    ),
    "OM": (
        "promotion_export promotion_json promotion_import "
        "receipt_refund receipt_void late_approvals_decide person_erase person_file gift_card_new "
        "gift_card_print gift_card_change referral_program referral_decide discount_limits simulation_new "
        "simulation_cancel reward_confirmation partner_new partner_fund partner_end_funding excluded_goods "
        "program_overview program_earn program_joining program_cashback program_worth program_points "
        "program_stacking program_limits program_moved rules_moved tiers_edit tier_shifts store bill "
        "attributes attribute_new attribute_edit audit audit_export stopped_work stopped_work_retry "
        "breaches breach_new breach breach_edit breach_letters breach_touch breach_untouch breach_members "
        "breach_members_file breach_told breach_authority breach_authority_told "
        "staff staff_new staff_edit staff_end staff_invite_again staff_withdraw"
    ),
    "OMC": (
        "guardian_new guardian_end "
        "receipt_claim_search receipt_claim parked_return_close duplicates member_new member_edit "
        "member_block member_unblock consent_record member_tier household household_join household_leave "
        "card_printed household_wallet "
        "household_hold merge_search merge_pair not_same_person merge_undo member_tag member_untag "
        "member_card card_confirm card_mail card_revoke card_replace give_coupon give_stamps give_reward "
        "adjust_points write_off_points write_off_wallet data_requests data_request data_request_close "
        "data_request_carry_out data_request_new contacts_show member_unrestrict gift_step"
    ),
    "OMm": (
        "definition campaign_new welcome welcome_recent campaign_mail_unsaved campaign_audience "
        "campaign_content campaign_review campaign_test campaign_discard campaign_duplicate "
        "campaign_uncertain campaign_change_status sender blocked_address_find blocked_address reward_new "
        "reward_edit reward_restock reward_count reward_picture reward_retire reward_offer_again "
        "promotion_new promotion_blank promotion_write promotion_draft draft_discard "
        "promotion_edit promotion_change_status coupon_new coupon_cost coupon_step "
        "coupon_sheet coupon_file coupon_resume coupon_cancel moment_new moment_rhythm moment_remove "
        "moment_dates moment_reset"
    ),
    "OMmC": "approvals approval_approve approval_refuse approval_withdraw",
    "OMmAI": "products product_template product",
    "OMI": (
        "product_new products_adopt product_import_new product_import product_rejects product_edit "
        "product_cost product_archive product_restore tills till_new till_edit till_close till_reopen key_new "
        "till_requests till_request request_send_again test_mode test_mode_begin test_code_new test_data "
        "test_key_new test_key_revoke test_requests test_request outlets outlet_new outlet_edit outlet_close "
        "outlet_reopen key_revoke"
    ),
    "O": "program_role_limits program_alone_limits breach_send breach_close",
    "OMmCAI": "jobs job job_progress job_cancel job_file",
}
"""Letters of the roles, and the pages that exactly these open. A page that is in no row fails the first test."""
OWN_PAGES: Final = frozenset({"overview", "search", "row_height"})
"""Pages of everyone who signs in: the overview leads each role to its first page."""
VALUES: Final = {"SlugConverter": "none", "StringConverter": "none", "IntConverter": 1}


def staff_pages() -> Iterator[URLPattern]:
    return (one for one in urls.urlpatterns if getattr(one.callback, "is_staff_page", False))


def address_of(page: URLPattern) -> str:
    """Return an address of the page at which there is nothing."""
    kinds = {name: type(one).__name__ for name, one in page.pattern.converters.items()}
    values = {name: VALUES.get(kind) or new_id() for name, kind in kinds.items()}
    return reverse(f"backoffice:{page.name}", kwargs=values)


def test_every_page_has_its_row() -> None:
    named = [name for names in DOORS.values() for name in names.split()]
    assert len(named) == len(set(named))
    assert {*named, *OWN_PAGES} == {one.name for one in staff_pages()}


@pytest.mark.parametrize("role", [*LETTERS.values(), Role.CASHIER])
def test_a_role_opens_its_pages_and_no_other(store: Store, role: Role) -> None:
    person = store.colleague(role)
    may = {name for letters, names in DOORS.items() for name in names.split() if role in roles_of(letters)}
    pages = {str(one.name): address_of(one) for one in staff_pages() if one.name not in OWN_PAGES}
    opened = {name for name, address in pages.items() if opens(person, address)}
    assert opened == may


def roles_of(letters: str) -> set[Role]:
    return {LETTERS[letter] for letter in letters}


def opens(person: StaffPerson, address: str) -> bool:
    """Whether the page answers this person; what it refuses to be read by, it refuses to be sent to."""
    read: Any = person.client.get(address)
    if read.status_code == 405:
        return bool(person.client.post(address).status_code != 403)
    if read.status_code == 403:
        assert person.client.post(address).status_code == 403, address
    elif read.streaming:
        b"".join(read)
    return bool(read.status_code != 403)


@pytest.mark.parametrize("role", LETTERS.values())
def test_every_role_lands_on_a_page_that_opens(store: Store, role: Role) -> None:
    person = store.colleague(role)
    landed: Any = person.client.get("/", follow=True)
    assert landed.status_code == 200
    assert landed.redirect_chain == [] or landed.redirect_chain[-1][0] in {
        Role.CARE: "/members/",
        Role.INTEGRATOR: "/settings/tills/",
    }.get(role, "")
