"""Each figure of a campaign's report opens the members or receipts it counts, no more and no fewer."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from backoffice.campaigns.views import people as page_module
from campaigns.queries import Group
from merchants.facts import Role
from merchants.tenancy import merchant_scope
from messaging.models import Message
from tests.backoffice.conftest import StaffPerson, Store, staff_of
from tests.buyers import add_purchases, open_shop, void_sale
from tests.campaign_shop import DRAFT, CampaignShop, Clock
from tests.operations.test_campaign_report import use_coupon

Started = tuple[CampaignShop, UUID, StaffPerson]


def amount(text: str) -> int:
    return int(re.sub(r"[^\d-]", "", text.replace("−", "-")))


@pytest.fixture
def started(db: None, monkeypatch: pytest.MonkeyPatch) -> Started:
    """Start with twelve drawn and three left out; some bought, one returned all, three used the coupon."""
    monkeypatch.setattr(page_module, "PAGE_SIZE", 2)
    treated, held_back = list[UUID](), list[UUID]()
    while len(treated) < 4 or not held_back:  # chance decides who is held back
        shop = CampaignShop(open_shop(), clock=Clock(timezone.now() - timedelta(days=3)))
        shop.add_members(12)
        shop.add_members(3, promo_consent=False)
        shop.count_segments()
        campaign_id = shop.start(replace(DRAFT, control_percent=50, measure_days=14)).id
        treated = sorted(shop.members_in(campaign_id, "queued"))
        held_back = sorted(shop.members_in(campaign_id, "control"))
    on = shop.clock.now.date() + timedelta(days=1)
    with merchant_scope(shop.merchant.id):
        bought = {member: [(on, 50_000 + 1_000 * n)] for n, member in enumerate(treated[:4])}
        sales = add_purchases(shop.shop, bought)
        add_purchases(shop.shop, {held_back[0]: [(on, 33_000)]})
        for member, sale in list(zip(treated, sales, strict=False))[:3]:
            use_coupon(shop, campaign_id, member, sale, 5_000)
        void_sale(shop.shop, sales[2], on=on)
    return shop, campaign_id, staff_of(shop.merchant, Role.MARKETER)


def listed(person: StaffPerson, address: str) -> tuple[int, int]:
    """Return (rows, their net sales) of a list, page by page; both as its head says them."""
    path, rows, sums, base = html.unescape(address), 0, 0, html.unescape(address).partition("?")[0]
    while path:
        text = person.text(path)
        shown = re.findall(r'data-label="Net sales">([^<]+)<', text)
        rows, sums = rows + text.count('<tr class="row">'), sums + sum(map(amount, shown))
        said = re.findall(r'<strong class="figure">([^<]+)</strong>', text)
        older = re.search(r'rel="next" href="([^"]+)"', text)
        path = base + html.unescape(older[1]) if older else ""
    assert [amount(one) for one in said] == ([sums] if said else []), address
    assert said or not sums, address
    return rows, sums


def test_every_figure_of_the_report_opens_exactly_what_it_counts(started: Started) -> None:
    _shop, campaign_id, marketer = started
    page = marketer.text(f"/campaigns/{campaign_id}/")
    figures = re.findall(rf'<a href="(/campaigns/{campaign_id}/[^"]+)">([^<]+)</a>', page)
    assert len(figures) >= 10
    for address, shown in figures:
        rows, sums = listed(marketer, address)
        if shown.startswith("Rp"):
            discount_of_two = 10_000  # it has a column of its own
            assert amount(shown) in {sums, discount_of_two}, (address, shown)
        elif not shown.endswith("%"):
            assert rows == amount(shown), (address, shown)
    kinds = "".join(address for address, _ in figures)
    parts = {f"group={group.value}" for group in Group} | {
        "state=queued",
        "reason=no_consent",
        "uses/",
        "coupons/",
    }
    assert {part for part in parts if part not in kinds} == set()
    assert listed(marketer, f"/campaigns/{campaign_id}/people/?group=treated&bought=yes")[0] == 3
    assert listed(marketer, f"/campaigns/{campaign_id}/people/?group=control&bought=yes") == (1, 33_000)
    assert listed(marketer, f"/campaigns/{campaign_id}/uses/") == (2, 101_000)
    assert "Discount given Rp\xa010.000" in re.sub(r"\s*\n\s*", " ", marketer.text(f"/campaigns/{campaign_id}/uses/"))


def test_lists_are_shown_to_whom_members_are_shown(started: Started, stranger: StaffPerson) -> None:
    shop, campaign_id, _marketer = started
    analyst, integrator = staff_of(shop.merchant, Role.ANALYST), staff_of(shop.merchant, Role.INTEGRATOR)
    assert f"/campaigns/{campaign_id}/people/" in analyst.text(f"/campaigns/{campaign_id}/")
    for page in ("people", "uses", "coupons"):
        analyst.get(f"/campaigns/{campaign_id}/{page}/")
        integrator.get(f"/campaigns/{campaign_id}/{page}/", status=403)
        stranger.get(f"/campaigns/{campaign_id}/{page}/", status=404)


def test_a_mangled_address_filters_nothing_and_a_draft_has_no_one(started: Started, store: Store) -> None:
    _shop, campaign_id, marketer = started
    for mangled in ("group=x", "state=x", "reason=x", "bought=x", "after=x", "group=%00"):
        assert "15 members" in marketer.text(f"/campaigns/{campaign_id}/people/?{mangled}")
        marketer.get(f"/campaigns/{campaign_id}/uses/?{mangled}")
        marketer.get(f"/campaigns/{campaign_id}/coupons/?{mangled}")
    assert "Nobody" in marketer.text(f"/campaigns/{campaign_id}/people/", state="failed")


def test_the_number_of_statements_does_not_grow_with_the_rows(started: Started) -> None:
    _shop, campaign_id, marketer = started
    path = f"/campaigns/{campaign_id}/people/"
    one = marketer.statements(f"{path}?group=control&bought=yes")
    page_module.PAGE_SIZE = 50  # type: ignore[misc]  # the fixture puts it back
    assert marketer.statements(path) == one


def test_coupons_that_are_out_are_listed_with_their_member_and_their_state(started: Started) -> None:
    shop, campaign_id, marketer = started
    page_module.PAGE_SIZE = 50  # type: ignore[misc]  # the fixture puts it back
    page = marketer.text(f"/campaigns/{campaign_id}/coupons/")
    treated = len(shop.members_in(campaign_id, "queued"))
    assert f"{treated} coupons, used or not" in page
    states = re.findall(r'data-label="State">([^<]+)<', page)
    assert (states.count("Used up"), len(states)) == (3, treated)


def test_mails_that_did_not_go_say_why(started: Started) -> None:
    shop, campaign_id, marketer = started
    with merchant_scope(shop.merchant.id):
        mails = Message.objects.filter(merchant_id=shop.merchant.id, dispatch_id=campaign_id, state="queued")
        ids = list(mails.order_by("id").values_list("id", flat=True))
        mails.filter(id=ids[0]).update(state="suppressed", reason="mailed_recently")
        mails.filter(id=ids[1]).update(state="suppressed", reason="no_consent")
    page = html.unescape(marketer.text(f"/campaigns/{campaign_id}/"))
    parts = re.findall(r'<span class="sub">([^<:]+): <a href="([^"]+)">1</a></span>', page)
    assert {word for word, _ in parts} == {"Mailed recently", "No consent"}
    assert [listed(marketer, address)[0] for _, address in parts] == [1, 1]


def test_a_members_story_says_why_a_mail_did_not_go(started: Started) -> None:
    shop, campaign_id, marketer = started
    [member, *_] = shop.members_in(campaign_id, "excluded")
    page = html.unescape(marketer.text(f"/members/{member}/"))
    assert "Not sent" in page
    assert "Reason: No consent" in page


def test_the_heading_is_the_campaign_not_its_reader(started: Started) -> None:
    shop, _campaign_id, marketer = started
    with merchant_scope(shop.merchant.id):
        content = replace(DRAFT.content, subject="Hai {{ first_name | Kakak }}, kangen kopi?")
    sent = shop.start(replace(DRAFT, name="Kangen", content=content))
    page = html.unescape(marketer.text(f"/campaigns/{sent.id}/"))
    head = page.split('<header class="page-header">')[1].split("</header>")[0]
    assert "<h1>Kangen</h1>" in head
    assert "Hai [First name], kangen kopi?" in head
    assert "Budi" not in head
