"""The bodies a till sends: read strictly, never written. Each names its unknown fields instead of dropping them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any, ClassVar, Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.fields import empty

from common.quantities import MAX_AMOUNT
from members.facts import Topic
from members.wording import CONSENT_CHANNELS
from pos_integration.bill_errors import MAX_ROUNDING, bill_errors
from pos_integration.fields import (
    NULL,
    REQUIRED,
    Attributes,
    Choice,
    Code,
    Day,
    Id,
    Instant,
    MeasureField,
    Reference,
    Text,
    WholeNumber,
    YesNo,
)
from products.facts import MAX_PRODUCTS_AT_ONCE

MAX_LINES: Final = 500
MAX_COUPONS: Final = 20
MAX_UNKNOWN: Final = 20
MAX_RETURNS: Final = 20
_LIST_MESSAGES: Final[dict[str, Any]] = {
    "required": REQUIRED,
    "null": NULL,
    "not_a_list": _("This must be a list in square brackets."),
    "empty": _("This list is empty: at least one entry."),
    "min_length": _("This list is too short: at least {min_length} entries."),
    "max_length": _("This list is too long: at most {max_length} entries."),
}


class StrictSerializer(serializers.Serializer[Any]):
    """An object that may have exactly the fields it declares. Optional fields that are null count as absent.

    Of `alternatives` at least one must be there; the two of `not_together` exclude each other. `refers_to` are those
    whose components its fields name without holding them.
    """

    alternatives: ClassVar[tuple[str, ...]] = ()
    not_together: ClassVar[tuple[str, ...]] = ()
    refers_to: ClassVar[tuple[type[StrictSerializer], ...]] = ()

    default_error_messages = {
        "required": REQUIRED,
        "null": NULL,
        "invalid": _("This must be an object in curly brackets."),
    }

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise ValidationError({"non_field_errors": [ErrorDetail(str(self.error_messages["invalid"]), "type")]})
        unknown = islice((name for name in data if name not in self.fields), MAX_UNKNOWN)
        errors: dict[str, Any] = {name: _unknown_field(name, self.fields) for name in unknown}
        try:
            values = super().to_internal_value(data)
        except ValidationError as error:
            errors = {**error.detail, **errors} if isinstance(error.detail, dict) else errors
        if errors:
            raise ValidationError(errors)
        return self._without_nulls(values)

    def _without_nulls(self, values: Mapping[str, Any]) -> dict[str, Any]:
        kept = {}
        for name, value in values.items():
            default = getattr(self.fields[name], "default", empty)
            if value is not None:
                kept[name] = value
            elif default is not empty:
                kept[name] = default
        return kept


def _unknown_field(name: str, known: Mapping[str, Any]) -> list[ErrorDetail]:
    words = gettext("There is no field of this name. Remove it or correct it; known fields: %(known)s.")
    return [ErrorDetail(words % {"known": ", ".join(sorted(known)) or "-"}, "unknown_field")]


def _list_of(child: type[StrictSerializer], *, high: int, **kwargs: Any) -> Any:
    lengths: dict[str, Any] = {"min_length": 1, "max_length": high, "allow_empty": False}
    return child(many=True, error_messages=_LIST_MESSAGES, **lengths, **kwargs)


# --- members -----------------------------------------------------------------------------------------------------


class EnrolSerializer(StrictSerializer):
    name = Text(high=120, pattern=r"\S", form=_("at least one letter"), text_format="printable")
    phone = Text(high=32, text_format="phone", required=False)
    email = Text(high=254, text_format="email", required=False)
    birth_date = Day(required=False)
    promo_consent = YesNo()
    referral_code = Text(high=32, text_format="referral-code", required=False)
    device_id = Text(high=100, required=False)
    occurred_at = Instant(required=False)
    attributes = Attributes(required=False)
    household_of = Id(required=False)
    alternatives = ("phone", "email", "household_of")
    not_together = ("phone", "household_of")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.keys().isdisjoint(self.alternatives):
            raise ValidationError(
                {"phone": [ErrorDetail(gettext("Send a phone number or an e-mail address."), "required")]}
            )
        if attrs.keys() >= set(self.not_together):
            words = gettext("Send either phone or household_of: who has a phone of their own shares none.")
            raise ValidationError({"household_of": [ErrorDetail(words, "ambiguous")]})
        return attrs


class MemberChangeSerializer(StrictSerializer):
    """An empty text takes away what is there."""

    name = Text(high=120, pattern=r"\S", form=_("at least one letter"), text_format="printable", required=False)
    phone = Text(high=32, low=0, text_format="phone", required=False)
    email = Text(high=254, low=0, text_format="email", required=False)
    birth_date = Day(required=False)
    area = Text(high=80, low=0, text_format="printable", required=False)
    attributes = Attributes(required=False)


class ConsentSerializer(StrictSerializer):
    topic = Choice([topic.value for topic in Topic])
    channel = Choice(sorted({channel.value for channel in CONSENT_CHANNELS.values()}))
    given = YesNo()
    wording_version = Choice(list(CONSENT_CHANNELS))


class CardConfirmSerializer(StrictSerializer):
    token = Text(high=254)


# --- carts -------------------------------------------------------------------------------------------------------


_EXCHANGE: Final = (
    "Goods of earlier sales handed back in the same receipt: taken back and sold in one transaction; `payable_amount` "
    "may then be below 0"
)
_WITHOUT_CODE: Final = (
    "Left out, null or blank for goods without a code: they earn by amount and match by category and name only"
)


_OF_LINE: Final = "Of the whole line: in its price, or on top of it"
_OF_BILL: Final = "Of the whole receipt, as the till works it out; it is never recomputed"
_TIP: Final = "Tip, on top of everything else"
_ROUNDING: Final = "What the till rounds up, or down (below 0)"
_INCLUDED: Final = "False: it comes on top of the prices"


class LineSerializer(StrictSerializer):
    line_id = Text(high=64)
    sku = Code(required=False, help_text=_WITHOUT_CODE)
    name = Text(high=200)
    category = Text(high=64, low=0, required=False)
    quantity = WholeNumber(low=1, high=9999)
    unit_amount = WholeNumber()
    cost_amount = WholeNumber(required=False)
    measure = MeasureField(required=False)
    tax_amount = WholeNumber(required=False, help_text=_OF_LINE)
    service_amount = WholeNumber(required=False, help_text=_OF_LINE)


class CouponCodes(serializers.ListField):
    def __init__(self, **kwargs: Any) -> None:
        kwargs = {"required": False, "allow_null": True, "error_messages": _LIST_MESSAGES, **kwargs}
        super().__init__(child=Text(high=64), max_length=MAX_COUPONS, **kwargs)


class RefundLineSerializer(StrictSerializer):
    line_id = Text(high=64)
    quantity = WholeNumber(low=1, high=9999)


class ExchangeReturnSerializer(StrictSerializer):
    """Goods of an earlier sale that are handed back with the cart."""

    reference = Reference(required=False)
    sale_id = Id(required=False)
    lines = _list_of(RefundLineSerializer, high=MAX_LINES)
    reason = Text(high=300, low=0, required=False)
    alternatives = ("reference", "sale_id")
    not_together = ("reference", "sale_id")

    def validate_empty_values(self, data: Any) -> Any:
        """Refuse null in the list, though the list itself may be null: DRF hands that freedom on to its items."""
        return self.fail("null") if data is None else super().validate_empty_values(data)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        errors = _line_errors([{**line, "unit_amount": 0} for line in attrs["lines"]])
        if ("reference" in attrs) == ("sale_id" in attrs):
            words = gettext("Name the sale by its receipt number or by its id, one of them.")
            errors["reference"] = [ErrorDetail(words, "ambiguous" if "reference" in attrs else "required")]
        if errors:
            raise ValidationError(errors)
        return attrs


class CartSerializer(StrictSerializer):
    member_id = Id(required=False)
    identifier = Text(high=254, required=False)
    occurred_at = Instant(required=False)
    lines = _list_of(LineSerializer, high=MAX_LINES)
    coupon_codes = CouponCodes()
    redeem_points = WholeNumber(default=0)
    redeem_wallet_amount = WholeNumber(default=0)
    gift_card_codes = CouponCodes()
    returns = _list_of(ExchangeReturnSerializer, high=MAX_RETURNS, required=False, allow_null=True, help_text=_EXCHANGE)
    tax_amount = WholeNumber(required=False, help_text=_OF_BILL)
    service_amount = WholeNumber(required=False, help_text=_OF_BILL)
    tip_amount = WholeNumber(required=False, help_text=_TIP)
    rounding_amount = WholeNumber(low=-MAX_ROUNDING, high=MAX_ROUNDING, required=False, help_text=_ROUNDING)
    prices_include_tax = YesNo(default=True, help_text=_INCLUDED)
    prices_include_service = YesNo(default=True, help_text=_INCLUDED)
    not_together = ("member_id", "identifier")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        errors: dict[str, Any] = {}
        if "member_id" in attrs and "identifier" in attrs:
            errors["identifier"] = [ErrorDetail(gettext("Send either member_id or identifier, not both."), "ambiguous")]
        errors.update(_line_errors(attrs["lines"]) or bill_errors(attrs))
        if errors:
            raise ValidationError(errors)
        return attrs


def _line_errors(lines: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what is wrong: line ids must differ, and the basket's sum must fit into every later figure."""
    seen: set[str] = set()
    twice: list[Any] = []
    for line in lines:
        repeated = line["line_id"] in seen
        words = gettext("This line_id stands twice. Give each line its own.")
        twice.append({"line_id": [ErrorDetail(words, "duplicate")]} if repeated else {})
        seen.add(line["line_id"])
    if any(twice):
        return {"lines": twice}
    if sum(line["quantity"] * line["unit_amount"] for line in lines) > MAX_AMOUNT:
        words = gettext("The lines together are too large: at most {high}.")
        return {"lines": {"non_field_errors": [ErrorDetail(words.format(high=MAX_AMOUNT), "high")]}}
    return {}


