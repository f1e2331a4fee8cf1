"""Uncertain mails: what is known of each, and a person's decision: it was sent, by the log, or it is sent again."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from backoffice.campaigns.views import uncertain as page_module
from campaigns.facts import CouponsOnCancel
from campaigns.operations import cancel_campaign
from merchants.facts import AuditFilter, Role
from merchants.queries import audit_trail
from merchants.tenancy import merchant_scope
from messaging.facts import UncertainMessage
from messaging.queries import uncertain_messages
from tests.backoffice.conftest import StaffPerson, staff_of
from tests.buyers import open_shop
from tests.campaign_shop import DRAFT, OWNER, CampaignShop, Clock
from tests.smtp_sink import Sink, smtp_sink

Doubtful = tuple[CampaignShop, UUID, StaffPerson]
MEMBERS = 8


@pytest.fixture
def doubtful(db: None) -> Doubtful:
    """Return a campaign of eight, five of whose mails broke off after the final dot; the sink is gone."""
    shop = CampaignShop(open_shop(), clock=Clock(timezone.now() - timedelta(hours=1)))
    shop.add_members(MEMBERS)
    shop.count_segments()
    campaign_id = shop.start(replace(DRAFT, control_percent=0)).id
    with smtp_sink(cut_after_dot=set(sorted(shop.members.values())[:5])) as sink:
        shop.send_until_done(campaign_id, sink)
    assert shop.states(campaign_id) == {"accepted": 3, "uncertain": 5}
    return shop, campaign_id, staff_of(shop.merchant, Role.MARKETER)


def left(shop: CampaignShop, campaign_id: UUID) -> list[UncertainMessage]:
    with merchant_scope(shop.merchant.id):
        return uncertain_messages(merchant=shop.merchant, dispatch_id=campaign_id)


def decide(person: StaffPerson, page: str, **fields: Any) -> str:
    """Ask, read the count that is shown, and confirm exactly that; return the address it leads to."""
    asked = person.post(page, status=200, **fields).content.decode()
    [count] = re.findall(r'name="confirmed" value="(\d+)"', asked)
    return str(person.post(page, **fields, confirmed=count)["Location"])


def trail(shop: CampaignShop) -> list[tuple[str, Any]]:
    with merchant_scope(shop.merchant.id):
        entries = audit_trail(merchant=shop.merchant, filters=AuditFilter())
    return [(entry.action, entry.after) for entry in entries if "uncertain" in entry.action]


def test_the_report_leads_to_what_is_known_of_each(doubtful: Doubtful) -> None:
    shop, campaign_id, marketer = doubtful
    page = f"/campaigns/{campaign_id}/uncertain/"
    assert f'href="{page}"' in marketer.text(f"/campaigns/{campaign_id}/")
    text = marketer.text(page)
    for one in left(shop, campaign_id):
        assert one.header_id.strip("<>") in text
    assert text.count('name="mail"') == 5
    assert text.count("Connection lost, attempt 1") == 5


def test_ticked_ones_count_as_sent_for_good(doubtful: Doubtful) -> None:
    shop, campaign_id, marketer = doubtful
    page = f"/campaigns/{campaign_id}/uncertain/"
    first, second, *rest = left(shop, campaign_id)
    asked = marketer.post(page, status=200, do="sent", mail=[str(first.id), str(second.id)])
    assert "Count 2 e-mails as sent?" in asked.content.decode()
    assert len(left(shop, campaign_id)) == 5, "asking decides nothing"
    assert decide(marketer, page, do="sent", mail=[str(first.id), str(second.id)]) == page
    assert left(shop, campaign_id) == rest
    assert shop.states(campaign_id) == {"accepted": 5, "uncertain": 3}
    assert trail(shop) == [("campaign.uncertain_resolved", {"accepted": 2})]
    with smtp_sink() as sink:
        assert shop.send(campaign_id, sink) == 0
    shop.check()


def test_a_pasted_log_settles_those_it_names(doubtful: Doubtful) -> None:
    shop, campaign_id, marketer = doubtful
    page = f"/campaigns/{campaign_id}/uncertain/"
    first, second, *rest = left(shop, campaign_id)
    log = (
        f"Nov 29 10:00:01 mx1 smtp[4]: message-id={first.header_id}, status=sent (250 OK)\r\n"
        f'Nov 29 10:00:02 mx1 smtp[4]: "{second.header_id.strip("<>")}" status=sent\r\n'
        "Nov 29 10:00:03 mx1 smtp[4]: message-id=<another@shop.example>, to=<budi@example.com>\r\n"
    )
    assert decide(marketer, page, do="sent", log=log) == page
    assert left(shop, campaign_id) == rest
    assert marketer.post(page, do="sent", log="nothing here")["Location"] == page
    assert "None of the uncertain e-mails is named in it." in marketer.text(page)
    assert left(shop, campaign_id) == rest
    shop.check()


def test_ticked_ones_go_out_again_and_the_others_wait(doubtful: Doubtful) -> None:
    shop, campaign_id, marketer = doubtful
    page = f"/campaigns/{campaign_id}/uncertain/"
    [first, *rest] = left(shop, campaign_id)
    asked = marketer.post(page, status=200, do="again", mail=str(first.id)).content.decode()
    assert "Send 1 uncertain e-mail again?" in asked
    assert "may get it twice" in asked
    decide(marketer, page, do="again", mail=str(first.id))
    assert left(shop, campaign_id) == rest
    shop.clock.now = timezone.now()
    sink: Sink
    with smtp_sink() as sink:
        assert shop.send(campaign_id, sink) == 1
        assert sink.recipients == [shop.members[first.member_id or campaign_id]]
    assert shop.states(campaign_id) == {"accepted": 4, "uncertain": 4}
    assert trail(shop) == [("campaign.uncertain_resent", {"mails": 1})]
    shop.check()


def test_all_of_them_across_pages(doubtful: Doubtful, monkeypatch: pytest.MonkeyPatch) -> None:
    shop, campaign_id, marketer = doubtful
    monkeypatch.setattr(page_module, "PAGE_SIZE", 2)
    page = f"/campaigns/{campaign_id}/uncertain/"
    found, path = list[str](), page
    while path:
        text = marketer.text(path)
        found += re.findall(r'name="mail" value="([^"]+)"', text)
        older = re.search(r'rel="next" href="([^"]+)"', text)
        path = page + older[1].replace("&amp;", "&") if older else ""
    assert found == [str(one.id) for one in left(shop, campaign_id)]
    assert "Select all 5" in marketer.text(page)
    decide(marketer, page, do="sent", all="yes")
    assert left(shop, campaign_id) == []
    assert "No e-mail is uncertain" in marketer.text(page)
    shop.check()


def test_a_number_that_moved_is_asked_again(doubtful: Doubtful) -> None:
    shop, campaign_id, marketer = doubtful
    page = f"/campaigns/{campaign_id}/uncertain/"
    for confirmed in ("4", "6", "x"):
        answer = marketer.post(page, status=200, do="sent", all="yes", confirmed=confirmed).content.decode()
        assert "Meanwhile their number has changed." in answer
    assert len(left(shop, campaign_id)) == 5


def test_nothing_ticked_and_nonsense_decide_nothing(doubtful: Doubtful) -> None:
    shop, campaign_id, marketer = doubtful
    page = f"/campaigns/{campaign_id}/uncertain/"
    assert marketer.post(page, do="sent")["Location"] == page
    assert "Tick at least one e-mail first." in marketer.text(page)
    marketer.post(page, do="sent", mail=["nonsense", str(campaign_id)])
    marketer.post(page, status=200, do="delete", all="yes", confirmed="5")
    assert len(left(shop, campaign_id)) == 5


def test_of_a_cancelled_campaign_nothing_goes_out_again(doubtful: Doubtful) -> None:
    shop, campaign_id, marketer = doubtful
    other = shop.start(replace(DRAFT, control_percent=0, frequency_cap_days=0)).id
    *cut, later = sorted(shop.members.values())[:3]
    with smtp_sink(
        cut_after_dot=set(cut), at_recipient=lambda to, _times: "450 4.2.1 later" if to == later else None
    ) as sink:
        shop.send(other, sink)
    assert shop.states(other)["deferred"] == 1, "still running"
    with merchant_scope(shop.merchant.id):
        cancel_campaign(
            merchant=shop.merchant, campaign_id=other, coupons=CouponsOnCancel.HONOUR, at=shop.clock.now, actor=OWNER
        )
    page = f"/campaigns/{other}/uncertain/"
    before = left(shop, other)
    assert "They were not: send again" not in marketer.text(page)
    assert decide(marketer, page, do="again", all="yes") == f"/campaigns/{other}/"
    assert left(shop, other) == before
    decide(marketer, page, do="sent", all="yes")
    assert left(shop, other) == []
    assert campaign_id != other


def test_the_number_of_statements_does_not_grow_with_the_rows(doubtful: Doubtful) -> None:
    shop, campaign_id, marketer = doubtful
    page = f"/campaigns/{campaign_id}/uncertain/"
    many = marketer.statements(page)
    decide(marketer, page, do="sent", mail=[str(one.id) for one in left(shop, campaign_id)[:4]])
    marketer.text(page)
    assert marketer.statements(page) == many


def test_who_may_decide(doubtful: Doubtful) -> None:
    shop, campaign_id, marketer = doubtful
    page = f"/campaigns/{campaign_id}/uncertain/"
    for role in (Role.ANALYST, Role.CARE, Role.INTEGRATOR):
        staff_of(shop.merchant, role).post(page, status=403, do="sent", all="yes", confirmed="5")
    stranger = staff_of(CampaignShop(open_shop()).merchant, Role.OWNER)
    stranger.post(page, status=404, do="sent", all="yes", confirmed="5")
    assert len(left(shop, campaign_id)) == 5
    marketer.get(page, status=200)
