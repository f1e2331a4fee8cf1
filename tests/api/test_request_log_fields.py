"""The request log keeps the fields that are named, and no other: every field of every operation is decided here."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest
from django.urls import get_resolver

from pos_integration.request_log.kept_fields import KEPT_FIELDS, KEPT_QUERY
from pos_integration.request_log.redaction import is_of_type, redact_answer, redact_request
from pos_integration.schema.operations import OPERATIONS
from pos_integration.schema.requests import request_shapes
from pos_integration.schema.shapes import SHAPES
from pos_integration.serializers import StrictSerializer
from pos_integration.views.base import TillView
from tests.api.till import document

MARK: Final = "Rahasia"
HIDDEN: Final = {
    "BatchRequest": "device_id items",
    "BatchAnswer": "results.idempotency_key",  # said back as it came, also where it is none
    "CardConfirmRequest": "token",
    "CouponCheckRequest": "code",
    "EnrolRequest": "name phone email birth_date referral_code device_id attributes",
    "ExchangeReturnRequest": "reason",
    "GiftCardCheckRequest": "code",
    "GiftCardRequest": "code",
    "HandoverRequest": "note",
    "LineRequest": "name measure",
    "MemberChangeRequest": "name phone email birth_date area attributes",
    "ProductItemRequest": "name",
    "QuoteRequest": "identifier coupon_codes gift_card_codes verification_code",
    "RedemptionRequest": "verification_code",
    "RefundItemRequest": "reason",
    "RefundRequest": "reason",
    "ReversalRequest": "reason",
    "SaleRequest": ("identifier coupon_codes gift_card_codes verification_code cashier tender_token device_id"),
    "TopUpRequest": "reason",
    "VoidItemRequest": "reason",
    "VoidRequest": "reason",
    "Coupon": "code conditions.sentences conditions.fields",
    "CouponCheck": "code message",
    "CouponPage": "next",
    "CouponResult": "code message",
    "Decision": "message",
    "Discount": "coupon_code",
    "FieldError": "message",
    "FindAnswer": "household.name_masked next",
    "FreeItem": "name",
    "GiftCard": "code code_masked",
    "GiftCardCheck": "message",
    "GiftCardUse": "code_masked message",
    "Health": "status database broker version",
    "LedgerEntry": "note",
    "LedgerPage": "next",
    "Member": (
        "number name phone_masked email_masked joined_at perks segment card_url consents.topic consents.channel "
        "consents.given birthday.next_on birthday.benefit_open referral_code referral_link"
    ),
    "NamedMember": "name_masked phone_masked email_masked",
    "PricedProduct": "name",
    "PricedProductPage": "next",
    "Problem": "detail cashier_message",
    "Program": (
        "merchant.name outlet.name till.name points_expiry.description earning.description earning.terms consents.text"
    ),
    "QuoteAnswer": "hints.message",
    "RefundPage": "next",
    "Reward": "description picture_url picture_alt",
    "RewardPage": "next",
    "RunningPromotion": "sentences",
    "RunningPromotionPage": "next",
    "TillDay": "next",
    "TillReceipt": "cashier",
    "WaitingGift": "member.name_masked member.phone_masked",
    "WaitingGiftPage": "next",
    "Warning": "message",
}
"""What is hidden. A field of the document that is neither here nor among those kept has not been decided."""


def leaves_of(shape: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Yield the paths of the leaves of a component; another component in it has leaves of its own."""
    if "$ref" in shape:
        return
    if "properties" in shape:
        for name, part in shape["properties"].items():
            yield from leaves_of(part, f"{path}.{name}" if path else name)
    elif "items" in shape:
        yield from leaves_of(shape["items"], path)
    elif has_parts(shape):
        for part in shape["anyOf"]:
            if part != {"type": "null"}:
                yield from leaves_of(part, path)
    else:
        yield path


def has_parts(shape: Mapping[str, Any]) -> bool:
    return not shape.keys().isdisjoint({"$ref", "properties", "items"}) or any(map(has_parts, shape.get("anyOf", ())))


def test_every_field_of_the_document_is_kept_or_hidden_by_decision() -> None:
    components = shapes_of_all()
    described = {name for name, shape in document()["components"]["schemas"].items() if "enum" not in shape}
    assert set(components) == described
    found = {name: set(leaves_of(shape)) for name, shape in components.items()}
    undecided = {
        f"{name}.{leaf}"
        for name, leaves in found.items()
        for leaf in leaves - KEPT_FIELDS.get(name, frozenset()) - set(HIDDEN.get(name, "").split())
    }
    assert undecided == set(), "keep it for those who connect tills, or hide it: decide"
    gone = {f"{name}.{leaf}" for name, leaves in KEPT_FIELDS.items() for leaf in leaves - found.get(name, set())}
    assert gone == set()


