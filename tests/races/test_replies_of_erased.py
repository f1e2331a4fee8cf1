"""A member is erased while a mail to them is on its way: what the server then says names no one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from members.facts import ConsentMethod, DataRequestDraft, DataRequestKind, IdentityCheck, RequestAsker
from members.operations import record_data_request
from merchants.facts import SYSTEM
from merchants.tenancy import merchant_scope
from messaging.models import Attempt
from messaging.operations import AttemptOutcome, begin_data, outcomes, settle
from messaging.operations.claims import Claimed
from messaging.rules.replies import SmtpStage, read_reply
from people.operations import erase_member
from tests.campaign_shop import NOW, CampaignShop, lapsed_shop
from tests.operations.test_campaign_sending import EVERYBODY, LEASE, claim
from tests.races.together import overlap

pytestmark = pytest.mark.usefixtures("real_commits")


def open_with_mail_on_its_way() -> tuple[CampaignShop, Claimed, Callable[[], object]]:
    """Return a shop, a mail that has begun, and what erases its recipient."""
    shop = lapsed_shop(1)
    [one] = claim(shop, shop.start(EVERYBODY).id)
    assert one.message.member_id is not None
    today = shop.merchant.day_of(NOW)
    draft = DataRequestDraft(
        DataRequestKind.ERASURE, RequestAsker.MEMBER, ConsentMethod.PHONE, IdentityCheck.CARD, today
    )
    with merchant_scope(shop.merchant.id):
        begin_data(merchant=shop.merchant, claimed=one, now=NOW, lease=LEASE)
        asked = record_data_request(
            merchant=shop.merchant,
            member_id=one.message.member_id,
            draft=draft,
            actor=SYSTEM,
            at=NOW,
            business_date=today,
        )
    return shop, one, lambda: erase_member(merchant=shop.merchant, request_id=asked.id, actor=SYSTEM, at=NOW)


def hear(shop: CampaignShop, one: Claimed, code: int = 250, text: str = "2.0.0 Ok, queued for <{}>") -> None:
    reply = read_reply(SmtpStage.FINAL_DOT, code, text.format(one.address))
    settle(merchant=shop.merchant, outcome=AttemptOutcome(one, reply), now=NOW + timedelta(seconds=9))


def kept(shop: CampaignShop, one: Claimed) -> str:
    with merchant_scope(shop.merchant.id):
        return Attempt.objects.get(merchant_id=shop.merchant.id, id=one.attempt_id).reply_text


@pytest.mark.parametrize(
    ("code", "text"),
    [(250, "2.0.0 Ok <{}>"), (450, "4.2.1 {} busy"), (550, "5.1.1 <{}>: no such user"), (554, "5.7.1 {}"), (0, "{}")],
)
def test_a_reply_that_comes_after_the_erasure_is_not_kept(code: int, text: str) -> None:
    shop, one, erase = open_with_mail_on_its_way()
    with merchant_scope(shop.merchant.id):
        erase()
    with merchant_scope(shop.merchant.id):
        hear(shop, one, code, text)
    assert kept(shop, one) == ""
    shop.check()


def test_a_reply_that_waits_for_the_erasure_is_not_kept() -> None:
    shop, one, erase = open_with_mail_on_its_way()
    assert overlap(shop.merchant.id, erase, lambda: hear(shop, one)) == "ok"
    assert kept(shop, one) == ""


def test_an_erasure_that_waits_for_the_reply_empties_it() -> None:
    shop, one, erase = open_with_mail_on_its_way()
    assert overlap(shop.merchant.id, lambda: hear(shop, one), erase) == "ok"
    assert kept(shop, one) == ""


def test_without_the_second_look_the_address_would_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control."""
    shop, one, erase = open_with_mail_on_its_way()
    monkeypatch.setattr(outcomes, "_forget_reply_about_erased", lambda *_: None)
    assert overlap(shop.merchant.id, erase, lambda: hear(shop, one)) == "ok"
    assert one.address in kept(shop, one)


def test_the_reply_about_a_member_who_stays_is_kept() -> None:
    shop, one, _ = open_with_mail_on_its_way()
    with merchant_scope(shop.merchant.id):
        hear(shop, one)
    assert one.address in kept(shop, one)
