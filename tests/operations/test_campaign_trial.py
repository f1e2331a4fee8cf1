"""The test mail goes to staff only, carries nothing of value, and never reaches a member of the control group."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from django.utils import translation

from campaigns.facts import MailContent
from campaigns.mailer.compose import preview_mail
from campaigns.operations import ControlGetsNoTest, request_test
from campaigns.queries import in_control
from campaigns.tasks.trial import send_trial
from common.errors import BadInput
from common.ids import new_id
from members.models import Member
from merchants.facts import Role
from merchants.operations import add_staff, create_user
from merchants.tenancy import merchant_scope
from rewards.coupons.models import Coupon
from tests.campaign_shop import DRAFT, NOW, OWNER, CampaignShop, lapsed_shop
from tests.smtp_sink import Sink, smtp_sink

pytestmark = pytest.mark.usefixtures("db")


def hire(shop: CampaignShop, email: str, *, name: str = "Rina Marketer") -> UUID:
    with merchant_scope(shop.merchant.id):
        user = create_user(email=email, name=name, password=None, language="id")
        add_staff(merchant=shop.merchant, user_id=user.id, role=Role.MARKETER, at=NOW, actor=OWNER)
    return user.id


def request(shop: CampaignShop, campaign_id: UUID, user_id: UUID) -> None:
    with merchant_scope(shop.merchant.id):
        request_test(merchant=shop.merchant, campaign_id=campaign_id, user_id=user_id, at=NOW, actor=OWNER)


def trial(shop: CampaignShop, campaign_id: UUID, user_id: UUID, sink: Sink) -> str:
    return send_trial(
        merchant=shop.merchant, campaign_id=campaign_id, user_id=user_id, server=sink.server, clock=shop.clock
    )


def test_a_test_shows_the_mail_and_changes_nothing() -> None:
    shop = lapsed_shop(5)
    facts, rina = shop.draft(), hire(shop, "rina@kopi.example")
    request(shop, facts.id, rina)
    with smtp_sink() as sink:
        assert trial(shop, facts.id, rina, sink) == "accepted"
    mail = sink.mail_to("rina@kopi.example")
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert mail["Subject"] == "[Tes] Rina, kami rindu Anda"
    assert "CONTOH-0000" in text
    assert shop.states(facts.id) == {}
    with merchant_scope(shop.merchant.id):
        assert not Coupon.objects.filter(merchant_id=shop.merchant.id).exists()
    tested = shop.campaign(facts.id)
    assert (tested.tested_at, tested.test_outcome) == (NOW, "accepted")


def test_a_preview_needs_no_member() -> None:
    shop = lapsed_shop(0)
    facts = shop.draft()
    with merchant_scope(shop.merchant.id):
        shown = preview_mail(
            merchant=shop.merchant,
            content=facts.content,
            coupon=facts.coupon,
            today=NOW.date(),
            name="<b>Budi</b> Santoso",
        )
    assert shown.subject == "<b>Budi</b>, kami rindu Anda"
    assert "Halo &lt;b&gt;Budi&lt;/b&gt;" in shown.html
    assert "CONTOH-0000" in shown.text
    assert "Minimum belanja Rp\u00a0100.000" in shown.text


def test_a_refused_test_says_so_on_the_campaign() -> None:
    shop = lapsed_shop(0)
    facts, rina = shop.draft(), hire(shop, "rina2@kopi.example")
    with smtp_sink(at_recipient=lambda _to, _times: "550 5.1.1 rina2@kopi.example unknown") as sink:
        outcome = trial(shop, facts.id, rina, sink)
    assert outcome == "recipient: 550 5.1.1" == shop.campaign(facts.id).test_outcome


def test_only_active_staff_and_only_what_could_be_sent() -> None:
    shop, stranger = lapsed_shop(0), lapsed_shop(0)
    facts, foreign = shop.draft(), hire(stranger, "asing@lain.example")
    for user_id in (new_id(), foreign):
        with pytest.raises(BadInput) as refused:
            request(shop, facts.id, user_id)
        assert refused.value.errors[0].pointer == "user_id"
    empty = shop.draft(replace(DRAFT, content=MailContent()))
    with translation.override("id"), pytest.raises(BadInput):
        request(shop, empty.id, hire(shop, "rina3@kopi.example"))
    with smtp_sink() as sink:
        assert trial(shop, facts.id, foreign, sink) == "not_staff"
    assert sink.messages == []


def test_t63_no_test_to_a_member_who_is_held_back() -> None:
    shop = lapsed_shop(30)
    facts = shop.draft(replace(DRAFT, control_percent=50))
    with merchant_scope(shop.merchant.id):
        by_lot = {
            in_control(merchant=shop.merchant, campaign_id=facts.id, member_id=member, control_percent=50): member
            for member in shop.members
        }
        for held_back, member in by_lot.items():
            email = f"staf{held_back}@kopi.example".lower()
            Member.objects.filter(merchant_id=shop.merchant.id, id=member).update(email=email, email_key=email)
    treated, control = hire(shop, "staffalse@kopi.example"), hire(shop, "staftrue@kopi.example")
    request(shop, facts.id, treated)
    with pytest.raises(ControlGetsNoTest):
        request(shop, facts.id, control)
