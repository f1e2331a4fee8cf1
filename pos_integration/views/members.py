"""Members at the till: find, enrol, look at, their statement and their coupons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext

from common.errors import BadInput, FieldError, Missing
from common.text import clean_code, clean_phone, is_printable
from enrolment.operations import enrol_at_till
from ledger.queries import entries
from members.facts import Channel, EnrolDraft, MemberFacts, MemberSource, ProfileChanges, Topic
from members.operations import (
    MemberExists,
    confirm_card,
    consent_at_till,
    count_name_search,
    edit_at_till,
    note_shown_card,
)
from members.queries import (
    FEWEST_LETTERS,
    can_be_searched,
    find_shown,
    household_of,
    member,
    members_named,
)
from members.rules import mask_name
from merchants.facts import Actor
from pos_integration.cards import card_of, knows_by_waiting_card, today_of
from pos_integration.code_gate import (
    count_search_by_name,
    count_unknown_identifier,
    leave_trace_of_closed_searches,
    refuse_look_ups,
    refuse_unknown_identifiers,
)
from pos_integration.cursors import read_cursor, read_limit, write_cursor
from pos_integration.names import offers_of
from pos_integration.pipeline import Answer, Call, SentAnswer
from pos_integration.presentation import (
    coupons_with_conditions_json,
    entry_json,
    member_json,
    named_member_json,
    warnings_json,
)
from pos_integration.serializers import (
    CardConfirmSerializer,
    ConsentSerializer,
    EnrolSerializer,
    MemberChangeSerializer,
)
from pos_integration.views.base import ChangeView, CommandView, ReadView
from rewards.coupons.queries import coupons_of_member
from sales.rules import believed_time

LONGEST_IDENTIFIER = 254
LONGEST_NAME = 80
_DRAFT_FIELDS: Final = {"household_of": "household_of_id"}


class MembersView(CommandView, ReadView):
    """`GET` finds one member by what they show or say, or lists a few by name; `POST` enrols one."""

    http_method_names = ["get", "head", "post"]
    scopes = {"GET": "read_members", "POST": "record_sales"}
    query_parameters = frozenset({"identifier", "name"})
    serializer_class = EnrolSerializer

    def read(self, call: Call) -> Mapping[str, Any]:
        if {"identifier", "name"} <= call.query.keys():
            raise BadInput([FieldError("?name", "ambiguous", gettext("Send either identifier or name, not both."))])
        if "name" in call.query:
            return _list_by_name(call, call.query["name"])
        written = call.query.get("identifier", "")
        if not written:
            words = gettext("Send what the member showed or said: phone, number, card, QR token or e-mail.")
            raise BadInput([FieldError("?identifier", "required", words)])
        identifier = clean_phone(written)
        if len(written) > LONGEST_IDENTIFIER or not is_printable(identifier):
            raise Missing("member_not_found")
        refuse_unknown_identifiers(call, identifier)
        shown = find_shown(merchant=call.merchant, identifier=identifier)
        found = member(merchant=call.merchant, member_id=shown.member_id)
        note_shown_card(
            merchant=call.merchant,
            till_id=call.credential.till_id,
            shown=replace(shown, member_id=found.id),
            at=call.received_at,
        )
        sharing = [] if shown.is_waiting else household_of(merchant=call.merchant, holder_id=found.id)
        return {
            "member": member_json(card_of(call, found, by_waiting_card=shown.is_waiting)),
            "household": [{"id": each.id, "name_masked": mask_name(each.name)} for each in sharing],
        }

    def settle_read(self, call: Call) -> None:
        leave_trace_of_closed_searches(call)

    def perform(self, call: Call, data: dict[str, Any]) -> Answer:
        time = believed_time(data.get("occurred_at"), call.received_at, call.device_at)
        draft = _enrol_draft(call, data, joined_at=min(time.at, call.received_at) if "occurred_at" in data else None)
        enrolled = enrol_at_till(
            merchant=call.merchant, till_id=call.credential.till_id, draft=draft, at=call.received_at
        )
        warnings = [
            *_referral_warnings(data.get("referral_code", ""), enrolled),
            *_consent_warnings(draft, enrolled),
            *warnings_json(time.warnings, call.merchant, call.language),
        ]
        shown = member_json(card_of(call, enrolled, hands_out_card=True))
        return Answer(201, {"member": shown, "warnings": warnings})


def _enrol_draft(call: Call, data: Mapping[str, Any], *, joined_at: datetime | None) -> EnrolDraft:
    fields = {_DRAFT_FIELDS.get(name, name): value for name, value in data.items() if name != "occurred_at"}
    return EnrolDraft(**fields, source=MemberSource.TILL, outlet_id=call.till.outlet.id, joined_at=joined_at)


def _list_by_name(call: Call, name: str) -> Mapping[str, Any]:
    """List a few members, masked: who knows the customer by name asks them for the digits that are not shown."""
    if len(name) > LONGEST_NAME:
        words = gettext("This text is too long: at most {high} characters.").format(high=LONGEST_NAME)
        raise BadInput([FieldError("?name", "long", words)])
    if not can_be_searched(name):
        words = gettext("Write at least %(count)s letters of the name.") % {"count": FEWEST_LETTERS}
        raise BadInput([FieldError("?name", "short", words)])
    count_search_by_name(call)
    found = members_named(merchant=call.merchant, name=name)
    count_name_search(
        merchant=call.merchant, till_id=call.credential.till_id, business_date=today_of(call), shown=len(found)
    )
    return {"results": [named_member_json(each) for each in found], "next": None}


def _consent_warnings(draft: EnrolDraft, enrolled: MemberFacts) -> list[dict[str, str]]:
    """Say that a child joined without the consent that was sent."""
    if not draft.promo_consent or enrolled.promo_email:
        return []
    words = gettext("Under 18: the consent was not taken. A parent or guardian agrees at the store first.")
    return [{"code": "guardian_needed", "message": words}]


def _referral_warnings(code: str, enrolled: MemberFacts) -> list[dict[str, str]]:
    """Return the warning about a friend's code that does not work; unknown and blocked look alike."""
    if not clean_code(code) or enrolled.referred:
        return []
    words = gettext("No member has this referral code; the member joined without it.")
    return [{"code": "referral_code_unknown", "message": words}]


