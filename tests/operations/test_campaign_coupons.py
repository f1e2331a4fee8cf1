"""The coupon of a campaign is one of the coupons' page: shared with others, counted by who gave it, never dead."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from campaigns.facts import AutomationDraft, CampaignState, CouponsOnCancel, MailContent, PauseReason, TriggerName
from campaigns.operations import (
    begin_freezing,
    cancel_campaign,
    duplicate_campaign,
    freeze_audience,
    resume_campaign,
    save_automation,
    save_draft,
    schedule_campaign,
    turn_on_automation,
)
from campaigns.queries import campaign, campaign_report, campaigns_giving, coupon_problem
from common.errors import BadInput
from merchants.facts import SYSTEM
from merchants.tenancy import merchant_scope
from rewards.coupons.models import Coupon
from rewards.coupons.operations import cancel_batch, create_coupon_batch, create_shared_code, give_coupon
from rewards.coupons.queries import coupon_batch, issued_by_source
from rewards.promotions.operations import pause_promotion, resume_promotion
from tests.campaign_shop import DRAFT, OWNER, CampaignShop, lapsed_shop
from tests.smtp_sink import smtp_sink

pytestmark = pytest.mark.usefixtures("db")
EVERYBODY = replace(DRAFT, control_percent=0, frequency_cap_days=0)


def cancel(shop: CampaignShop, batch_id: UUID) -> None:
    with merchant_scope(shop.merchant.id):
        cancel_batch(merchant=shop.merchant, batch_id=batch_id, at=shop.clock.now, actor=OWNER)


def stop_offer(shop: CampaignShop, batch_id: UUID) -> UUID:
    with merchant_scope(shop.merchant.id):
        promotion_id = coupon_batch(merchant=shop.merchant, batch_id=batch_id).promotion_id
        pause_promotion(
            merchant=shop.merchant,
            promotion_id=promotion_id,
            starts_at=shop.clock.now,
            at=shop.clock.now,
            actor=OWNER,
            reason="Habis",
        )
    return promotion_id


def states_of_coupons(shop: CampaignShop, source_id: UUID | None) -> list[str]:
    with merchant_scope(shop.merchant.id):
        rows = Coupon.objects.filter(merchant_id=shop.merchant.id, source_id=source_id)
        return sorted(rows.values_list("state", flat=True))


def test_two_campaigns_and_a_hand_out_share_a_batch_and_count_their_own() -> None:
    shop = lapsed_shop(4)
    batch_id = shop.make_coupon()
    first = shop.start(replace(EVERYBODY, batch_id=batch_id))
    second = shop.start(replace(EVERYBODY, name="Sekali lagi", batch_id=batch_id))
    [newcomer] = shop.add_members(1, lapsed=False)
    today = shop.merchant.day_of(shop.clock.now)
    with merchant_scope(shop.merchant.id):
        give_coupon(
            merchant=shop.merchant,
            member_id=newcomer,
            batch_id=batch_id,
            reason="Maaf",
            at=shop.clock.now,
            today=today,
            actor=OWNER,
        )
        assert [issued_by_source(merchant=shop.merchant, source_id=one.id) for one in (first, second)] == [4, 4]
        for one in (first, second):
            report = campaign_report(merchant=shop.merchant, campaign_id=one.id, at=shop.clock.now)
            assert report.coupons_issued == 4
        cancel_campaign(
            merchant=shop.merchant,
            campaign_id=first.id,
            coupons=CouponsOnCancel.VOID,
            at=shop.clock.now,
            actor=OWNER,
        )
        givers = campaigns_giving(merchant=shop.merchant, batch_ids=[batch_id])[batch_id]
    assert states_of_coupons(shop, first.id) == ["cancelled"] * 4
    assert states_of_coupons(shop, second.id) == ["issued"] * 4
    assert states_of_coupons(shop, None) == ["issued"]
    assert [one.name for one in givers] == ["Sekali lagi"], "a cancelled campaign gives no more"
    shop.check()


def test_a_copy_gives_the_same_coupon() -> None:
    shop = lapsed_shop(0)
    facts = shop.draft()
    with merchant_scope(shop.merchant.id):
        copy = duplicate_campaign(merchant=shop.merchant, campaign_id=facts.id, at=shop.clock.now, actor=OWNER)
    assert copy.batch_id == facts.batch_id is not None


@pytest.mark.parametrize("kind", ["shared", "another_store"])
def test_only_the_stores_own_personal_coupons_can_be_chosen(kind: str) -> None:
    shop, other = lapsed_shop(0), lapsed_shop(0)
    if kind == "shared":
        with merchant_scope(shop.merchant.id):
            batch_id = create_shared_code(
                merchant=shop.merchant,
                text="SEMUA27",
                title="Semua",
                definition={"kind": "amount_off", "value": 5_000},
                at=shop.clock.now,
                today=shop.clock.now.date(),
            )
    else:
        batch_id = other.make_coupon()
    with merchant_scope(shop.merchant.id), pytest.raises(BadInput) as refused:
        save_draft(merchant=shop.merchant, draft=replace(DRAFT, batch_id=batch_id), at=shop.clock.now, actor=OWNER)
    assert [(error.pointer, error.code) for error in refused.value.errors] == [("batch_id", "coupon_unknown")]


def test_a_text_may_name_a_coupon_before_it_is_made_and_does_not_leave_without_it() -> None:
    shop = lapsed_shop(0)
    draft = replace(DRAFT, batch_id=None, content=MailContent(subject="Halo", body="Pakai {{ coupon_code }}"))
    with merchant_scope(shop.merchant.id):
        with pytest.raises(BadInput):
            save_draft(merchant=shop.merchant, draft=draft, at=shop.clock.now, actor=OWNER)
        kept = save_draft(merchant=shop.merchant, draft=draft, at=shop.clock.now, actor=OWNER, awaits_coupon=True)
        with pytest.raises(BadInput) as refused:
            schedule_campaign(
                merchant=shop.merchant,
                campaign_id=kept.id,
                scheduled_at=shop.clock.now,
                at=shop.clock.now,
                actor=OWNER,
            )
    assert [error.code for error in refused.value.errors] == ["no_coupon"]


@pytest.mark.parametrize(
    ("changes", "break_it", "problem"),
    [
        ({}, cancel, "cancelled"),
        ({}, stop_offer, "stopped"),
        ({"valid_until": timedelta(days=-1)}, None, "expired"),
    ],
)
def test_a_coupon_that_no_till_would_take_is_not_scheduled(
    changes: dict[str, Any], break_it: Any, problem: str
) -> None:
    shop = lapsed_shop(0)
    today = shop.merchant.day_of(shop.clock.now)
    batch_id = shop.make_coupon(**{name: today + step for name, step in changes.items()})
    facts = shop.draft(replace(DRAFT, batch_id=batch_id))
    if break_it is not None:
        break_it(shop, batch_id)
    with merchant_scope(shop.merchant.id):
        now_said = campaign(merchant=shop.merchant, campaign_id=facts.id)
        assert coupon_problem(merchant=shop.merchant, campaign=now_said, now=shop.clock.now) == problem
        with pytest.raises(BadInput) as refused:
            schedule_campaign(
                merchant=shop.merchant,
                campaign_id=facts.id,
                scheduled_at=shop.clock.now,
                at=shop.clock.now,
                actor=OWNER,
            )
    assert [(error.pointer, error.code) for error in refused.value.errors] == [("batch_id", f"coupon_{problem}")]


def test_a_coupon_that_ends_before_the_chosen_time_is_refused_for_that_time() -> None:
    shop = lapsed_shop(0)
    last_day = shop.merchant.day_of(shop.clock.now) + timedelta(days=3)
    facts = shop.draft(replace(DRAFT, batch_id=shop.make_coupon(valid_until=last_day)))
    with merchant_scope(shop.merchant.id):
        with pytest.raises(BadInput):
            schedule_campaign(
                merchant=shop.merchant,
                campaign_id=facts.id,
                scheduled_at=shop.clock.now + timedelta(days=4),
                at=shop.clock.now,
                actor=OWNER,
            )
        schedule_campaign(
            merchant=shop.merchant,
            campaign_id=facts.id,
            scheduled_at=shop.clock.now + timedelta(days=2),
            at=shop.clock.now,
            actor=OWNER,
        )


def test_what_was_stopped_before_its_time_pauses_and_goes_on_when_the_offer_runs_again() -> None:
    shop = lapsed_shop(3)
    facts = shop.schedule(EVERYBODY)
    assert facts.batch_id is not None
    promotion_id = stop_offer(shop, facts.batch_id)
    with merchant_scope(shop.merchant.id):
        assert begin_freezing(merchant=shop.merchant, campaign_id=facts.id, now=shop.clock.now)
    with merchant_scope(shop.merchant.id):
        assert freeze_audience(merchant=shop.merchant, campaign_id=facts.id, now=shop.clock.now) is None
    paused = shop.campaign(facts.id)
    assert (paused.state, paused.pause_reason) == (CampaignState.PAUSED, PauseReason.COUPON_OVER)
    assert shop.states(facts.id) == {}, "no one was drawn, no coupon is out"
    shop.clock.forward(minutes=1)
    with merchant_scope(shop.merchant.id):
        with pytest.raises(BadInput):
            resume_campaign(merchant=shop.merchant, campaign_id=facts.id, at=shop.clock.now, actor=OWNER)
        resume_promotion(
            merchant=shop.merchant,
            promotion_id=promotion_id,
            starts_at=shop.clock.now,
            at=shop.clock.now,
            actor=OWNER,
            reason="Ada lagi",
        )
        resume_campaign(merchant=shop.merchant, campaign_id=facts.id, at=shop.clock.now, actor=OWNER)
    with merchant_scope(shop.merchant.id):
        assert freeze_audience(merchant=shop.merchant, campaign_id=facts.id, now=shop.clock.now) == 3
    shop.check()


def test_no_mail_leaves_with_a_code_that_was_cancelled_after_the_audience_froze() -> None:
    shop = lapsed_shop(3)
    facts = shop.start(EVERYBODY)
    assert facts.batch_id is not None
    cancel(shop, facts.batch_id)
    with smtp_sink() as sink:
        assert shop.send(facts.id, sink) == 0
    assert sink.messages == []
    assert shop.campaign(facts.id).pause_reason == PauseReason.COUPON_OVER
    assert shop.states(facts.id) == {"queued": 3}, "they wait for a person"


def test_mails_that_waited_until_their_codes_were_over_do_not_leave() -> None:
    shop = lapsed_shop(2)
    facts = shop.start(EVERYBODY)
    shop.clock.forward(days=13)
    with merchant_scope(shop.merchant.id):
        assert coupon_problem(merchant=shop.merchant, campaign=facts, now=shop.clock.now) is None, "the last day"
    shop.clock.forward(days=1)
    with smtp_sink() as sink:
        assert shop.send(facts.id, sink) == 0
    assert shop.campaign(facts.id).pause_reason == PauseReason.COUPON_OVER


def test_a_welcome_stops_when_its_coupon_does_and_says_so() -> None:
    shop = lapsed_shop(0)
    batch_id = shop.make_coupon()
    draft = AutomationDraft(
        content=MailContent(subject="Halo", body="Pakai {{ coupon_code }}"), batch_id=batch_id, control_percent=0
    )
    named: dict[str, Any] = {"merchant": shop.merchant, "trigger": TriggerName.JOINED}
    with merchant_scope(shop.merchant.id):
        save_automation(**named, draft=draft, at=shop.clock.now, actor=OWNER)
        welcome = turn_on_automation(**named, at=shop.clock.now, actor=OWNER).campaign
    stop_offer(shop, batch_id)
    with smtp_sink() as sink:
        shop.send(welcome.id, sink)
    assert shop.campaign(welcome.id).pause_reason == PauseReason.COUPON_OVER
    with merchant_scope(shop.merchant.id), pytest.raises(BadInput) as refused:
        turn_on_automation(**named, at=shop.clock.now, actor=OWNER)
    assert [error.code for error in refused.value.errors] == ["coupon_stopped"]


def test_an_older_coupon_without_an_end_is_mailed_with_words_in_the_place_of_the_day() -> None:
    shop = lapsed_shop(1)
    with merchant_scope(shop.merchant.id):
        batch_id = create_coupon_batch(
            merchant=shop.merchant,
            title="Tanpa akhir",
            definition={"kind": "amount_off", "value": 5_000},
            at=shop.clock.now,
            actor=SYSTEM,
        )
    facts = shop.start(replace(EVERYBODY, batch_id=batch_id))
    with smtp_sink() as sink:
        assert shop.send(facts.id, sink) == 1
    mail = sink.mail_to(*shop.members.values())
    assert "Berlaku sampai dipakai" in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
