"""What a cart would cost and earn; with `reserve` what it asks for is held."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from common.errors import Refusal
from members.queries import find_member_id
from pos_integration.authentication import require_scope_of_key
from pos_integration.cards import knows_by_waiting_card
from pos_integration.code_gate import (
    count_wrong_codes,
    guarded_member_code,
    leave_trace_of_closed_codes,
    refuse_guesses,
    refuse_unknown_identifiers,
    refused_codes,
    unknown_codes_in,
)
from pos_integration.drafts import quote_draft
from pos_integration.names import decision_names
from pos_integration.pipeline import Answer, Call, SentAnswer
from pos_integration.presentation import quote_json
from pos_integration.serializers import QuoteSerializer
from pos_integration.views.base import CommandView
from pos_integration.withheld_members import hide_withheld_owners
from rewards.promotions.queries import live_promotions
from sales.facts import ExchangedReturn
from sales.operations import quote_cart, release_quote


class CartView(CommandView):
    """A POST with a cart: redeeming asks for its own scope, coupon and gift card codes pass the throttle."""

    def admit(self, call: Call, data: dict[str, Any]) -> None:
        codes = data.get("coupon_codes") or data.get("gift_card_codes")
        if codes or data["redeem_points"] or data["redeem_wallet_amount"]:
            require_scope_of_key(call.credential, "redeem")
        if codes:
            self.admit_codes(call, data)
        if "identifier" in data:
            self.admit_identifier(call, data)

    def admit_identifier(self, call: Call, data: dict[str, Any]) -> None:
        refuse_unknown_identifiers(call, data["identifier"])

    def admit_codes(self, call: Call, data: dict[str, Any]) -> None:
        refuse_guesses(call, codes_in(data))

    def perform(self, call: Call, data: dict[str, Any]) -> Answer:
        code = data.get("verification_code")
        try:
            # Where it was paid, a wrong code refuses nothing, so nothing is won by trying one.
            owner = _member_of(call, data) if code and not call.is_paid else None
            with guarded_member_code(call, member_id=owner, code=code):
                return self.perform_cart(call, data)
        except Refusal as refusal:
            call.unknown_codes = unknown_codes_in(
                refused_codes(refusal, "coupons", "code"),
                refused_codes(refusal, "gift_cards", "code_masked"),
                data.get("gift_card_codes", ()),
            )
            raise

    def perform_cart(self, call: Call, data: dict[str, Any]) -> Answer:
        raise NotImplementedError

    def settle(self, call: Call, data: dict[str, Any], sent: SentAnswer) -> None:
        count_wrong_codes(call)
        leave_trace_of_closed_codes(call)


def codes_in(data: Mapping[str, Any]) -> list[str]:
    """Return the codes of coupons and gift cards that come with a cart."""
    return [*data.get("coupon_codes", ()), *data.get("gift_card_codes", ())]


def members_known_by_waiting_card(call: Call, returns: Iterable[ExchangedReturn]) -> frozenset[UUID]:
    """Return whose goods were handed back, of those whom this till knows by a card that waits."""
    owners = {one.member_id for one in returns if one.member_id is not None}
    return frozenset(owner for owner in owners if knows_by_waiting_card(call, owner))


def _member_of(call: Call, data: Mapping[str, Any]) -> UUID | None:
    """Return whose code comes with it. Raises Missing('member_not_found')."""
    if "identifier" in data:
        return find_member_id(merchant=call.merchant, identifier=data["identifier"])
    found: UUID | None = data.get("member_id")
    return found


class QuotesView(CartView):
    scopes = {"POST": "record_sales"}
    serializer_class = QuoteSerializer

    def is_stored(self, data: Mapping[str, Any]) -> bool:
        return bool(data["reserve"])

    def perform_cart(self, call: Call, data: dict[str, Any]) -> Answer:
        draft = quote_draft(data, device_at=call.device_at)
        quoted = quote_cart(merchant=call.merchant, till=call.till, draft=draft, at=call.received_at)
        quoted = replace(quoted, returns=hide_withheld_owners(quoted.returns))
        call.unknown_codes = unknown_codes_in(
            [(coupon.code, coupon.reason) for coupon in quoted.outcome.coupons],
            [(card.code_masked, card.reason) for card in quoted.gift_cards],
            data.get("gift_card_codes", ()),
        )
        named = live_promotions(merchant=call.merchant, at=call.received_at) if quoted.outcome.hints else ()
        names = decision_names(call.merchant, quoted.outcome.decisions)
        shown = quote_json(
            quoted,
            merchant=call.merchant,
            language=call.language,
            names=names,
            promotions=named,
            waiting=members_known_by_waiting_card(call, quoted.returns),
        )
        return Answer(200, shown)


class QuoteReleaseView(CommandView):
    scopes = {"POST": "record_sales"}

    def perform(self, call: Call, data: dict[str, Any]) -> Answer:
        quote_id = call.path_id("quote_id", "quote_not_found")
        release_quote(merchant=call.merchant, till=call.till, quote_id=quote_id, at=call.received_at)
        return Answer(204, None)
