"""Every JSON column has one frozen class that knows its keys, and nothing else reads them by name."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, is_dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from django.apps import apps
from django.db.models import JSONField

from insights.facts import Change, SimulationResult
from members.facts import MovedRows
from merchants.facts import MovementLimits, PromotionSettings
from products.facts import SavedProducts
from rewards.engine import stored_definition
from rewards.engine.facts import Definition, Outcome
from rewards.referrals.facts import MeasuredSignal
from sales.facts import GiftCardHold, GiftCardPayment, ParkedLine, SaleTransfers, SaleWarning, TierCodes

pytestmark = pytest.mark.static

ROOT: Final = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Kept:
    """A class whose `to_json` is stored, and what reads it back: its own `from_json` unless said otherwise."""

    known_by: type
    read: Callable[..., Any] | None = None


DEFINITION: Final = Kept(Definition, stored_definition)  # what a kind's fields mean is known above the facts
CLASSES: Final = {
    "insights.Result.figures": Kept(SimulationResult),
    "insights.Scenario.changes": Kept(Change),
    "members.MemberMerge.moved": Kept(MovedRows),
    "merchants.Merchant.movement_limits": Kept(MovementLimits),
    "merchants.Merchant.promotion_settings": Kept(PromotionSettings),
    "products.ProductImport.result": Kept(SavedProducts),
    "rewards.PromotionDraft.definition": DEFINITION,
    "rewards.PromotionVersion.definition": DEFINITION,
    "rewards.Referral.reasons": Kept(MeasuredSignal),
    "rewards.ReferralMove.reasons": Kept(MeasuredSignal),
    "sales.ParkedReturn.lines": Kept(ParkedLine),
    "sales.ParkedReturn.warnings": Kept(SaleWarning),
    "sales.Quote.gift_cards": Kept(GiftCardHold),
    "sales.Quote.outcome": Kept(Outcome),
    "sales.Refund.warnings": Kept(SaleWarning),
    "sales.Sale.gift_cards": Kept(GiftCardPayment),
    "sales.Sale.outcome": Kept(Outcome),
    "sales.Sale.tier_change": Kept(TierCodes),
    "sales.Sale.transfers": Kept(SaleTransfers),
    "sales.Sale.warnings": Kept(SaleWarning),
}
"""By app, table and column; of a list, the class of its parts."""

NAMES: Final = {
    "insights.Scenario.outlet_ids",
    "merchants.TillKey.scopes",
    "rewards.Reward.segments_any",
    "rewards.Reward.tiers_any",
    "sales.Quote.coupon_ids",
}
"""Lists of texts: there are no keys."""

OPEN: Final = {
    "members.Member.attributes": "the names are the shop's own",
    "merchants.AuditEntry.after": "what changed, by the names of the action; backoffice.audit_words has the words",
    "merchants.AuditEntry.before": "as `after`",
    "merchants.Job.cursor": "where a file goes on, known to the kind of job alone",
    "merchants.Approval.figures": "what a kind of approval is about in numbers, known to that kind alone",
    "merchants.Job.parameters": "what a kind of job was asked, known to that kind alone",
    "merchants.NightRun.steps": "a cursor by the name of the step, which alone reads it",
    "rewards.PromotionDraft.written": "the boxes of a form by their names, as they were sent",
}
"""Columns whose keys are not the code's own words, and why."""

READ_BY_KEY: Final = {
    "backoffice/coupons/views/batches.py": {"definition"},
    "backoffice/promotions/forms/patterns.py": {"definition"},
    "insights/queries/baskets.py": {"figures"},
    "insights/wording.py": {"figures"},
}
"""Files where an attribute of a column's name is no column: definitions before they are read, figures of a finding."""

SET_BASED: Final = {
    "merchants/queries/approvals.py": {"figures"},
    "insights/invariants.py": {"figures"},
    "members/invariants.py": {"after", "attributes"},
    "members/queries/lists.py": {"attributes"},
    "merchants/invariants.py": {"after", "parameters", "scopes"},
    "merchants/operations/erasures.py": {"figures"},
    "rewards/coupons/invariants.py": {"figures"},
    "rewards/coupons/queries/batches.py": {"definition"},
    "rewards/promotions/invariants/promotions.py": {"after"},
    "rewards/promotions/operations/shares.py": {"definition"},
    "rewards/promotions/queries/moments.py": {"definition"},
    "rewards/promotions/queries/offers.py": {"definition"},
    "rewards/promotions/queries/partners.py": {"definition"},
    "sales/invariants/parked_returns.py": {"lines"},
    "sales/invariants/receipts.py": {"gift_cards", "outcome", "warnings"},
    "sales/queries/late_sales.py": {"warnings"},
    "sales/queries/past_receipts.py": {"outcome"},
    "sales/queries/receipts.py": {"transfers"},
}
"""SQL over the keys of many rows at once: proofs, which must not trust the class, and lists sorted by the wording."""


