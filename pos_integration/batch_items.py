"""The items of a batch as a till sends them: an envelope, and in it the body of the request that it is.

An item that is wrong is answered in its own result and stops no other one; so the list itself takes anything.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from common.quantities import MAX_AMOUNT
from pos_integration.fields import Choice, Instant, Reference, StrictField, Text, WholeNumber
from pos_integration.serializers import (
    EnrolSerializer,
    RefundSerializer,
    SaleSerializer,
    StrictSerializer,
    VoidSerializer,
)

MAX_ITEMS: Final = 500
MAX_DEVICE_ID: Final = 100
_COMPONENT: Final = "#/components/schemas/{}"
_BODIES: Final = ("EnrolRequest", "SaleRequest", "RefundItemRequest", "VoidItemRequest")


class BatchItems(StrictField):
    """A list of anything: each item is read, and answered, by itself."""

    default_error_messages = {
        "not_a_list": _("This must be a list in square brackets."),
        "empty": _("This list is empty: at least one entry."),
        "max_length": _("This list is too long: at most {max_length} entries."),
    }

    def schema(self) -> dict[str, Any]:
        wrong = {"description": "Anything else is answered 400 in its result and stops no other item"}
        items = {"anyOf": [{"$ref": _COMPONENT.format("BatchItemRequest")}, wrong]}
        return {"type": "array", "minItems": 1, "maxItems": MAX_ITEMS, "items": items}

    def to_internal_value(self, data: Any) -> list[Any]:
        if not isinstance(data, list):
            self.fail("not_a_list")
        if not data:
            self.fail("empty")
        if len(data) > MAX_ITEMS:
            self.fail("max_length", max_length=MAX_ITEMS)
        return data


class ItemBody(StrictField):
    """The body of the request that the item is, read later by that request's own rules."""

    default_error_messages = {"type": _("This must be an object in curly brackets.")}

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [{"$ref": _COMPONENT.format(name)} for name in _BODIES]}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("type")
        return data


class BatchItemSerializer(StrictSerializer):
    idempotency_key = Text(low=16, high=64, pattern="^[A-Za-z0-9_-]{16,64}$", form=_("16 to 64 of A-Z a-z 0-9 _ -"))
    terminal_seq = WholeNumber(high=MAX_AMOUNT)
    operation = Choice(["enrol", "sale", "refund", "void"])
    occurred_at = Instant()
    body = ItemBody()


class RefundItemSerializer(RefundSerializer):
    """As the body of a return, and the sale's `reference`, which else is in the path."""

    reference = Reference()


class VoidItemSerializer(VoidSerializer):
    """As the body of a void, and the sale's `reference`."""

    reference = Reference()


class BatchSerializer(StrictSerializer):
    device_id = Text(
        high=MAX_DEVICE_ID,
        required=False,
        help_text="Where several devices sell as one till: which of them counts these numbers",
    )
    items = BatchItems()
    refers_to = (BatchItemSerializer, EnrolSerializer, SaleSerializer, RefundItemSerializer, VoidItemSerializer)


def body_with_time(item: dict[str, Any], written: Any) -> dict[str, Any]:
    """Return the item's body with the item's time where it says none of its own; `written` is it as it came."""
    body: dict[str, Any] = item["body"]
    return body if body.get("occurred_at") is not None else {**body, "occurred_at": written["occurred_at"]}


def order_of(item: dict[str, Any]) -> tuple[bool, datetime, int]:
    """Return the place of an item: who joined first, then all as it happened; the number decides what is left.

    A member may join while their receipt is being rung up, whose time is when it was begun.
    """
    return item["operation"] != "enrol", item["occurred_at"], item["terminal_seq"]
