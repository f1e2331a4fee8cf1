"""The served document shows a value for every field: of a request in its examples, of an answer beside the field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django.test import Client
from jsonschema import Draft202012Validator, FormatChecker

from pos_integration.schema.answer_examples import BY_NAME, BY_PLACE, fields_without_example
from pos_integration.schema.request_examples import MORE_EXAMPLES
from pos_integration.schema.shapes import SHAPES

Json = dict[str, Any]
NO_BODY = "NothingRequest"


@pytest.fixture(scope="module")
def served_document() -> Json:
    answer = Client().get("/api/schema/?format=json")
    assert answer.status_code == 200
    document: Json = answer.json()
    return document


def request_bodies(document: Json) -> Iterator[tuple[str, Json]]:
    """Yield (operation, media type) of each body that is sent."""
    for methods in document["paths"].values():
        for operation in methods.values():
            body = operation.get("requestBody")
            if body is not None:
                yield operation["operationId"], body["content"]["application/json"]


def named(reference: str) -> str:
    return reference.rpartition("/")[2]


def shown_fields(shapes: Mapping[str, Json], shape: Json, value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield (shape, field) of each field of a request that this value has."""
    if "$ref" in shape:
        yield from shown_fields(shapes, shapes[named(shape["$ref"])], value, named(shape["$ref"]))
    for part in shape.get("anyOf", ()):
        yield from shown_fields(shapes, part, value, name)
    for field, inner in value.items() if isinstance(value, dict) else ():
        if field in shape.get("properties", {}):
            yield name, field
            yield from shown_fields(shapes, shape["properties"][field], inner)
    for inner in value if isinstance(value, list) else ():
        yield from shown_fields(shapes, shape.get("items", {}), inner)


def test_every_field_of_a_request_is_in_an_example(served_document: Json) -> None:
    shapes = served_document["components"]["schemas"]
    shown, asked = set(), set()
    for _, content in request_bodies(served_document):
        asked |= {named(content["schema"]["$ref"])}
        for example in content.get("examples", {}).values():
            shown |= set(shown_fields(shapes, content["schema"], example["value"]))
    fields = {
        (name, field) for name, shape in shapes.items() if name.endswith("Request") for field in shape["properties"]
    }
    assert len(asked) > 15
    assert sorted(fields - shown) == []


def test_every_example_of_a_request_is_one_that_the_document_allows(served_document: Json) -> None:
    schemas = {"components": served_document["components"]}
    for operation, content in request_bodies(served_document):
        assert "examples" in content or named(content["schema"]["$ref"]) == NO_BODY, operation
        check = Draft202012Validator({**content["schema"], **schemas}, format_checker=FormatChecker())
        for label, example in content.get("examples", {}).items():
            found = [error.message for error in check.iter_errors(example["value"])]
            assert found == [], (operation, label)


def answer_shapes(document: Json) -> dict[str, Json]:
    return {name: shape for name, shape in document["components"]["schemas"].items() if name in SHAPES}


def test_every_field_of_an_answer_has_an_example_or_says_what_it_can_be(served_document: Json) -> None:
    found = [
        place
        for name, shape in answer_shapes(served_document).items()
        for place, _ in fields_without_example(name, shape)
    ]
    assert found == []
    bare = [place for name, shape in SHAPES.items() for place, _ in fields_without_example(name, shape)]
    assert len(bare) > 200, "the walk sees the fields"


def examples_in(shape: Any, path: str) -> Iterator[tuple[str, Json]]:
    if isinstance(shape, dict):
        if "example" in shape and ("type" in shape or "anyOf" in shape):
            yield path, shape
        for key, inner in shape.items():
            if key != "example":
                yield from examples_in(inner, f"{path}/{key}")
    if isinstance(shape, list):
        for inner in shape:
            yield from examples_in(inner, path)


def test_every_example_of_an_answer_is_a_value_of_its_field(served_document: Json) -> None:
    schemas = {"components": served_document["components"]}
    for name, shape in answer_shapes(served_document).items():
        for path, field in examples_in(shape, name):
            check = Draft202012Validator({**field, **schemas}, format_checker=FormatChecker())
            assert [error.message for error in check.iter_errors(field["example"])] == [], path


def test_no_example_is_of_a_field_that_is_gone(served_document: Json) -> None:
    places = {place for name, shape in SHAPES.items() for place, _ in fields_without_example(name, shape)}
    names = {place.rpartition(".")[2] for place in places - set(BY_PLACE)}
    operations = {operation for operation, _ in request_bodies(served_document)}
    assert set(BY_PLACE) - places == set()
    assert set(BY_NAME) - names == set()
    assert set(MORE_EXAMPLES) - operations == set()
