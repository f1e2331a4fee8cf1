"""What the product writes to the audit trail is shown there in words, not in codes."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Final

import pytest
from django.conf import settings

from backoffice.audit_words import ACTION_WORDS, FIELD_WORDS, HIDDEN, SUBJECT_WORDS
from insights.facts import DiscountLimits
from merchants.facts import BillChoices, ExcludedGoods, MovementLimits
from merchants.rules import SETTINGS
from products.facts import ProductDraft, SavedProducts
from rewards.catalogue.facts import RewardDraft
from rewards.moments.facts import Rhythm
from segments.facts import Thresholds
from tests.architecture.test_circles import product_packages

pytestmark = pytest.mark.static

ROOT = Path(settings.BASE_DIR)
CODE = re.compile(r"[a-z_]+\.[a-z_]+")
WRITERS = sorted(
    path
    for package in product_packages()
    for path in (ROOT / package).rglob("*.py")
    if "migrations" not in path.parts and "audit" in path.read_text(encoding="utf-8")
)


def strings(node: ast.AST) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one.value


def audited(path: Path) -> Iterator[tuple[str, str]]:
    """Yield (action, '') and ('', kind of subject) of each call that leaves an entry, and actions chosen before."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and "audit" in getattr(node.func, "id", getattr(node.func, "attr", "")):
            for argument in (*node.args, *(k.value for k in node.keywords if k.arg == "action")):
                yield from ((text, "") for text in strings(argument) if CODE.fullmatch(text))
            for keyword in node.keywords:
                if keyword.arg == "subject" and isinstance(keyword.value, ast.Tuple):
                    yield from (("", text) for text in strings(keyword.value.elts[0]))
        elif isinstance(node, ast.Assign) and any(getattr(t, "id", "") == "action" for t in node.targets):
            yield from ((text, "") for text in strings(node.value) if CODE.fullmatch(text))


@pytest.mark.parametrize("path", WRITERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_action_and_subject_has_a_word(path: Path) -> None:
    found = set(audited(path))
    assert {action for action, _ in found if action} - set(ACTION_WORDS) == set()
    assert {subject for _, subject in found if subject} - set(SUBJECT_WORDS) == set()


def test_the_scan_sees_what_is_written() -> None:
    seen = {action for path in WRITERS for action, _ in audited(path)}
    assert {"campaign.changed", "reward.added", "members.tagged", "till_key.issued"} <= seen


# --- the fields that entries tell ----------------------------------------------------------------------------------

POLICY: Final = ("sender_name", "throttle_per_minute", "quiet_from", "quiet_until", "frequency_cap_days")
BUILT: Final[Mapping[str, Iterable[str]]] = {
    "before.by_field()": list(MovementLimits().by_field()),
    "limits.by_field()": list(MovementLimits().by_field()),
    "asdict(before)": [field.name for field in fields(DiscountLimits)],
    "asdict(limits)": [field.name for field in fields(DiscountLimits)],
    "_describe_ladder(program, written)": ("measure", "window_days", "down_policy", "keep_days", "levels"),
    "_audit_details(asked, count)": ("filters", "count"),
    "_audit_details(asked, wanted)": ("filters", "count", "contacts"),
    "chosen": ("coupons_alone_amount", "export_alone_members"),
    "saved.to_json()": [field.name for field in fields(SavedProducts)],
    "_audit_values_of(row)": ("name", "value_kind", "choices", "in_use"),
    "_audited_policy(before)": POLICY,
    "_audited_policy(sending_policy(merchant=merchant))": POLICY,
    "_as_json(before)": [field.name for field in fields(Thresholds)],
    "_as_json(thresholds)": [field.name for field in fields(Thresholds)],
    "_given_fields(draft)": [field.name for field in fields(ProductDraft)],
    "_audit_values(draft)": [field.name for field in fields(RewardDraft)],
    "_rhythm_columns(rhythm)": [field.name for field in fields(Rhythm)],
    "before.to_json()": ExcludedGoods().to_json(),
    "goods.to_json()": ExcludedGoods().to_json(),
    "stored.bill.to_json()": BillChoices().to_json(),
    "choices.to_json()": BillChoices().to_json(),
    "dict(changes)": SETTINGS,
    "audit_details": [field.name for field in fields(ProductDraft)],
    "_audit_details(asked, count, in_full=in_full)": ["count", "filters", "contacts"],
    "audit_details or {}": ["coupons", "matched"],
    "worth_telling": ["scheduled_at", "pause_reason"],
    "dict(after) or None": ["amount"],
    "_days_json(known.get(number))": ["first_on", "last_on"],
    "_days_json((row.first_on, row.last_on))": ["first_on", "last_on"],
}
"""Entries whose fields come from something else than a literal, with those fields; a new one fails the test."""
PASSED_ON: Final = {"before", "after", "None"}
"""Arguments that a helper passes on; its callers are scanned too."""


def told_by(node: ast.AST) -> Iterator[str]:
    """Yield the names of fields in a literal, or in what it is put together from."""
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                yield from told_by(value)
            else:
                assert isinstance(key, ast.Constant), ast.unparse(node)
                yield str(key.value)
    elif isinstance(node, ast.DictComp):
        yield from BUILT["_audit_values(draft)"]
    elif (text := ast.unparse(node)) not in PASSED_ON:
        assert text in BUILT, f"say in BUILT which fields {text} has"
        yield from BUILT[text]


def fields_told(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        name = getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""
        if isinstance(node, ast.Call) and re.fullmatch(r"(record_audit|_audit_\w+|_record_\w*audit)", name):
            for keyword in node.keywords:
                if keyword.arg in ("before", "after"):
                    yield from told_by(keyword.value)


@pytest.mark.parametrize("path", WRITERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_audited_field_has_a_label(path: Path) -> None:
    assert set(fields_told(path)) - set(FIELD_WORDS) - HIDDEN == set()


def test_the_scan_sees_the_fields() -> None:
    seen = {name for path in WRITERS for name in fields_told(path)}
    assert {"stock", "throttle_per_minute", "is_open", "lapsed_after_days", "of_basket", "unit_cost_amount"} <= seen
