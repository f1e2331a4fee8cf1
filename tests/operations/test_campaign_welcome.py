"""The welcome of new members: who gets one, when, and that switching on never reaches back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from campaigns.facts import (
    AutomationDraft,
    CampaignState,
    CouponsOnCancel,
    MailContent,
    MemberOccasion,
    TriggerName,
)
from campaigns.operations import (
    WrongState,
    cancel_campaign,
    pause_for_review,
    queue_due_members,
    queue_missed_members,
    resume_campaign,
    save_automation,
    turn_off_automation,
    turn_on_automation,
)
from campaigns.queries import automation_of, campaign_list, campaign_report, in_control, missed_members
from common.errors import BadInput, Missing
from common.ids import new_id
from enrolment.operations import enrol_member
from loyalty.events import HANDLERS, relay_merchant
from members.facts import EnrolDraft, MemberFacts
from merchants.facts import EVENT_WORK, HEARD_EVENTS, OutboxEventFacts
from merchants.models import OutboxEvent
from merchants.operations import enqueue_event, retry_work
from merchants.queries import stopped_work
from merchants.tenancy import merchant_scope
from messaging.models import Message
from rewards.coupons.models import Coupon
from tests.campaign_shop import NOW, OF_THE_SHOP, OWNER, CampaignShop, lapsed_shop
from tests.smtp_sink import smtp_sink

pytestmark = pytest.mark.usefixtures("db")
DRAFT = AutomationDraft(
    content=MailContent(subject="Selamat datang, {{ first_name | Kak }}", body="Kupon Anda: {{ coupon_code }}"),
    batch_id=OF_THE_SHOP,
    control_percent=0,
    delay_minutes=60,
)


@pytest.fixture
def shop() -> CampaignShop:
    return lapsed_shop(0)


def welcome_coupon(shop: CampaignShop) -> UUID:
    return shop.make_coupon(
        title="Potongan Rp 20.000",
        definition={"kind": "amount_off", "value": 20_000, "when": {"min_subtotal": 100_000}},
        valid_days=30,
    )


def turn_on(shop: CampaignShop, draft: AutomationDraft = DRAFT) -> UUID:
    shop.own_coupon = shop.own_coupon or welcome_coupon(shop)
    draft = shop.with_coupon(draft)
    with merchant_scope(shop.merchant.id):
        save_automation(merchant=shop.merchant, trigger=TriggerName.JOINED, draft=draft, at=shop.clock.now, actor=OWNER)
        return turn_on_automation(
            merchant=shop.merchant, trigger=TriggerName.JOINED, at=shop.clock.now, actor=OWNER
        ).campaign.id


def join(shop: CampaignShop, name: str = "Dewi Lestari", **fields: object) -> MemberFacts:
    shop.clock.forward(seconds=1)
    email = f"{name.split(maxsplit=1)[0].lower()}{shop.clock.now:%H%M%S}@example.com"
    draft = EnrolDraft(**{"name": name, "email": email, "promo_consent": True, **fields})  # type: ignore[arg-type]
    with merchant_scope(shop.merchant.id):
        member = enrol_member(merchant=shop.merchant, draft=draft, at=shop.clock.now)
    relay_merchant(merchant=shop.merchant, now=shop.clock.now)
    return member


def due_at(shop: CampaignShop, member_id: UUID) -> datetime:
    with merchant_scope(shop.merchant.id):
        return Message.objects.get(merchant_id=shop.merchant.id, member_id=member_id).due_at


def test_who_joins_gets_one_mail_with_a_coupon_after_the_delay(shop: CampaignShop) -> None:
    campaign_id = turn_on(shop)
    member = join(shop)
    with smtp_sink() as sink:
        shop.clock.forward(minutes=59)
        assert shop.send(campaign_id, sink) == 0
        with merchant_scope(shop.merchant.id):
            assert not Coupon.objects.filter(merchant_id=shop.merchant.id).exists(), "issued with the mail, not before"
        shop.clock.forward(minutes=1)
        assert shop.send(campaign_id, sink) == 1
    [(to, _)] = sink.messages
    assert to == member.email
    mail = sink.mail_to(to)
    assert mail["Subject"] == "Selamat datang, Dewi"
    with merchant_scope(shop.merchant.id):
        coupon = Coupon.objects.get(merchant_id=shop.merchant.id, member_id=member.id, source_id=campaign_id)
    assert str(coupon.valid_until) == "2026-12-19"
    assert "Potongan Rp 20.000" in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert shop.campaign(campaign_id).state is CampaignState.RUNNING, "a welcome never finishes"
    shop.check()


def test_the_mail_greets_by_the_name(shop: CampaignShop) -> None:
    campaign_id = turn_on(shop)
    member = join(shop, "I Made Wirawan")
    shop.clock.forward(hours=1)
    with smtp_sink() as sink:
        shop.send(campaign_id, sink)
    assert sink.mail_to(str(member.email))["Subject"] == "Selamat datang, Made"


def test_an_event_that_comes_again_welcomes_no_one_again(shop: CampaignShop) -> None:
    campaign_id = turn_on(shop)
    member = join(shop)
    event = OutboxEventFacts(member.id, shop.merchant.id, "member.enrolled", member.id, shop.clock.now)
    for _ in range(3):
        with merchant_scope(shop.merchant.id):
            queue_due_members(merchant=shop.merchant, events=[event, event], now=shop.clock.now)
    assert shop.states(campaign_id) == {"queued": 1}


def test_switching_on_never_reaches_back(shop: CampaignShop) -> None:
    before = join(shop, "Lama Sekali")
    campaign_id = turn_on(shop)
    assert shop.states(campaign_id) == {}
    after = join(shop, "Baru Saja")
    with merchant_scope(shop.merchant.id):
        turn_off_automation(merchant=shop.merchant, trigger=TriggerName.JOINED, at=shop.clock.now, actor=OWNER)
    join(shop, "Saat Mati")
    shop.clock.forward(minutes=5)
    with merchant_scope(shop.merchant.id):
        turn_on_automation(merchant=shop.merchant, trigger=TriggerName.JOINED, at=shop.clock.now, actor=OWNER)
    assert shop.members_in(campaign_id, "queued") == {after.id}
    with merchant_scope(shop.merchant.id):
        missed = missed_members(merchant=shop.merchant, trigger=TriggerName.JOINED, since=NOW)
        assert MemberOccasion(before.id, "") in missed
        assert MemberOccasion(after.id, "") not in missed
        added = queue_missed_members(
            merchant=shop.merchant,
            trigger=TriggerName.JOINED,
            recipients=[MemberOccasion(before.id, ""), MemberOccasion(after.id, "")],
            at=shop.clock.now,
            actor=OWNER,
        )
    assert added == 1, "a person decided; who has a place already keeps it"
    assert shop.members_in(campaign_id, "queued") == {before.id, after.id}


def test_an_event_relayed_late_counts_from_when_it_happened(shop: CampaignShop) -> None:
    with merchant_scope(shop.merchant.id):
        enrol_member(
            merchant=shop.merchant,
            draft=EnrolDraft(name="Awal", email="awal@example.com", promo_consent=True),
            at=shop.clock.now,
        )
    shop.clock.forward(minutes=1)
    campaign_id = turn_on(shop)
    relay_merchant(merchant=shop.merchant, now=shop.clock.now)
    assert shop.states(campaign_id) == {}
    with merchant_scope(shop.merchant.id):
        assert not OutboxEvent.objects.filter(merchant_id=shop.merchant.id, handled_at__isnull=True).exists()


@pytest.mark.parametrize(
    ("joined", "due"),
    [
        ("2026-11-20T10:00", "2026-11-20T11:00"),
        ("2026-11-20T19:59", "2026-11-20T20:59"),
        ("2026-11-20T20:30", "2026-11-21T07:00"),
        ("2026-11-20T23:30", "2026-11-21T07:00"),
        ("2026-11-21T05:45", "2026-11-21T07:00"),
        ("2026-11-21T06:30", "2026-11-21T07:30"),
    ],
)
def test_quiet_hours_move_a_mail_to_the_morning(shop: CampaignShop, joined: str, due: str) -> None:
    shop.clock.now = datetime.fromisoformat(f"{joined}+07:00") - timedelta(days=2)
    turn_on(shop)
    shop.clock.now = datetime.fromisoformat(f"{joined}+07:00") - timedelta(seconds=1)
    member = join(shop)
    assert due_at(shop, member.id) == datetime.fromisoformat(f"{due}+07:00")


def test_nothing_is_sent_in_the_night_even_when_it_is_due(shop: CampaignShop) -> None:
    campaign_id = turn_on(shop)
    join(shop)
    shop.clock.now = datetime.fromisoformat("2026-11-20T21:30+07:00")
    with smtp_sink() as sink:
        assert shop.send(campaign_id, sink) == 0
        shop.clock.now = datetime.fromisoformat("2026-11-21T07:00+07:00")
        assert shop.send(campaign_id, sink) == 1


def test_a_welcome_that_is_a_day_late_is_not_sent(shop: CampaignShop) -> None:
    campaign_id = turn_on(shop)
    join(shop)
    shop.clock.forward(hours=25, minutes=1)
    with smtp_sink() as sink:
        assert shop.send(campaign_id, sink) == 0
    assert shop.states(campaign_id) == {"cancelled": 1}


def test_who_gave_no_consent_is_left_out_and_control_is_held_back(shop: CampaignShop) -> None:
    campaign_id = turn_on(shop, replace(DRAFT, control_percent=50))
    members = [join(shop, f"Nama{n} Orang") for n in range(12)]
    no_consent = join(shop, "Tanpa Izin", promo_consent=False)
    with merchant_scope(shop.merchant.id):
        held_back = {
            member.id
            for member in members
            if in_control(merchant=shop.merchant, campaign_id=campaign_id, member_id=member.id, control_percent=50)
        }
    assert shop.members_in(campaign_id, "control") == held_back
    assert shop.members_in(campaign_id, "excluded") == {no_consent.id}
    shop.clock.forward(hours=2)
    with smtp_sink() as sink:
        shop.send(campaign_id, sink)
    assert len(sink.messages) == 12 - len(held_back)
    with merchant_scope(shop.merchant.id):
        assert not Coupon.objects.filter(merchant_id=shop.merchant.id, member_id__in=held_back).exists()
        report = campaign_report(merchant=shop.merchant, campaign_id=campaign_id, at=shop.clock.now)
    assert (report.treated.members, report.control.members) == (12 - len(held_back), len(held_back))
    shop.check()


def test_who_joins_after_another_coupon_was_chosen_gets_that_one(shop: CampaignShop) -> None:
    campaign_id = turn_on(shop)
    first = join(shop, "Satu Orang")
    shop.clock.forward(hours=1)
    with smtp_sink() as sink:
        shop.send(campaign_id, sink)
        changed = replace(DRAFT, batch_id=shop.make_coupon())
        with merchant_scope(shop.merchant.id):
            save_automation(
                merchant=shop.merchant, trigger=TriggerName.JOINED, draft=changed, at=shop.clock.now, actor=OWNER
            )
        second = join(shop, "Dua Orang")
        shop.clock.forward(hours=1)
        shop.send(campaign_id, sink)
    with merchant_scope(shop.merchant.id):
        coupons = dict(Coupon.objects.filter(merchant_id=shop.merchant.id).values_list("member_id", "batch_id"))
    assert coupons.keys() == {first.id, second.id}
    assert coupons[first.id] != coupons[second.id]


def test_what_is_wrong_with_a_welcome(shop: CampaignShop) -> None:
    plain = replace(DRAFT, batch_id=None)
    with merchant_scope(shop.merchant.id):
        assert automation_of(merchant=shop.merchant, trigger=TriggerName.JOINED) is None
        with pytest.raises(Missing, match="automation_not_found"):
            turn_on_automation(merchant=shop.merchant, trigger=TriggerName.JOINED, at=NOW, actor=OWNER)
        bad = replace(plain, delay_minutes=99_999, content=MailContent(body="{{ nama }}"), control_percent=80)
        with pytest.raises(BadInput) as refused:
            save_automation(merchant=shop.merchant, trigger=TriggerName.JOINED, draft=bad, at=NOW, actor=OWNER)
        assert {error.pointer for error in refused.value.errors} == {"delay_minutes", "body", "control_percent"}
        save_automation(
            merchant=shop.merchant,
            trigger=TriggerName.JOINED,
            draft=replace(plain, content=MailContent()),
            at=NOW,
            actor=OWNER,
        )
        with pytest.raises(BadInput):
            turn_on_automation(merchant=shop.merchant, trigger=TriggerName.JOINED, at=NOW, actor=OWNER)
        with pytest.raises(WrongState):
            turn_off_automation(merchant=shop.merchant, trigger=TriggerName.JOINED, at=NOW, actor=OWNER)


def test_a_welcome_is_no_campaign(shop: CampaignShop) -> None:
    campaign_id = turn_on(shop)
    with merchant_scope(shop.merchant.id):
        assert campaign_list(merchant=shop.merchant) == []
        with pytest.raises(Missing):
            cancel_campaign(
                merchant=shop.merchant, campaign_id=campaign_id, coupons=CouponsOnCancel.HONOUR, at=NOW, actor=OWNER
            )
        assert pause_for_review(merchant=shop.merchant, now=NOW) == 1
        paused = automation_of(merchant=shop.merchant, trigger=TriggerName.JOINED)
        assert paused is not None
        assert (paused.is_on, paused.on_since) == (False, None)
        with pytest.raises(WrongState):
            turn_off_automation(merchant=shop.merchant, trigger=TriggerName.JOINED, at=NOW, actor=OWNER)
        turn_on_automation(merchant=shop.merchant, trigger=TriggerName.JOINED, at=NOW, actor=OWNER)
        with pytest.raises(WrongState):
            resume_campaign(merchant=shop.merchant, campaign_id=campaign_id, at=NOW, actor=OWNER)


def test_an_event_without_a_handler_is_handled_and_a_failing_one_waits(
    shop: CampaignShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn_on(shop)
    calls: list[int] = []

    def fails_on_the_second(*, merchant: object, events: list[OutboxEventFacts], now: datetime) -> None:
        calls.append(len(events))
        if any(event.subject_id == poison for event in events):
            raise BadInput([])

    poison = new_id()
    subjects = [("sale.recorded", new_id()), *(("member.enrolled", one) for one in (new_id(), poison, new_id()))]
    with merchant_scope(shop.merchant.id):
        for kind, subject_id in subjects:
            enqueue_event(merchant=shop.merchant, kind=kind, subject_id=subject_id, at=NOW)
    monkeypatch.setattr("loyalty.events.HANDLERS", {"member.enrolled": (fails_on_the_second,)})
    relay_merchant(merchant=shop.merchant, now=NOW)
    assert calls == [3, 1, 1, 1]
    with merchant_scope(shop.merchant.id):
        waiting = OutboxEvent.objects.filter(merchant_id=shop.merchant.id, handled_at__isnull=True)
        assert [row.subject_id for row in waiting] == [poison]


def test_a_poison_event_is_tried_alone_stops_after_its_tries_and_waits_for_a_person(
    shop: CampaignShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Meanwhile, and after it was given up, new events are handled: its work is its own."""
    seen: list[UUID] = []
    poison, is_mended = new_id(), False

    def fails_on_poison(*, merchant: object, events: list[OutboxEventFacts], now: datetime) -> None:
        if any(event.subject_id == poison for event in events) and not is_mended:
            raise BadInput([])
        seen.extend(event.subject_id for event in events)

    def happen(subject_id: UUID, at: datetime) -> None:
        with merchant_scope(shop.merchant.id):
            enqueue_event(merchant=shop.merchant, kind="member.enrolled", subject_id=subject_id, at=at)

    monkeypatch.setattr("loyalty.events.HANDLERS", {"member.enrolled": (fails_on_poison,)})
    happen(poison, NOW)
    relayed = []
    for day in range(EVENT_WORK.tries + 5):
        at = NOW + timedelta(days=day)
        relayed.append(new_id())
        happen(relayed[-1], at)
        relay_merchant(merchant=shop.merchant, now=at)
    assert seen == relayed
    with merchant_scope(shop.merchant.id):
        [stopped] = stopped_work(merchant=shop.merchant)
        assert (stopped.attempts, stopped.last_error) == (EVENT_WORK.tries, "BadInput: validation_error")
        assert stopped.given_up_at == NOW + timedelta(days=EVENT_WORK.tries - 1)
        is_mended = True
        retry_work(merchant=shop.merchant, work_id=stopped.id, at=at, actor=OWNER)
    relay_merchant(merchant=shop.merchant, now=at)
    assert seen == [*relayed, poison]
    with merchant_scope(shop.merchant.id):
        assert stopped_work(merchant=shop.merchant) == []
        assert not OutboxEvent.objects.filter(merchant_id=shop.merchant.id, handled_at__isnull=True).exists()


def test_the_events_that_make_work_are_those_that_have_a_handler() -> None:
    assert HANDLERS.keys() == HEARD_EVENTS
