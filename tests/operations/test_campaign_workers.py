"""A worker that vanished, woke up late, or answers late."""

from __future__ import annotations

from datetime import timedelta

import pytest

from merchants.tenancy import merchant_scope
from messaging.operations import (
    AttemptOutcome,
    begin_data,
    recover_abandoned,
    settle,
)
from messaging.rules.replies import SmtpStage, read_reply
from tests.campaign_shop import NOW, lapsed_shop
from tests.operations.test_campaign_sending import EVERYBODY, LEASE, claim
from tests.smtp_sink import smtp_sink

pytestmark = pytest.mark.usefixtures("db")


def test_what_a_lost_worker_held_is_known_by_its_rows() -> None:
    shop = lapsed_shop(6)
    facts = shop.start(EVERYBODY)
    claimed = claim(shop, facts.id, limit=4)
    with merchant_scope(shop.merchant.id):
        begin_data(merchant=shop.merchant, claimed=claimed[0], now=NOW, lease=LEASE)
    with smtp_sink() as sink:
        assert shop.send(facts.id, sink) == 2, "the others are the lost worker's until its lease ends"
        with merchant_scope(shop.merchant.id):
            assert recover_abandoned(merchant=shop.merchant, now=NOW + LEASE) == (0, 0)
            assert recover_abandoned(merchant=shop.merchant, now=NOW + LEASE + timedelta(seconds=1)) == (3, 1)
        assert shop.states(facts.id) == {"accepted": 2, "uncertain": 1, "queued": 3}
        assert shop.send(facts.id, sink) == 3
    assert shop.members[claimed[0].message.member_id] not in sink.recipients
    shop.check()


def test_a_worker_that_wakes_up_after_its_lease_begins_nothing() -> None:
    shop = lapsed_shop(2)
    facts = shop.start(EVERYBODY)
    claimed = claim(shop, facts.id)
    late = NOW + LEASE + timedelta(seconds=1)
    with merchant_scope(shop.merchant.id):
        recover_abandoned(merchant=shop.merchant, now=late)
        assert not begin_data(merchant=shop.merchant, claimed=claimed[0], now=late, lease=LEASE)


def test_a_late_answer_settles_what_the_sweep_called_uncertain() -> None:
    shop = lapsed_shop(1)
    facts = shop.start(EVERYBODY)
    [one] = claim(shop, facts.id)
    accepted = AttemptOutcome(one, reply=read_reply(SmtpStage.FINAL_DOT, 250, "2.0.0 Ok"))
    with merchant_scope(shop.merchant.id):
        begin_data(merchant=shop.merchant, claimed=one, now=NOW, lease=LEASE)
        recover_abandoned(merchant=shop.merchant, now=NOW + timedelta(hours=1))
    assert shop.states(facts.id) == {"uncertain": 1}
    with merchant_scope(shop.merchant.id):
        settle(merchant=shop.merchant, outcome=accepted, now=NOW + timedelta(hours=1))
        settle(merchant=shop.merchant, outcome=accepted, now=NOW + timedelta(hours=1))
    assert shop.states(facts.id) == {"accepted": 1}
    shop.check()