class MemberView(ChangeView, ReadView):
    """`GET` looks at one member; `PATCH` corrects what is known of them.

    A phone or an address that a `PATCH` changes counts as a look-up that found no one, and while look-ups are closed
    none is taken, not even the member's own: which one is taken would tell who is known.
    """

    http_method_names = ["get", "head", "patch"]
    scopes = {"GET": "read_members", "PATCH": "members:write"}
    serializer_class = MemberChangeSerializer

    def read(self, call: Call) -> Mapping[str, Any]:
        found = member_in_path(call)
        return {"member": member_json(card_of(call, found, by_waiting_card=knows_by_waiting_card(call, found.id)))}

    def perform(self, call: Call, data: dict[str, Any]) -> Answer:
        named = [name for name in ("phone", "email") if data.get(name)]
        if not named:
            changed = self._change_member(call, data)
            return Answer(200, {"member": member_json(card_of(call, changed))})
        refuse_look_ups(call)
        before = member_in_path(call)
        try:
            changed = self._change_member(call, data)
        except MemberExists:
            call.asked_contacts = 1  # the change stopped at the first contact that is taken
            raise
        call.asked_contacts = sum(getattr(changed, name) != getattr(before, name) for name in named)
        return Answer(200, {"member": member_json(card_of(call, changed))})

    def _change_member(self, call: Call, data: dict[str, Any]) -> MemberFacts:
        return edit_at_till(
            merchant=call.merchant,
            till_id=call.credential.till_id,
            member_id=call.path_id("member_id", "member_not_found"),
            changes=ProfileChanges(**data),
            actor=till_actor(call),
            at=call.received_at,
            business_date=today_of(call),
        )

    def settle(self, call: Call, data: dict[str, Any], sent: SentAnswer) -> None:
        for _ in range(call.asked_contacts):
            count_unknown_identifier(call.credential, at=call.received_at)


class ConsentsView(CommandView):
    """The cashier read the wording out, and the member said yes or no."""

    scopes = {"POST": "members:write"}
    serializer_class = ConsentSerializer

    def perform(self, call: Call, data: dict[str, Any]) -> Answer:
        asked = consent_at_till(
            merchant=call.merchant,
            till_id=call.credential.till_id,
            member_id=call.path_id("member_id", "member_not_found"),
            topic=Topic(data["topic"]),
            channel=Channel(data["channel"]),
            granted=data["given"],
            text_version=data["wording_version"],
            actor=till_actor(call),
            at=call.received_at,
        )
        return Answer(200, {"member": member_json(card_of(call, asked))})


class CardConfirmView(CommandView):
    """The cashier has seen the person who shows a waiting card: from now on it is the member's card."""

    scopes = {"POST": "members:write"}
    serializer_class = CardConfirmSerializer

    def perform(self, call: Call, data: dict[str, Any]) -> Answer:
        member_id = confirm_card(
            merchant=call.merchant,
            member_id=call.path_id("member_id", "member_not_found"),
            token=data["token"],
            at=call.received_at,
            actor=till_actor(call),
        )
        confirmed = member(merchant=call.merchant, member_id=member_id)
        return Answer(200, {"member": member_json(card_of(call, confirmed))})


class MemberLedgerView(ReadView):
    scopes = {"GET": "read_members"}
    query_parameters = frozenset({"cursor", "limit"})

    def read(self, call: Call) -> Mapping[str, Any]:
        limit, before = read_limit(call.query), read_cursor(call.query)
        owner_id = member_in_path(call).id
        if knows_by_waiting_card(call, owner_id):
            return {"results": [], "next": None}
        found = entries(merchant=call.merchant, owner_id=owner_id, before=before, limit=limit + 1)
        shown = found[:limit]
        return {
            "results": [entry_json(entry) for entry in shown],
            "next": write_cursor(shown[-1].cursor) if len(found) > limit else None,
        }


class MemberCouponsView(ReadView):
    """The member's coupons with what each asks for, as `/coupons/check` lists it."""

    scopes = {"GET": "read_members"}

    def read(self, call: Call) -> Mapping[str, Any]:
        member_id = member_in_path(call).id
        if knows_by_waiting_card(call, member_id):
            return {"results": [], "next": None}
        found = coupons_of_member(
            merchant=call.merchant, member_id=member_id, at=call.received_at, today=today_of(call)
        )
        offers = offers_of(call.merchant, found, at=call.received_at)
        shown = coupons_with_conditions_json(found, offers, currency=call.merchant.currency, language=call.language)
        return {"results": shown, "next": None}


def till_actor(call: Call) -> Actor:
    """Return as whom the audit trail names the till."""
    return Actor(user_id=None, label=call.till.name)


def member_in_path(call: Call) -> MemberFacts:
    """Return the member. Raises Missing('member_not_found') for foreign, random and malformed ids alike."""
    return member(merchant=call.merchant, member_id=call.path_id("member_id", "member_not_found"))