class QuoteSerializer(CartSerializer):
    reserve = YesNo(default=False)
    verification_code = Text(high=16, required=False)


class ChargedLineSerializer(StrictSerializer):
    line_id = Text(high=64)
    total_amount = WholeNumber()


class ChargedSerializer(StrictSerializer):
    lines = _list_of(ChargedLineSerializer, high=MAX_LINES)
    payable_amount = WholeNumber()


class SaleSerializer(CartSerializer):
    reference = Reference()
    quote_id = Id(required=False)
    paid_at = Instant(required=False)
    cashier = Text(high=80, low=0, required=False)
    verification_code = Text(high=16, required=False)
    tender_token = Text(high=200, required=False)
    device_id = Text(high=100, required=False)
    charged = ChargedSerializer(required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        if "charged" in attrs:
            ids = [line["line_id"] for line in attrs["charged"]["lines"]]
            if sorted(ids) != sorted(line["line_id"] for line in attrs["lines"]):
                error = ErrorDetail(gettext("Name each line of the sale once, by its line_id."), "lines_differ")
                raise ValidationError({"charged": {"lines": {"non_field_errors": [error]}}})
        return attrs


# --- after the sale ----------------------------------------------------------------------------------------------


class RefundSerializer(StrictSerializer):
    refund_reference = Reference()
    occurred_at = Instant(required=False)
    lines = _list_of(RefundLineSerializer, high=MAX_LINES)
    reason = Text(high=300, low=0, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        errors = _line_errors([{**line, "unit_amount": 0} for line in attrs["lines"]])
        if errors:
            raise ValidationError(errors)
        return attrs


class VoidSerializer(StrictSerializer):
    occurred_at = Instant(required=False)
    reason = Text(high=300, low=0, required=False)


class ClaimSerializer(StrictSerializer):
    member_id = Id()


class NothingSerializer(StrictSerializer):
    """An empty object; the body may also be left out."""


# --- rewards and coupons -----------------------------------------------------------------------------------------


class RedemptionSerializer(StrictSerializer):
    member_id = Id()
    reward_id = Id()
    quantity = WholeNumber(low=1, high=99, default=1)
    hold = YesNo(default=False)
    verification_code = Text(high=16, required=False)
    pickup_outlet_id = Id(required=False)


class HandoverSerializer(StrictSerializer):
    note = Text(high=300, low=0, required=False)


class TopUpSerializer(StrictSerializer):
    amount = WholeNumber(low=1)
    reference = Reference()
    reason = Text(high=300, low=0, required=False)


class GiftCardSerializer(StrictSerializer):
    amount = WholeNumber(low=1)
    reference = Reference()
    code = Text(high=64, required=False)


class GiftCardCheckSerializer(StrictSerializer):
    code = Text(high=64)


class ReversalSerializer(StrictSerializer):
    reason = Text(high=300, low=0, required=False)


class CouponCheckSerializer(StrictSerializer):
    code = Text(high=64)
    member_id = Id(required=False)


# --- products ----------------------------------------------------------------------------------------------------


class ProductItemSerializer(StrictSerializer):
    sku = Code()
    name = Text(high=200, required=False)
    category = Text(high=64, low=0, required=False)
    price_amount = WholeNumber(required=False)
    cost_amount = WholeNumber(required=False)
    cost_starts_on = Day(required=False)


class ProductsSerializer(StrictSerializer):
    items = _list_of(ProductItemSerializer, high=MAX_PRODUCTS_AT_ONCE)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        said: set[tuple[str, Any]] = set()
        errors: list[Any] = []
        for item in attrs["items"]:
            key = (item["sku"], item.get("cost_starts_on"))
            if "cost_starts_on" in item and "cost_amount" not in item:
                words = gettext("Send the cost that counts from this day, or leave the day out.")
                errors.append({"cost_starts_on": [ErrorDetail(words, "cost_missing")]})
            elif key in said:
                words = gettext("This product stands twice for the same day. Send it once.")
                errors.append({"sku": [ErrorDetail(words, "duplicate")]})
            else:
                errors.append({})
            said.add(key)
        if any(errors):
            raise ValidationError({"items": errors})
        return attrs
