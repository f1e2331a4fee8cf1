"""Rooms of a large app: each noun says what it owns, and others import only what its layers export."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.static

ROOT = Path(__file__).parents[2]
NOUNS = ("referrals", "catalogue", "coupons", "gift_cards", "promotions", "moments")
LAYERS = {"operations", "queries", "rules", "facts", "wording"}
OUTSIDE = {"tests", "bench", "var", ".venv", "node_modules"}


def entries() -> Iterator[tuple[str, str, str]]:
    """Yield (file, noun, what it imports) of every import that crosses into a noun of rewards."""
    for path in ROOT.glob("*/**/*.py"):
        place = path.relative_to(ROOT).parts
        if place[0] in OUTSIDE:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.ImportFrom) or node.module is None:
                continue
            parts = node.module.split(".")
            if len(parts) > 1 and parts[0] == "rewards" and parts[1] in NOUNS and place[:2] != ("rewards", parts[1]):
                for alias in node.names:
                    yield "/".join(place), parts[1], ".".join([*parts[2:], alias.name])


def test_a_noun_is_entered_only_by_its_doors() -> None:
    """`rewards.coupons.operations` is a door; `rewards.coupons.operations.coupons` is not."""
    found = list(entries())
    assert len(found) > 200
    gathering = ("rewards/models.py", "rewards/verification.py", "rewards/invariants.py")
    past = []
    for file, noun, what in found:
        layer, _, rest = what.partition(".")
        is_within = file.startswith("rewards/")
        doors = LAYERS | ({"models"} if is_within else set())
        if file not in gathering and (layer not in doors or "." in rest):
            past.append((file, noun, what))
    assert past == []


@pytest.mark.parametrize("noun", NOUNS)
def test_each_noun_says_in_five_lines_what_it_owns(noun: str) -> None:
    said = ast.get_docstring(ast.parse((ROOT / "rewards" / noun / "__init__.py").read_text(encoding="utf-8")))
    assert said is not None
    assert len([line for line in said.splitlines() if line]) <= 5
    assert "Owns: " in said
    assert "Does not own: " in said


@pytest.mark.parametrize("noun", NOUNS)
def test_each_layer_exports_only_what_it_holds(noun: str) -> None:
    """A layer of several files names what others may call, from its own files and from nowhere else."""
    for door in (ROOT / "rewards" / noun).glob("*/__init__.py"):
        here = ".".join(door.parent.relative_to(ROOT).parts)
        tree = ast.parse(door.read_text(encoding="utf-8"))
        brought = {alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names}
        sources = {node.module or "" for node in tree.body if isinstance(node, ast.ImportFrom)}
        assert all(source.startswith(f"{here}.") for source in sources), (here, sources)
        said: set[str] = set()
        for node in tree.body:
            if isinstance(node, ast.Assign):
                said = set(ast.literal_eval(node.value))
        assert said == brought, here
