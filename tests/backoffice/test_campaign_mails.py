"""The mail beside its text: as saved, as the form says it now, in a frame that can do nothing. Drafts discarded."""

from __future__ import annotations

from typing import Any

import pytest

from campaigns.facts import TriggerName
from campaigns.queries import automation_of, campaign_list
from merchants.facts import AuditFilter, Role
from merchants.queries import audit_trail
from merchants.tenancy import merchant_scope
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.test_campaigns import AUDIENCE, CONTENT, WELCOME, draft, new_coupon, states

UNSAVED: dict[str, Any] = {**CONTENT, "subject": "Halo", "body": "Kupon {{ coupon_code }} untuk {{ first_name | Kak }}"}


def is_framed(answer: Any) -> bool:
    policy = answer["Content-Security-Policy"]
    return (
        "sandbox allow-popups" in policy
        and "allow-scripts" not in policy
        and "allow-same-origin" not in policy
        and "default-src 'none'" in policy
        and "frame-ancestors 'self'" in policy
        and answer["X-Frame-Options"] == "SAMEORIGIN"
    )


def test_the_saved_mail_is_shown_whole_in_a_frame(owner: StaffPerson) -> None:
    address = draft(owner)
    for step in ("content", "review"):
        page = owner.text(f"{address}{step}/")
        assert f'src="{address}mail/"' in page, step
    shown = owner.get(f"{address}mail/")
    text = shown.content.decode()
    assert is_framed(shown)
    assert "Pakai CONTOH-0000" in text
    assert "12,5%" in text, "with the coupon's terms"
    assert '<base target="_blank">' in text


def test_what_is_written_is_shown_without_being_saved(store: Store, owner: StaffPerson) -> None:
    address = draft(owner)
    answer = owner.post("/campaigns/mail/", status=200, **UNSAVED, batch_id=new_coupon(owner))
    assert is_framed(answer)
    assert "Kupon CONTOH-0000 untuk Ratna" in answer.content.decode()
    assert "untuk Ratna" not in owner.text(f"{address}mail/"), "the draft says what it said"
    assert states(store) == ["draft"]


def test_markup_in_a_text_stays_text(owner: StaffPerson) -> None:
    shown = owner.post("/campaigns/mail/", status=200, **{**UNSAVED, "body": "<script>alert(1)</script>"})
    assert "&lt;script&gt;" in shown.content.decode()
    assert "<script" not in shown.content.decode()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"body": "Halo {{ nama }}"}, "There is no field"),
        ({"body": "Halo {{ first_name }}"}, "Say what stands there instead"),
        ({"batch_id": ""}, "needs a coupon"),
        ({"batch_id": "01990000-0000-7000-8000-000000000000"}, "needs a coupon"),
        ({"batch_id": "none"}, "needs a coupon"),
        ({"body": "Halo {{ first_name"}, "A merge field is written"),
    ],
)
def test_a_text_that_cannot_be_filled_says_why(owner: StaffPerson, changes: dict[str, Any], said: str) -> None:
    answer = owner.post("/campaigns/mail/", status=200, **{**UNSAVED, "batch_id": new_coupon(owner), **changes})
    assert is_framed(answer)
    assert said in answer.content.decode()


def test_half_a_form_is_shown_as_far_as_it_goes(owner: StaffPerson) -> None:
    assert "Halo" in owner.post("/campaigns/mail/", status=200, body="Halo").content.decode()
    assert owner.post("/campaigns/mail/", status=200).status_code == 200
    owner.get("/campaigns/mail/", status=405)


def test_the_welcome_s_mail_is_shown_before_and_after_it_is_saved(store: Store, owner: StaffPerson) -> None:
    assert "Show it as written now" in owner.text("/campaigns/welcome/")
    assert "/mail/" in owner.text("/campaigns/welcome/")
    owner.post("/campaigns/welcome/", **WELCOME)
    with merchant_scope(store.merchant.id):
        saved = automation_of(merchant=store.merchant, trigger=TriggerName.JOINED)
    assert saved is not None
    assert f'src="/campaigns/{saved.campaign.id}/mail/"' in owner.text("/campaigns/welcome/")
    assert "Halo Ratna" in owner.text(f"/campaigns/{saved.campaign.id}/mail/")


def test_a_draft_s_mail_is_for_those_who_write_it(store: Store, owner: StaffPerson, stranger: StaffPerson) -> None:
    address = draft(owner)
    analyst = store.colleague(Role.ANALYST)
    analyst.get(f"{address}mail/", status=404)
    owner.post(f"{address}review/", on="5/3/2099", at="10.00")
    analyst.get(f"{address}mail/", status=200)
    store.colleague(Role.CARE).get(f"{address}mail/", status=403)
    store.colleague(Role.ANALYST).post("/campaigns/mail/", status=403, **UNSAVED)
    stranger.get(f"{address}mail/", status=404)


def test_the_mail_needs_few_statements(owner: StaffPerson) -> None:
    address = draft(owner)
    with_coupon = owner.statements(f"{address}mail/")
    empty = owner.post("/campaigns/new/", **AUDIENCE)["Location"].removesuffix("content/")
    assert with_coupon - owner.statements(f"{empty}mail/") == 1, "the coupon"


# --- discarding a draft ------------------------------------------------------------------------------------------


def test_a_draft_is_discarded_and_the_trail_says_so(store: Store, owner: StaffPerson) -> None:
    address = draft(owner)
    for step in ("audience", "content", "review"):
        page = owner.text(f"{address}{step}/")
        assert f'action="{address}discard/"' in page, step
        assert "Discard the draft “Ajak kembali”?" in page
    assert "discard/" not in owner.text("/campaigns/new/"), "there is nothing yet to discard"
    assert owner.post(f"{address}discard/")["Location"] == "/campaigns/"
    assert "The draft is discarded." in owner.text("/campaigns/")
    assert states(store) == []
    owner.get(f"{address}review/", status=404)
    owner.post(f"{address}discard/", status=404)
    with merchant_scope(store.merchant.id):
        actions = [entry.action for entry in audit_trail(merchant=store.merchant, filters=AuditFilter())]
    assert actions.count("campaign.discarded") == 1


def test_what_was_scheduled_meanwhile_is_not_discarded(store: Store, owner: StaffPerson) -> None:
    address = draft(owner)
    owner.post(f"{address}review/", on="5/3/2099", at="10.00")
    assert owner.post(f"{address}discard/")["Location"] == address
    assert "Meanwhile the campaign has moved on" in owner.text(address)
    assert states(store) == ["scheduled"]


def test_only_who_writes_campaigns_discards_and_never_a_stranger_s(
    store: Store, owner: StaffPerson, stranger: StaffPerson
) -> None:
    address = draft(owner)
    for role in (Role.ANALYST, Role.CARE, Role.INTEGRATOR):
        store.colleague(role).post(f"{address}discard/", status=403)
    stranger.post(f"{address}discard/", status=404)
    with merchant_scope(store.merchant.id):
        assert len(campaign_list(merchant=store.merchant)) == 1


def test_a_welcome_is_no_draft_to_discard(store: Store, owner: StaffPerson) -> None:
    owner.post("/campaigns/welcome/", **WELCOME)
    with merchant_scope(store.merchant.id):
        saved = automation_of(merchant=store.merchant, trigger=TriggerName.JOINED)
    assert saved is not None
    owner.post(f"/campaigns/{saved.campaign.id}/discard/", status=404)