def json_fields() -> dict[str, JSONField]:
    return {
        f"{model._meta.label}.{field.name}": field
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, JSONField) and not model.__module__.startswith(("allauth.", "django."))
    }


def product_files() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if not re.match(r"(\.|var/|node_modules/|tests/|bench/|loyalty/planted/)", name) and "/migrations/" not in name:
            yield name, ast.parse(path.read_text())


def keys_read(tree: ast.AST, columns: set[str]) -> set[str]:
    """Return the columns of which a key is read: `row.column["key"]` and `row.column.get("key")`."""
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(value=ast.Attribute(attr=name), slice=ast.Constant(value=str())):
                found.add(name)
            case ast.Call(
                func=ast.Attribute(value=ast.Attribute(attr=name), attr="get"), args=[ast.Constant(value=str()), *_]
            ):
                found.add(name)
    return found & columns


def keys_asked(tree: ast.AST, columns: set[str]) -> set[str]:
    """Return columns of which SQL asks for a key: `column -> 'key'`, `column ->> 'key'`, ORM look-ups `column__key`."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found |= set(re.findall(r"\b(\w+)\s*->>?\s*'", node.value))
            found |= set(re.findall(r"jsonb_array_elements\w*\((?:\w+\.)?(\w+)", node.value))
            found |= set(re.findall(r"\b(\w+) [@<]@?> ?'", node.value))
        if isinstance(node, ast.keyword) and node.arg and "__" in node.arg:
            column, key = node.arg.split("__", 1)
            found |= {column} if key not in {"exact", "in", "isnull"} else set()
    return found & columns


def columns_of(names: set[str]) -> set[str]:
    return {name.rsplit(".", 1)[1] for name in names}


def test_every_json_column_has_its_class_or_a_reason() -> None:
    known = [*CLASSES, *NAMES, *OPEN]
    assert len(known) == len(set(known)), "named twice"
    assert set(json_fields()) - set(known) == set(), "JSON columns without a class"
    assert set(known) - set(json_fields()) == set(), "columns that are gone"


@pytest.mark.parametrize("name", CLASSES)
def test_the_class_is_frozen_writes_itself_and_is_read_back(name: str) -> None:
    kept = CLASSES[name]
    assert is_dataclass(kept.known_by)
    assert kept.known_by.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert callable(getattr(kept.known_by, "to_json", None))
    assert kept.read is not None or callable(getattr(kept.known_by, "from_json", None))


def test_no_other_code_reads_the_keys_of_a_column() -> None:
    columns = columns_of(set(CLASSES) | set(NAMES))
    found = {name: keys for name, tree in product_files() if (keys := keys_read(tree, columns))}
    assert found == READ_BY_KEY


def test_sql_asks_for_keys_only_where_it_is_said() -> None:
    columns = columns_of(set(json_fields()))
    found = {name: keys for name, tree in product_files() if (keys := keys_asked(tree, columns))}
    assert found == SET_BASED


@pytest.mark.parametrize(
    "code",
    ['row.offer["kind"]', 'row.offer.get("kind")', 'sale.offer["lines"][0]', '[x.offer["kind"] for x in y]'],
)
def test_a_key_read_by_name_is_seen(code: str) -> None:
    assert keys_read(ast.parse(code), {"offer"}) == {"offer"}
    assert keys_read(ast.parse(code), {"other"}) == set()


@pytest.mark.parametrize(
    "code",
    [
        "q = \"SELECT s.offer -> 'lines' FROM t\"",
        "q = \"SELECT offer ->> 'kind'\"",
        'q = "FROM t, jsonb_array_elements(s.offer) p"',
        "Sale.objects.filter(offer__kind=1)",
    ],
)
def test_a_key_asked_by_sql_is_seen(code: str) -> None:
    assert keys_asked(ast.parse(code), {"offer"}) == {"offer"}
