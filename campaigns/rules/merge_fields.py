"""The template of a mail, without logic: literal text and `{{ field | fallback }}` from a fixed list, nothing else.

A template is cut into parts once and filled per recipient. Values are never read as templates, so a member
whose name is `{{ coupon_code }}` or `{% debug %}` gets it back as plain text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class MergeField:
    """`may_be_missing`: a fallback is required. `of_coupon`: only a campaign with a coupon knows it. `is_link`: a URL.

    `of_frame`: only used in the frame around the text (the address of the unsubscribe button).
    """

    name: str
    may_be_missing: bool = False
    of_coupon: bool = False
    is_link: bool = False
    of_frame: bool = False


FIELDS: Final[Mapping[str, MergeField]] = {
    field.name: field
    for field in (
        MergeField("first_name", may_be_missing=True),
        MergeField("name", may_be_missing=True),
        MergeField("member_number"),
        MergeField("points"),
        MergeField("points_name"),
        MergeField("tier", may_be_missing=True),
        MergeField("merchant"),
        MergeField("coupon_code", of_coupon=True),
        MergeField("coupon_title", of_coupon=True),
        MergeField("coupon_valid_until", of_coupon=True),
        MergeField("card_link", is_link=True),
        MergeField("unsubscribe_link", is_link=True),
        MergeField("unsubscribe_url", of_frame=True),
    )
}
BODY_FIELDS: Final = frozenset(name for name, field in FIELDS.items() if not field.of_frame)
SUBJECT_FIELDS: Final = frozenset(name for name in BODY_FIELDS if not FIELDS[name].is_link)
"""A subject is one line of text; links do not belong in it."""


class TemplateError(Exception):
    """`code` is unclosed, unknown_field, fallback_missing, no_coupon or not_here; `what` is the wrong piece."""

    def __init__(self, code: str, what: str) -> None:
        self.code = code
        self.what = what
        super().__init__(f"{code}: {what}")


@dataclass(frozen=True)
class Merge:
    """One place to fill."""

    field: str
    fallback: str


Part = str | Merge
_OPEN_OR_CLOSE = re.compile(r"\{\{|\}\}")
# The innermost of three braces opens a field: the one before it is text.
_MERGE = re.compile(r"\{\{(?!\{)(.*?)\}\}", re.DOTALL)


def parse(text: str, *, allowed: frozenset[str] = BODY_FIELDS, has_coupon: bool = True) -> tuple[Part, ...]:
    """Cut a template into literals and merges. Raises TemplateError at the first mistake.

    `allowed`: the fields of this place; `has_coupon` says whether coupon fields have a value.
    """
    parts: list[Part] = []
    position = 0
    for match in _MERGE.finditer(text):
        _append_literal(parts, text[position : match.start()])
        parts.append(_parse_merge(match[1], allowed=allowed, has_coupon=has_coupon))
        position = match.end()
    _append_literal(parts, text[position:])
    return tuple(parts)


def _append_literal(parts: list[Part], literal: str) -> None:
    stray = _OPEN_OR_CLOSE.search(literal)
    if stray:
        raise TemplateError("unclosed", literal[stray.start() : stray.start() + 30])
    if literal:
        parts.append(literal)


def _parse_merge(inside: str, *, allowed: frozenset[str], has_coupon: bool) -> Merge:
    name, _, fallback = (piece.strip() for piece in inside.partition("|"))
    field = FIELDS.get(name)
    if field is None or (field.of_frame and name not in allowed):
        raise TemplateError("unknown_field", name[:40] or "{{ }}")
    if "{{" in fallback or "\n" in fallback:
        raise TemplateError("unclosed", inside[:30])
    if name not in allowed:
        raise TemplateError("not_here", name)
    if field.of_coupon and not has_coupon:
        raise TemplateError("no_coupon", name)
    if field.may_be_missing and not fallback:
        raise TemplateError("fallback_missing", name)
    return Merge(name, fallback)


def fields_of(parts: tuple[Part, ...]) -> frozenset[str]:
    """Return the fields a template uses: what must be read for each recipient."""
    return frozenset(part.field for part in parts if isinstance(part, Merge))


class ValueMissingError(Exception):
    """A field without fallback has no value for this recipient; `field` names it."""

    def __init__(self, field: str) -> None:
        self.field = field
        super().__init__(field)


def fill(parts: tuple[Part, ...], values: Mapping[str, str], *, show: Callable[[str, str], str] | None = None) -> str:
    """Return the text for one recipient; `show(field, value)` turns a value into text (for HTML: escapes it).

    A fallback is part of the template and stays as written. Raises ValueMissingError where a field has neither.
    """
    return "".join(part if isinstance(part, str) else _value_of_merge(part, values, show) for part in parts)


def _value_of_merge(merge: Merge, values: Mapping[str, str], show: Callable[[str, str], str] | None) -> str:
    value = values.get(merge.field, "")
    if value:
        return show(merge.field, value) if show else value
    if not merge.fallback:
        raise ValueMissingError(merge.field)
    return merge.fallback
