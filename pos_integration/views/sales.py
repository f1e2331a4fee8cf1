"""Sales and what happens to them: recorded, looked up, claimed, returned by line, voided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext
from rest_framework.exceptions import ValidationError

from common.errors import BadInput, FieldError, Missing
from common.ids import uuid_or_none
from common.secrets import is_guessable, keyed_hash, normalise_code
from common.text import clean_reference, is_visible
from members.queries import IdentifierUnknown, find_member_id
from merchants.tenancy import merchant_scope
from pos_integration.cards import knows_by_waiting_card, today_of, told_by_waiting_card
from pos_integration.code_gate import (
    are_look_ups_closed,
    count_unknown_identifier,
    refuse_guesses,
    refuse_look_ups,
    unknown_codes_in,
)
from pos_integration.cursors import bad_cursor, read_cursor, read_limit, write_cursor
from pos_integration.drafts import receipt_fingerprint, refund_draft, sale_draft
from pos_integration.fields import MAX_REFERENCE, Day
from pos_integration.names import decision_names, offers_of
from pos_integration.pipeline import Answer, Call, SentAnswer
from pos_integration.presentation import (
    NO_OFFERS,
    parked_return_json,
    refund_json,
    sale_json,
    till_day_json,
    till_receipt_json,
)
from pos_integration.problems import ProblemError
from pos_integration.retries import run_retrying
from pos_integration.serializers import ClaimSerializer, RefundSerializer, SaleSerializer, VoidSerializer
from pos_integration.views.base import CommandView, ReadView
from pos_integration.views.quotes import CartView, codes_in, members_known_by_waiting_card
from pos_integration.withheld_members import (
    hide_member_in_refund,
    hide_withheld_buyer,
    hide_withheld_member,
    hide_withheld_owners,
)
from sales.facts import ParkedReturnFacts, SaleFacts, SaleWarning
from sales.operations import claim_sale, record_sale, refund_or_park, void_or_park
from sales.queries import (
    parked_returns_of,
    receipts_of_till_day,
    refunds_of_sale,
    reserved_codes,
    reserved_member,
    sale_by_reference,
    sale_facts,
    sale_for_receipt,
    till_day,
    withholds_member,
)

PARKED: Final = {"parked": True}


class SalesView(CartView, ReadView):
    http_method_names = ["get", "head", "post"]
    scopes = {"GET": "record_sales", "POST": "record_sales"}
    query_parameters = frozenset({"reference", "business_date", "cursor", "limit"})
    serializer_class = SaleSerializer

    def read(self, call: Call) -> Mapping[str, Any]:
        """Return one sale by its number, also one that no path can hold; without a number the receipts of a day."""
        business_date = _read_day(call) or today_of(call)
        if "reference" not in call.query:
            return _day_answer(call, business_date)
        reference = _read_reference(call.query["reference"])
        row = sale_for_receipt(merchant=call.merchant, till_id=call.credential.till_id, reference=reference)
        if "business_date" in call.query and row.business_date != business_date:
            raise Missing("sale_not_found")
        return _sale_answer(call, sale_facts(merchant=call.merchant, row=row, now=call.received_at))

    def admit_identifier(self, call: Call, data: dict[str, Any]) -> None:
        """Admit what was paid in any case, and the member of a quote that was reserved, who was asked about before."""
        if are_look_ups_closed(call, data["identifier"]) and not self._names_member_of_quote(call, data):
            if not call.is_paid:
                refuse_look_ups(call)
            call.withholds_member = True

    def _names_member_of_quote(self, call: Call, data: dict[str, Any]) -> bool:
        def ask() -> bool:
            with merchant_scope(call.merchant.id):
                till_id = call.credential.till_id
                reserved = reserved_member(merchant=call.merchant, till_id=till_id, quote_id=data["quote_id"])
                if reserved is None:
                    return False
                try:
                    return find_member_id(merchant=call.merchant, identifier=data["identifier"]) == reserved
                except IdentifierUnknown:
                    return False

        return "quote_id" in data and run_retrying(ask)

    def admit_codes(self, call: Call, data: dict[str, Any]) -> None:
        """Admit codes that a quote of this till holds: they were checked when they were reserved.

        A sale that is paid waits for no code. While none is looked at, a person has to look at those that anyone might
        have guessed.
        """
        try:
            refuse_guesses(call, codes_in(data), is_paid=call.is_paid)
        except ProblemError:
            doubtful = self._find_not_reserved(call, data)
            if doubtful and not call.is_paid:
                raise
            call.unchecked_codes = frozenset(code for code in doubtful if is_guessable(code))

    def _find_not_reserved(self, call: Call, data: dict[str, Any]) -> list[str]:
        """Return the codes of the sale that its quote does not hold."""
        if "quote_id" not in data:
            return codes_in(data)
        coupons, gift_cards = self._load_reserved_codes(call, data["quote_id"])
        shown = [code for code in data.get("coupon_codes", ()) if code not in coupons]
        for code in data.get("gift_card_codes", ()):
            if keyed_hash(call.merchant.id, normalise_code(code)).hex() not in gift_cards:
                shown.append(code)
        return shown

    def _load_reserved_codes(self, call: Call, quote_id: UUID) -> tuple[set[str], set[str]]:
        def ask() -> tuple[set[str], set[str]]:
            with merchant_scope(call.merchant.id):
                return reserved_codes(merchant=call.merchant, till_id=call.credential.till_id, quote_id=quote_id)

        return run_retrying(ask)

    def perform_cart(self, call: Call, data: dict[str, Any]) -> Answer:
        recorded = record_sale(
            merchant=call.merchant,
            till=call.till,
            draft=sale_draft(data, call=call),
            received_at=call.received_at,
        )
        if call.is_paid and recorded.created:
            _note_guesses(call, data, recorded.sale.warnings)
        body = _sale_answer(call, recorded.sale, by_waiting_card=recorded.by_waiting_card)
        return Answer(201 if recorded.created else 200, body, natural=not recorded.created)

    def find_done(self, call: Call, data: dict[str, Any], was_recorded: bool) -> Answer | None:
        """Return the sale that the till recorded after it was refused: the same receipt with the same content."""
        try:
            row = sale_for_receipt(merchant=call.merchant, till_id=call.credential.till_id, reference=data["reference"])
        except Missing:
            return None
        if not was_recorded and bytes(row.request_fingerprint) != receipt_fingerprint(data):
            return None
        sale = sale_facts(merchant=call.merchant, row=row, now=call.received_at)
        return Answer(200, _sale_answer(call, sale), natural=True)

    def settle(self, call: Call, data: dict[str, Any], sent: SentAnswer) -> None:
        super().settle(call, data, sent)
        if call.is_member_unknown and data["identifier"] not in call.counted_identifiers:
            call.counted_identifiers.add(data["identifier"])
            count_unknown_identifier(call.credential, at=call.received_at)


def _note_guesses(call: Call, data: Mapping[str, Any], warnings: Iterable[SaleWarning]) -> None:
    """Note what a paid sale named in vain: it is not refused, and counts like the guesses of one that is."""
    said = list(warnings)
    call.unknown_codes = unknown_codes_in(
        [(one.facts["code"], one.facts["reason"]) for one in said if one.code == "coupon_not_applied"],
        [(one.facts["code_masked"], one.facts["reason"]) for one in said if one.code == "gift_card_skipped"],
        data.get("gift_card_codes", ()),
    )
    call.is_member_unknown = "identifier" in data and any(one.code == "member_unknown" for one in said)


class SaleView(ReadView):
    scopes = {"GET": "record_sales"}

    def read(self, call: Call) -> Mapping[str, Any]:
        row = sale_by_reference(
            merchant=call.merchant, till_id=call.credential.till_id, reference=reference_in_path(call)
        )
        return _sale_answer(call, sale_facts(merchant=call.merchant, row=row, now=call.received_at))


class SaleClaimView(CommandView):
    """A claim of a sale of which the till does not learn whether it has a member counts as a look-up: it would tell."""

    scopes = {"POST": "record_sales"}
    serializer_class = ClaimSerializer

    def perform(self, call: Call, data: dict[str, Any]) -> Answer:
        row = sale_by_reference(
            merchant=call.merchant, till_id=call.credential.till_id, reference=reference_in_path(call)
        )
        if withholds_member(row):
            refuse_look_ups(call)
            call.is_member_unknown = True
        claimed = claim_sale(
            merchant=call.merchant,
            till=call.till,
            reference=reference_in_path(call),
            member_id=data["member_id"],
            at=call.received_at,
        )
        return Answer(200, _sale_answer(call, claimed))

    def settle(self, call: Call, data: dict[str, Any], sent: SentAnswer) -> None:
        if call.is_member_unknown:
            count_unknown_identifier(call.credential, at=call.received_at)


class SaleRefundsView(CommandView, ReadView):
    http_method_names = ["get", "head", "post"]
    scopes = {"GET": "record_sales", "POST": "record_sales"}
    serializer_class = RefundSerializer

    def read(self, call: Call) -> Mapping[str, Any]:
        reference = reference_in_path(call)
        parked = parked_returns_of(merchant=call.merchant, till_id=call.credential.till_id, reference=reference)
        waiting = [parked_return_json(one, call.merchant, call.language) for one in parked]
        try:
            row = sale_by_reference(merchant=call.merchant, till_id=call.credential.till_id, reference=reference)
        except Missing:
            if not waiting:
                raise
            return {"results": waiting, "next": None}
        found = refunds_of_sale(merchant=call.merchant, sale_id=row.id)
        if withholds_member(row):
            found = [hide_member_in_refund(one) for one in found if one.lines]
        waits = row.member_id is not None and knows_by_waiting_card(call, row.member_id)
        applied = [refund_json(one, call.merchant, call.language, by_waiting_card=waits) for one in found]
        return {"results": [*applied, *waiting], "next": None}

    def perform(self, call: Call, data: dict[str, Any]) -> Answer:
        recorded = refund_or_park(
            merchant=call.merchant,
            till=call.till,
            reference=reference_in_path(call),
            draft=refund_draft(data, device_at=call.device_at),
            received_at=call.received_at,
        )
        if isinstance(recorded, ParkedReturnFacts):
            return Answer(202, PARKED, natural=not recorded.created)
        member, refund = recorded.sale.member, recorded.refund
        if recorded.sale.withholds_member:
            refund = hide_member_in_refund(refund)
        waits = member is not None and knows_by_waiting_card(call, member.id)
        body = {
            "refund": refund_json(refund, call.merchant, call.language, by_waiting_card=waits),
            "sale": _sale_answer(call, recorded.sale, by_waiting_card=waits),
        }
        return Answer(201 if recorded.created else 200, body, natural=not recorded.created)


class SaleVoidView(CommandView):
    scopes = {"POST": "record_sales"}
    serializer_class = VoidSerializer

    def perform(self, call: Call, data: dict[str, Any]) -> Answer:
        voided = void_or_park(
            merchant=call.merchant,
            till=call.till,
            reference=reference_in_path(call),
            reason=data.get("reason", ""),
            received_at=call.received_at,
            occurred_at=data.get("occurred_at"),
            device_at=call.device_at,
        )
        if isinstance(voided, ParkedReturnFacts):
            return Answer(202, PARKED, natural=not voided.created)
        return Answer(200, _sale_answer(call, voided.sale))


def reference_in_path(call: Call) -> str:
    """Return this till's receipt number or a sale's id; what can be neither does not exist. Raises Missing."""
    return _read_reference(call.path["reference"])


def _read_reference(text: str) -> str:
    """Return the number in the form in which numbers are compared. Raises Missing."""
    reference = clean_reference(text)
    if not reference or len(reference) > MAX_REFERENCE or not is_visible(reference):
        raise Missing("sale_not_found")
    return reference


def _read_day(call: Call) -> date | None:
    """Return the business day asked for, None where none is. Raises BadInput."""
    if "business_date" not in call.query:
        return None
    try:
        day: date = Day().run_validation(call.query["business_date"])
        return day
    except ValidationError:
        words = gettext("Send a day that exists, as YYYY-MM-DD.")
        raise BadInput([FieldError("?business_date", "type", words)]) from None


def _day_answer(call: Call, business_date: date) -> dict[str, Any]:
    """Return the till's receipts of the day, and totals that do not depend on the page."""
    limit, place = read_limit(call.query), read_cursor(call.query)
    before = uuid_or_none(place or "")
    if place is not None and before is None:
        raise bad_cursor()
    till_id = call.credential.till_id
    found = receipts_of_till_day(
        merchant=call.merchant, till_id=till_id, business_date=business_date, before=before, limit=limit + 1
    )
    shown = found[:limit]
    return {
        **till_day_json(till_day(merchant=call.merchant, till_id=till_id, business_date=business_date)),
        "results": [till_receipt_json(hide_withheld_buyer(receipt)) for receipt in shown],
        "next": write_cursor(str(shown[-1].id)) if len(found) > limit else None,
    }


def _sale_answer(call: Call, sale: SaleFacts, *, by_waiting_card: bool | None = None) -> dict[str, Any]:
    """Return the receipt as this till may read it; `by_waiting_card` None: whether it knows the member so is asked."""
    sale = hide_withheld_member(replace(sale, returns=hide_withheld_owners(sale.returns)))
    waits = bool(by_waiting_card) and sale.member is not None
    if by_waiting_card is None and sale.member is not None:
        waits = knows_by_waiting_card(call, sale.member.id)
    if waits:
        told = told_by_waiting_card(call, sale.outcome.decisions)
        sale = replace(sale, outcome=replace(sale.outcome, decisions=told))
    names = decision_names(call.merchant, sale.outcome.decisions)
    waiting = members_known_by_waiting_card(call, sale.returns)
    return sale_json(
        sale,
        merchant=call.merchant,
        language=call.language,
        today=today_of(call),
        names=names,
        offers=NO_OFFERS if waits else offers_of(call.merchant, sale.coupons_issued, at=call.received_at),
        by_waiting_card=waits,
        waiting=waiting,
    )
