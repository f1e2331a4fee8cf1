"""JSON Schemas of request bodies, read off the serializers that check them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from pos_integration.fields import StrictField
from pos_integration.schema.shapes import Shape, nullable, ref
from pos_integration.serializers import StrictSerializer


def request_name(serializer: type[StrictSerializer]) -> str:
    return serializer.__name__.removesuffix("Serializer") + "Request"


def request_shapes(serializer: type[StrictSerializer]) -> dict[str, Shape]:
    """Return the serializer's component and those of the objects inside it, by name."""
    shapes: dict[str, Shape] = {}
    _add_shape(serializer, shapes)
    return shapes


def _add_shape(serializer: type[StrictSerializer], shapes: dict[str, Shape]) -> Shape:
    properties, required = {}, []
    for name, field in serializer().fields.items():
        shape = _field_shape(field, shapes)
        optional = not field.required
        properties[name] = nullable(shape) if optional and field.allow_null else shape
        if field.help_text:
            properties[name] = {**properties[name], "description": str(field.help_text)}
        if not optional:
            required.append(str(name))
    shape = {"type": "object", "properties": properties, "additionalProperties": False}
    if required:
        shape["required"] = required
    if serializer.alternatives:
        fields = serializer().fields
        shape["anyOf"] = [
            {"required": [name], "properties": {name: _field_shape(fields[name], shapes)}}
            for name in serializer.alternatives
        ]
    if serializer.not_together:
        one, other = serializer.not_together
        present = {"required": [one, other], "properties": {name: {"not": {"type": "null"}} for name in (one, other)}}
        shape["not"] = present
    shapes[request_name(serializer)] = shape
    for named in serializer.refers_to:
        if request_name(named) not in shapes:
            _add_shape(named, shapes)
    return ref(request_name(serializer))


def _field_shape(field: Any, shapes: dict[str, Shape]) -> Shape:
    if isinstance(field, StrictField):
        return field.schema()
    if isinstance(field, serializers.ListSerializer):
        child: Any = field.child
        return _list_shape(field, _add_shape(type(child), shapes))
    if isinstance(field, serializers.ListField):
        return _list_shape(field, _field_shape(field.child, shapes))
    if isinstance(field, StrictSerializer):
        return _add_shape(type(field), shapes)
    raise TypeError(f"{type(field).__name__} has no schema")


def _list_shape(field: Any, items: Shape) -> Shape:
    limits = {"minItems": field.min_length, "maxItems": field.max_length}
    return {"type": "array", "items": items, **{name: limit for name, limit in limits.items() if limit is not None}}
