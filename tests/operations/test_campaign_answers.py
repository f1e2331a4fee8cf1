"""What the mail server answers, and what follows: later, never again, uncertain."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from campaigns.facts import CampaignState, PauseReason
from campaigns.operations import (
    resend_uncertain,
    resolve_uncertain,
    resume_campaign,
)
from merchants.tenancy import merchant_scope
from messaging.mailer.link import MailServer
from messaging.models import Attempt
from messaging.queries import uncertain_messages
from tests.campaign_shop import NOW, OWNER, lapsed_shop
from tests.operations.test_campaign_sending import EVERYBODY, everybody_got_one, suppressions
from tests.smtp_sink import Sink, smtp_sink

pytestmark = pytest.mark.usefixtures("db")


@pytest.mark.parametrize("seed", [3, 4])
def test_t57_a_fifth_of_answers_is_temporary_and_each_mail_arrives_once(seed: int) -> None:
    chance = random.Random(seed)
    answers = ["421 4.7.0 Closing", "450 4.2.0 Greylisted", "451 4.3.0 Local error"]

    def sometimes(_to: str, _times: int) -> str | None:
        return chance.choice(answers) if chance.random() < 0.2 else None

    shop = lapsed_shop(40)
    facts = shop.start(EVERYBODY)
    with smtp_sink(at_recipient=sometimes, at_end=sometimes, at_sender=sometimes) as sink:
        shop.send_until_done(facts.id, sink)
    everybody_got_one(shop, sink)
    assert shop.states(facts.id) == {"accepted": 40}
    assert suppressions(shop) == []


def test_a_temporary_answer_waits_half_an_hour_first() -> None:
    shop = lapsed_shop(1)
    facts = shop.start(EVERYBODY)
    with smtp_sink(at_recipient=lambda _to, times: "450 4.2.0 Greylisted" if times == 0 else None) as sink:
        shop.send(facts.id, sink)
        shop.clock.forward(minutes=29, seconds=59)
        assert shop.send(facts.id, sink) == 0
        shop.clock.forward(seconds=1)
        assert shop.send(facts.id, sink) == 1


def test_who_is_never_reached_is_given_up_after_three_days_and_suppressed_the_third_time() -> None:
    shop = lapsed_shop(1)
    with smtp_sink(at_recipient=lambda _to, _times: "452 4.2.2 Mailbox full") as sink:
        for expected in ([], [], ["soft_bounces"]):
            facts = shop.start(EVERYBODY)
            shop.send_until_done(facts.id, sink)
            assert shop.states(facts.id) == {"failed": 1}
            assert suppressions(shop) == expected
        assert shop.states(shop.start(EVERYBODY).id) == {"excluded": 1}
    shop.check()


def test_t58_a_dead_address_is_suppressed_at_once() -> None:
    shop = lapsed_shop(10)
    dead = sorted(shop.members.values())[:3]
    facts = shop.start(EVERYBODY)
    with smtp_sink(at_recipient=lambda to, _: "550 5.1.1 No such user" if to in dead else None) as sink:
        shop.send(facts.id, sink)
    assert shop.states(facts.id) == {"accepted": 7, "suppressed": 3}
    assert suppressions(shop) == ["hard_bounce"] * 3
    assert shop.campaign(facts.id).state is CampaignState.FINISHED
    again = shop.start(replace(EVERYBODY, frequency_cap_days=0))
    assert shop.states(again.id) == {"excluded": 3, "queued": 7}
    shop.check()


@pytest.mark.parametrize(
    ("where", "answer"),
    [
        ("at_recipient", "550 5.7.1 Relaying denied"),
        ("at_sender", "550 5.1.8 Sender unknown"),
        ("at_end", "552 5.3.4 Quota"),
        ("at_end", "550 5.7.26 Unauthenticated"),
    ],
)
def test_t58_when_we_are_refused_the_campaign_pauses_and_no_one_is_suppressed(where: str, answer: str) -> None:
    shop = lapsed_shop(5)
    facts = shop.start(EVERYBODY)
    with smtp_sink(**{where: lambda _to, _times: answer}) as sink:
        assert shop.send(facts.id, sink) == 0
        stopped = shop.campaign(facts.id)
        assert (stopped.state, stopped.pause_reason) == (CampaignState.PAUSED, PauseReason.SENDER_REFUSED)
        assert answer[:3] in stopped.last_error
        assert "@" not in stopped.last_error
        assert shop.states(facts.id) == {"queued": 5}
        setattr(sink, where, lambda _to, _times: None)
        with merchant_scope(shop.merchant.id):
            resume_campaign(merchant=shop.merchant, campaign_id=facts.id, at=shop.clock.now, actor=OWNER)
        assert shop.send(facts.id, sink) == 5
    assert suppressions(shop) == []
    everybody_got_one(shop, sink)


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_t58_a_refused_login_pauses_before_anybody_is_claimed() -> None:
    shop = lapsed_shop(4)
    facts = shop.start(EVERYBODY)
    with smtp_sink(refuse_login=True) as sink:
        shop.send(facts.id, sink)
    assert shop.campaign(facts.id).pause_reason == PauseReason.SENDER_REFUSED
    assert shop.states(facts.id) == {"queued": 4}
    with merchant_scope(shop.merchant.id):
        assert not Attempt.objects.filter(merchant_id=shop.merchant.id).exists()


def test_one_strict_recipient_does_not_stop_a_campaign_twice() -> None:
    shop = lapsed_shop(6)
    strict = sorted(shop.members.values())[0]
    facts = shop.start(EVERYBODY)
    with smtp_sink(at_recipient=lambda to, _: "550 5.7.1 We know you" if to == strict else None) as sink:
        shop.send(facts.id, sink)
        assert shop.campaign(facts.id).state is CampaignState.PAUSED
        with merchant_scope(shop.merchant.id):
            resume_campaign(merchant=shop.merchant, campaign_id=facts.id, at=shop.clock.now, actor=OWNER)
        shop.send(facts.id, sink)
    assert shop.states(facts.id) == {"accepted": 5, "failed": 1}
    assert shop.campaign(facts.id).state is CampaignState.FINISHED
    shop.check()


def test_t59_a_server_that_is_away_costs_no_message_a_try() -> None:
    shop = lapsed_shop(3)
    facts = shop.start(EVERYBODY)
    away = MailServer("127.0.0.1", 9, timeout_seconds=0.5)
    nobody = Sink(server=away)
    for minutes in (1, 2, 4):
        assert shop.send(facts.id, nobody) == 0
        assert shop.sweep() == [], "on hold"
        shop.clock.forward(minutes=minutes, seconds=1)
        assert shop.sweep() == [facts.id]
    assert "unreachable" in shop.campaign(facts.id).last_error
    with smtp_sink() as sink:
        assert shop.send(facts.id, sink) == 3
    assert shop.campaign(facts.id).last_error == ""
    everybody_got_one(shop, sink)


def test_t59_a_link_lost_before_the_final_dot_is_tried_again() -> None:
    shop = lapsed_shop(12)
    broken = set(sorted(shop.members.values())[:4])
    facts = shop.start(EVERYBODY)
    with smtp_sink(cut_at_data=broken) as sink:
        shop.send(facts.id, sink)
        assert shop.states(facts.id) == {"accepted": 8, "deferred": 4}
        sink.cut_at_data = set()
        shop.clock.forward(minutes=1)
        assert shop.send(facts.id, sink) == 4
    everybody_got_one(shop, sink)


def test_t59_a_link_lost_after_the_final_dot_is_uncertain_and_never_sent_again_by_itself() -> None:
    shop = lapsed_shop(20)
    cut = set(sorted(shop.members.values())[:2])
    facts = shop.start(EVERYBODY)
    with smtp_sink(cut_after_dot=cut) as sink:
        shop.send(facts.id, sink)
        shop.clock.forward(days=4)
        shop.sweep()
        assert shop.send(facts.id, sink) == 0
        assert shop.states(facts.id) == {"accepted": 18, "uncertain": 2}
        assert shop.campaign(facts.id).state is CampaignState.FINISHED
    everybody_got_one(shop, sink)


def test_the_providers_log_settles_what_was_uncertain_and_a_person_sends_the_rest_again() -> None:
    shop = lapsed_shop(10)
    cut = set(sorted(shop.members.values())[:4])
    facts = shop.start(EVERYBODY)
    with smtp_sink(cut_after_dot=cut) as sink:
        shop.send(facts.id, sink)
        with merchant_scope(shop.merchant.id):
            doubtful = uncertain_messages(merchant=shop.merchant, dispatch_id=facts.id)
            logged = [one.header_id.strip("<>") for one in doubtful[:3]]
            found = resolve_uncertain(
                merchant=shop.merchant, campaign_id=facts.id, accepted_message_ids=[*logged, "x@y"], at=NOW, actor=OWNER
            )
        assert found == 3
        assert shop.states(facts.id) == {"accepted": 9, "uncertain": 1}
        sink.cut_after_dot = set()
        with merchant_scope(shop.merchant.id):
            again = resend_uncertain(
                merchant=shop.merchant, campaign_id=facts.id, at=NOW, actor=OWNER, reason="log provider kosong"
            )
        assert again == 1
        assert shop.campaign(facts.id).state is CampaignState.RUNNING
        assert shop.send(facts.id, sink) == 1
    assert shop.states(facts.id) == {"accepted": 10}
    assert sorted(sink.ids.values())[-2:] == [1, 2], "the second copy bears the first one's Message-ID"
    shop.check()
