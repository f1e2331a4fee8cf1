"""Rewards exchanged for points: the catalogue, taking one, confirming what was held, handing over, giving it back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext

from common.errors import BadInput, FieldError, Missing
from ledger.queries import balance
from members.queries import member, members_by_id, redeemable_points
from merchants.facts import Actor
from pos_integration.cards import knows_by_waiting_card, today_of
from pos_integration.code_gate import guarded_member_code, leave_trace_of_closed_codes
from pos_integration.cursors import read_cursor, read_limit, write_cursor
from pos_integration.fields import UUID_TEXT
from pos_integration.names import offers_of
from pos_integration.pipeline import Answer, Call, SentAnswer
from pos_integration.presentation import redemption_json, reward_json, waiting_gift_json
from pos_integration.serializers import HandoverSerializer, RedemptionSerializer
from pos_integration.views.base import CommandView, ReadView
from rewards.catalogue.facts import Fulfilment, Handover, RedemptionFacts, RewardFacts
from rewards.catalogue.operations import confirm_redemption, hand_over, redeem_reward, reverse_redemption
from rewards.catalogue.queries import fulfilment_queue, redemption, rewards_for_member, taken_reward


class RewardsView(ReadView):
    scopes = {"GET": "read_members"}
    query_parameters = frozenset({"member_id"})

    def read(self, call: Call) -> Mapping[str, Any]:
        text = call.query.get("member_id", "")
        if not text:
            raise BadInput([FieldError("?member_id", "required", gettext("Send the id of the member."))])
        if not UUID_TEXT.fullmatch(text):
            raise Missing("member_not_found")
        asked = member(merchant=call.merchant, member_id=UUID(text))
        if knows_by_waiting_card(call, asked.id):
            return {"results": [], "next": None}
        today = today_of(call)
        points = balance(merchant=call.merchant, owner_id=asked.id, business_date=today, at=call.received_at)
        available = redeemable_points(
            merchant=call.merchant, member=asked, points=points, business_date=today, at=call.received_at
        )
        found = rewards_for_member(
            merchant=call.merchant, member=asked, available=available, at=call.received_at, today=today
        )
        return {"results": [reward_json(r, picture_url=_picture_url(call, r)) for r in found], "next": None}


def _require_known_list(query: Mapping[str, str]) -> None:
    """Refuse lists other than that of the gifts that wait at the till's own outlet. Raises BadInput."""
    for name, only in (("outlet", "here"), ("state", "waiting")):
        if query.get(name, only) != only:
            words = gettext("The only list there is has the value '%(only)s'; send it or leave it out.")
            raise BadInput([FieldError(f"?{name}", "choice", words % {"only": only})])


def _picture_url(call: Call, reward: RewardFacts) -> str | None:
    if not reward.picture_hash:
        return None
    return reverse("member_pages:picture", args=[call.merchant.slug, reward.id, reward.picture_hash])


def _describe_redemption(call: Call, taken: RedemptionFacts) -> dict[str, Any]:
    waits = knows_by_waiting_card(call, taken.member_id)
    brought = () if waits or taken.coupon is None else (taken.coupon,)
    offers = offers_of(call.merchant, brought, at=call.received_at)
    return redemption_json(
        taken, currency=call.merchant.currency, language=call.language, offers=offers, by_waiting_card=waits
    )


class RedemptionsView(CommandView, ReadView):
    """`GET` lists the gifts that wait here for their members; `POST` exchanges points for a reward."""

    http_method_names = ["get", "head", "post"]
    scopes = {"GET": "redeem", "POST": "redeem"}
    query_parameters = frozenset({"outlet", "state", "cursor", "limit"})
    serializer_class = RedemptionSerializer

    def read(self, call: Call) -> Mapping[str, Any]:
        _require_known_list(call.query)
        queue = fulfilment_queue(
            merchant=call.merchant,
            states=(Fulfilment.REQUESTED, Fulfilment.READY),
            outlet_id=call.till.outlet.id,
            handover=Handover.PICKUP,
            after=read_cursor(call.query),
            limit=read_limit(call.query),
        )
        owners = members_by_id(merchant=call.merchant, member_ids=[gift.member_id for gift in queue.taken])
        return {
            "results": [waiting_gift_json(gift, owners[gift.member_id]) for gift in queue.taken],
            "next": write_cursor(queue.next_after) if queue.next_after else None,
        }

    def perform(self, call: Call, data: dict[str, Any]) -> Answer:
        code = data.get("verification_code")
        with guarded_member_code(call, member_id=data["member_id"], code=code):
            taken = redeem_reward(
                merchant=call.merchant,
                till_id=call.till.id,
                outlet_id=call.till.outlet.id,
                member_id=data["member_id"],
                reward_id=data["reward_id"],
                quantity=data["quantity"],
                hold=data["hold"],
                at=call.received_at,
                business_date=today_of(call),
                code=code,
                pickup_outlet_id=data.get("pickup_outlet_id"),
            )
        return Answer(201, _describe_redemption(call, taken))

    def settle(self, call: Call, data: dict[str, Any], sent: SentAnswer) -> None:
        leave_trace_of_closed_codes(call)


class RedemptionConfirmView(CommandView):
    scopes = {"POST": "redeem"}

    def perform(self, call: Call, data: dict[str, Any]) -> Answer:
        confirmed = confirm_redemption(
            merchant=call.merchant,
            redemption_id=call.path_id("redemption_id", "redemption_not_found"),
            at=call.received_at,
            business_date=today_of(call),
        )
        return Answer(200, _describe_redemption(call, confirmed))


class RedemptionHandoverView(CommandView):
    scopes = {"POST": "redeem"}
    serializer_class = HandoverSerializer

    def perform(self, call: Call, data: dict[str, Any]) -> Answer:
        merchant, today = call.merchant, today_of(call)
        redemption_id = call.path_id("redemption_id", "redemption_not_found")
        hand_over(
            merchant=merchant,
            redemption_id=redemption_id,
            at=call.received_at,
            actor=Actor(user_id=None, label=call.till.name),
            till_id=call.till.id,
            note=data.get("note", ""),
        )
        owner_id = taken_reward(merchant=merchant, redemption_id=redemption_id).member_id
        points = balance(merchant=merchant, owner_id=owner_id, business_date=today, at=call.received_at)
        handed = redemption(
            merchant=merchant,
            redemption_id=redemption_id,
            points_balance=points.points_balance,
            at=call.received_at,
            today=today,
        )
        return Answer(200, _describe_redemption(call, handed))


class RedemptionReversalView(CommandView):
    scopes = {"POST": "redeem"}

    def perform(self, call: Call, data: dict[str, Any]) -> Answer:
        reversed_one = reverse_redemption(
            merchant=call.merchant,
            redemption_id=call.path_id("redemption_id", "redemption_not_found"),
            at=call.received_at,
            business_date=today_of(call),
            actor=Actor(user_id=None, label=call.till.name),
            till_id=call.till.id,
        )
        return Answer(200, _describe_redemption(call, reversed_one))