def test_every_query_parameter_is_kept_or_hidden_by_decision() -> None:
    asked = {name for row in OPERATIONS.values() for name in row.query}
    assert asked - KEPT_QUERY == {"identifier", "name", "q", "cursor"}
    assert asked >= KEPT_QUERY


def filled(shape: Mapping[str, Any], shapes: Mapping[str, Any]) -> Any:
    """Return a value in which every leaf, whatever its type, says the secret word."""
    if "$ref" in shape:
        return filled(shapes[shape["$ref"].rpartition("/")[2]], shapes)
    if "properties" in shape:
        return {name: filled(part, shapes) for name, part in shape["properties"].items()}
    if "items" in shape:
        return [filled(shape["items"], shapes)]
    parts = [part for part in shape.get("anyOf", ()) if has_parts(part)]
    return filled(parts[0], shapes) if parts else MARK


TEXTS: Final = ("reference", "refund_reference", "line_id", "sku", "category", "value", "idempotency_key")
"""The kept fields of requests in which a till could write anything: numbers of receipts and lines, codes, keys."""


def serializers_of_views() -> dict[str, type[StrictSerializer]]:
    found = {}
    for pattern in get_resolver("pos_integration.urls").url_patterns:
        view = pattern.callback.cls  # type: ignore[union-attr]
        if issubclass(view, TillView) and hasattr(view, "serializer_class"):
            found[view.__name__] = view.serializer_class
    return found


def shapes_of_all() -> dict[str, Any]:
    """Return every shape of a request or an answer."""
    requests = [request_shapes(serializer) for serializer in serializers_of_views().values()]
    return {**SHAPES, **{name: shape for shapes in requests for name, shape in shapes.items()}}


@pytest.mark.parametrize("name", sorted(serializers_of_views()))
def test_a_till_s_texts_stay_only_where_a_kept_field_is_a_text(name: str) -> None:
    shapes = shapes_of_all()
    serializer = serializers_of_views()[name]
    component = serializer.__name__.removesuffix("Serializer") + "Request"
    body = {**filled({"$ref": f"/{component}"}, shapes), "nama_pelanggan": MARK, f"{MARK} x": 1, "extra": {"a": [MARK]}}
    kept = redact_request(json.dumps(body).encode(), serializer).text
    allowed = sum(kept.count(f'"{leaf}":"{MARK}"') for leaf in TEXTS)
    assert kept.count(MARK) == allowed
    assert "nama_pelanggan" in kept


@pytest.mark.parametrize(
    "shape", sorted({shape for row in OPERATIONS.values() for shape in row.answers.values()} - {""})
)
def test_hidden_fields_of_an_answer_are_hidden(shape: str) -> None:
    kept = json.loads(redact_answer(json.dumps(filled({"$ref": f"/{shape}"}, SHAPES)).encode(), shape).text)
    said = {path for path, value in paths_of(kept) if value == MARK}
    secret = {"name", "phone_masked", "email_masked", "code", "number", "card_url", "referral_code", "note", "detail"}
    of_the_shop = ("tier.code", "tier.name", "tiers.code", "tiers.name", "next.code", "warnings.code")
    leaked = {path for path in said if path.rpartition(".")[2] in secret and not path.endswith(of_the_shop)}
    assert leaked == set()


def paths_of(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, part in value.items():
            yield from paths_of(part, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for part in value:
            yield from paths_of(part, path)
    else:
        yield path, value


def test_what_is_no_value_of_its_field_is_hidden_too() -> None:
    serializer = serializers_of_views()["SalesView"]
    sent = {"member_id": "081234567890", "redeem_points": "Siti", "occurred_at": "Jl. Melati 3", "reference": "T-1"}
    kept = json.loads(redact_request(json.dumps(sent).encode(), serializer).text)
    assert kept == {"member_id": "…", "redeem_points": "…", "occurred_at": "…", "reference": "T-1"}


def test_a_text_that_has_not_the_form_of_its_field_is_hidden_too() -> None:
    shape = {"type": "string", "pattern": "^[A-Za-z0-9_-]{16,64}$"}
    assert is_of_type("sale-T1-000041-a1b2", shape)
    assert not is_of_type("Siti Rahma, 0812 3456 7890", shape)
    assert not is_of_type("sale-T1-000041-a1b2\n", shape)


def test_what_is_no_json_is_not_kept() -> None:
    found = redact_request(b'{"name": "Siti', serializers_of_views()["MembersView"])
    assert (found.text, found.is_whole) == ("", False)


def test_of_a_long_list_the_first_fifty_are_kept() -> None:
    lines = [{"line_id": str(number), "quantity": 1} for number in range(60)]
    found = redact_request(json.dumps({"lines": lines}).encode(), serializers_of_views()["SalesView"])
    assert len(json.loads(found.text)["lines"]) == 50
    assert not found.is_whole
