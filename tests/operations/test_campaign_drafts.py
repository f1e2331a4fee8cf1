"""Writing, scheduling and steering a campaign; what is refused names the field and the way out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import translation

from campaigns.facts import CampaignState, CouponsOnCancel, MailContent, PauseReason
from campaigns.operations import (
    CampaignNotEditable,
    WrongState,
    cancel_campaign,
    discard_draft,
    duplicate_campaign,
    pause_campaign,
    resume_campaign,
    save_draft,
    schedule_campaign,
    unschedule_campaign,
)
from campaigns.queries import campaign, campaign_count, campaign_list
from common.errors import BadInput, Missing
from common.ids import new_id
from merchants.queries import audit_entries
from merchants.tenancy import merchant_scope
from rewards.coupons.queries import coupons_of_source
from tests.campaign_shop import CONTENT, DRAFT, NOW, OWNER, CampaignShop, lapsed_shop
from tests.smtp_sink import smtp_sink

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def shop() -> CampaignShop:
    return lapsed_shop(0)


def errors_of(refused: pytest.ExceptionInfo[BadInput]) -> dict[str, str]:
    return {error.pointer: error.code for error in refused.value.errors}


def test_a_draft_is_kept_as_written(shop: CampaignShop) -> None:
    facts = shop.draft()
    assert (facts.state, facts.content) == (CampaignState.DRAFT, CONTENT)
    assert facts.batch_id == shop.own_coupon
    assert facts.coupon is not None
    assert (facts.coupon.title, facts.coupon.valid_days) == ("Diskon 15% (maks. Rp 30.000)", 14)
    assert shop.campaign(facts.id) == facts


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": "  "}, {"name": "name_required"}),
        ({"segment": "vip"}, {"segment": "segment_unknown"}),
        ({"control_percent": 51}, {"control_percent": "control_range"}),
        ({"frequency_cap_days": -1}, {"frequency_cap_days": "cap_days_range"}),
        ({"measure_days": 0}, {"measure_days": "measure_days_range"}),
        ({"content": MailContent(subject="{{ first_name }}")}, {"subject": "fallback_missing"}),
        ({"content": MailContent(subject="a\r\nBcc: x@example.com")}, {"subject": "one_line"}),
        ({"content": MailContent(body="{{ password }}")}, {"body": "unknown_field"}),
        ({"content": MailContent(preview_text="{{ card_link }}")}, {"preview_text": "not_here"}),
        ({"content": MailContent(body="{{ coupon_code }}"), "batch_id": None}, {"body": "no_coupon"}),
        ({"batch_id": new_id()}, {"batch_id": "coupon_unknown"}),
    ],
)
def test_what_cannot_be_sent_is_not_saved(
    shop: CampaignShop, changes: dict[str, Any], expected: dict[str, str]
) -> None:
    draft = shop.with_coupon(replace(DRAFT, **changes))
    with merchant_scope(shop.merchant.id), pytest.raises(BadInput) as refused:
        save_draft(merchant=shop.merchant, draft=draft, at=NOW, actor=OWNER)
    assert errors_of(refused) == expected


def test_an_unknown_field_is_named_with_those_that_exist(shop: CampaignShop) -> None:
    draft = shop.with_coupon(replace(DRAFT, content=MailContent(subject="{{ nama }}")))
    with translation.override("id"), merchant_scope(shop.merchant.id), pytest.raises(BadInput) as refused:
        save_draft(merchant=shop.merchant, draft=draft, at=NOW, actor=OWNER)
    [error] = refused.value.errors
    assert "nama" in error.message
    assert "coupon_code, coupon_title, coupon_valid_until, first_name, member_number, merchant" in error.message
    assert "card_link" not in error.message


def test_scheduling_asks_for_everything(shop: CampaignShop) -> None:
    facts = shop.draft(replace(DRAFT, content=MailContent()))
    with merchant_scope(shop.merchant.id), pytest.raises(BadInput) as refused:
        schedule_campaign(
            merchant=shop.merchant, campaign_id=facts.id, scheduled_at=NOW - timedelta(hours=1), at=NOW, actor=OWNER
        )
    assert errors_of(refused) == {"subject": "subject_required", "body": "body_required", "scheduled_at": "time_passed"}


def test_the_road_there_and_back_is_audited(shop: CampaignShop) -> None:
    facts, plain = shop.schedule(), replace(DRAFT, batch_id=None)
    assert (facts.state, facts.zone, facts.scheduled_at) == (CampaignState.SCHEDULED, "Asia/Jakarta", NOW)
    with merchant_scope(shop.merchant.id):
        with pytest.raises(CampaignNotEditable):
            save_draft(merchant=shop.merchant, draft=plain, at=NOW, actor=OWNER, campaign_id=facts.id)
        unschedule_campaign(merchant=shop.merchant, campaign_id=facts.id, at=NOW, actor=OWNER)
        changed = replace(DRAFT, name="Lain", batch_id=None)
        save_draft(merchant=shop.merchant, draft=changed, at=NOW, actor=OWNER, campaign_id=facts.id)
        trail = audit_entries(merchant=shop.merchant, subject_kind="campaign", subject_id=facts.id)
    assert {entry.action for entry in trail} == {
        "campaign.created",
        "campaign.scheduled",
        "campaign.unscheduled",
        "campaign.changed",
    }
    assert shop.campaign(facts.id).name == "Lain"


def test_a_draft_can_be_discarded_and_a_campaign_duplicated(shop: CampaignShop) -> None:
    facts = shop.schedule()
    with merchant_scope(shop.merchant.id), translation.override("id"):
        copy = duplicate_campaign(merchant=shop.merchant, campaign_id=facts.id, at=NOW, actor=OWNER)
        assert (copy.state, copy.content, copy.name) == (CampaignState.DRAFT, facts.content, "Salinan Ajak kembali")
        discard_draft(merchant=shop.merchant, campaign_id=copy.id, at=NOW, actor=OWNER)
        with pytest.raises(Missing):
            campaign(merchant=shop.merchant, campaign_id=copy.id)
        with pytest.raises(CampaignNotEditable):
            discard_draft(merchant=shop.merchant, campaign_id=facts.id, at=NOW, actor=OWNER)


def test_another_merchants_campaign_is_missing(shop: CampaignShop) -> None:
    facts, stranger = shop.schedule(), lapsed_shop(0)
    with merchant_scope(stranger.merchant.id):
        attempts: list[Callable[[], object]] = [
            lambda: campaign(merchant=stranger.merchant, campaign_id=facts.id),
            lambda: pause_campaign(merchant=stranger.merchant, campaign_id=facts.id, at=NOW, actor=OWNER),
            lambda: duplicate_campaign(merchant=stranger.merchant, campaign_id=facts.id, at=NOW, actor=OWNER),
            lambda: cancel_campaign(
                merchant=stranger.merchant, campaign_id=facts.id, coupons=CouponsOnCancel.VOID, at=NOW, actor=OWNER
            ),
        ]
        for attempt in attempts:
            with pytest.raises(Missing, match="campaign_not_found"):
                attempt()


def test_pause_and_resume(shop: CampaignShop) -> None:
    shop.add_members(5)
    shop.count_segments()
    facts = shop.start(replace(DRAFT, control_percent=0))
    with merchant_scope(shop.merchant.id):
        paused = pause_campaign(merchant=shop.merchant, campaign_id=facts.id, at=NOW, actor=OWNER)
        assert (paused.state, paused.pause_reason) == (CampaignState.PAUSED, PauseReason.BY_HAND)
        with pytest.raises(WrongState):
            pause_campaign(merchant=shop.merchant, campaign_id=facts.id, at=NOW, actor=OWNER)
    with smtp_sink() as sink:
        assert shop.send(facts.id, sink) == 0
        with merchant_scope(shop.merchant.id):
            resume_campaign(merchant=shop.merchant, campaign_id=facts.id, at=NOW, actor=OWNER)
        assert shop.send(facts.id, sink) == 5


@pytest.mark.parametrize("coupons", list(CouponsOnCancel))
def test_cancelling_asks_what_becomes_of_the_coupons(shop: CampaignShop, coupons: CouponsOnCancel) -> None:
    members = shop.add_members(60)
    shop.count_segments()
    facts = shop.start(replace(DRAFT, control_percent=0))
    with merchant_scope(shop.merchant.id):
        cancelled = cancel_campaign(merchant=shop.merchant, campaign_id=facts.id, coupons=coupons, at=NOW, actor=OWNER)
        usable = coupons_of_source(merchant=shop.merchant, source_id=facts.id, member_ids=members)
    assert cancelled.state is CampaignState.CANCELLED
    assert shop.states(facts.id) == {"cancelled": 60}
    assert len(usable) == (60 if coupons is CouponsOnCancel.HONOUR else 0)
    with smtp_sink() as sink:
        assert shop.send(facts.id, sink) == 0
    shop.check()


def test_the_list_counts_without_asking_per_campaign(shop: CampaignShop, django_assert_num_queries: object) -> None:
    shop.add_members(12)
    shop.count_segments()
    first = shop.start(replace(DRAFT, control_percent=50))
    shop.draft()
    with smtp_sink() as sink:
        shop.send(first.id, sink)
    with merchant_scope(shop.merchant.id):
        with django_assert_num_queries(4):  # type: ignore[operator]
            rows = campaign_list(merchant=shop.merchant)
        assert campaign_count(merchant=shop.merchant) == 2
        assert campaign_count(merchant=shop.merchant, states=[CampaignState.DRAFT]) == 1
        assert campaign_list(merchant=shop.merchant, before=rows[-1].campaign.id) == []
    draft, sent = rows
    assert (draft.matched, draft.accepted) == (0, 0)
    assert sent.matched == 12 == sent.treated + sent.control
    assert sent.accepted == sent.treated
