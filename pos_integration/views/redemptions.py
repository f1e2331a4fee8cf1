"""Rewards exchanged for points: the catalogue, taking one, confirming what was held, giving it back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext

from common.errors import BadInput, FieldError, Missing
from ledger.queries import balance
from members.queries import member
from pos_integration.cards import today_of
from pos_integration.fields import UUID_TEXT
from pos_integration.pipeline import Answer, Call
from pos_integration.presentation import redemption_json, reward_json
from pos_integration.serializers import RedemptionSerializer
from pos_integration.views.base import CommandView, ReadView
from rewards.operations import confirm_redemption, redeem_reward, reverse_redemption
from rewards.queries import rewards_for_member


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
        points = balance(merchant=call.merchant, owner_id=asked.id, business_date=today_of(call), at=call.received_at)
        found = rewards_for_member(
            merchant=call.merchant, member_id=asked.id, available=points.available, at=call.received_at
        )
        return {"results": [reward_json(reward) for reward in found], "next": None}


class RedemptionsView(CommandView):
    scopes = {"POST": "redeem"}
    serializer_class = RedemptionSerializer

    def perform(self, call: Call, data: dict[str, Any]) -> Answer:
        taken = redeem_reward(
            merchant=call.merchant,
            till_id=call.till.id,
            member_id=data["member_id"],
            reward_id=data["reward_id"],
            quantity=data["quantity"],
            hold=data["hold"],
            at=call.received_at,
            business_date=today_of(call),
        )
        return Answer(201, redemption_json(taken))


class RedemptionConfirmView(CommandView):
    scopes = {"POST": "redeem"}

    def perform(self, call: Call, data: dict[str, Any]) -> Answer:
        confirmed = confirm_redemption(
            merchant=call.merchant,
            redemption_id=call.path_id("redemption_id", "redemption_not_found"),
            at=call.received_at,
            business_date=today_of(call),
        )
        return Answer(200, redemption_json(confirmed))


class RedemptionReversalView(CommandView):
    scopes = {"POST": "redeem"}

    def perform(self, call: Call, data: dict[str, Any]) -> Answer:
        reversed_one = reverse_redemption(
            merchant=call.merchant,
            redemption_id=call.path_id("redemption_id", "redemption_not_found"),
            at=call.received_at,
            business_date=today_of(call),
        )
        return Answer(200, redemption_json(reversed_one))
