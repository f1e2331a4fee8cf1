"""What the product defines and what of it the product uses, read from the syntax trees."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

TEMPLATE_CODE: Final = re.compile(r"\{[{%].*?[%}]\}", re.DOTALL)
WORD: Final = re.compile(r"[A-Za-z_]\w*")
DOTTED: Final = re.compile(r"[A-Za-z_]\w*([.:][A-Za-z_]\w*)*")
NOT_PRODUCT: Final = ("tests/", "bench/", "docs/")
REGISTERING: Final = re.compile(r"shared_task|register\(\"|.*\.(connect|task|filter|tag|simple_tag|inclusion_tag)\b")
"""Decorators that hand a function to what calls it. A tag without a name of its own is looked for in the templates."""


@dataclass(frozen=True)
class DefinedName:
    module: str
    name: str
    owner: str
    """The class it is defined in, "" at the top of a module."""
    registered: bool

    def __str__(self) -> str:
        return ".".join(filter(None, (self.module, self.owner, self.name)))


@dataclass
class Uses:
    """Names by how they are reached; every one is counted outside the definition of that name."""

    loaded: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """By module, the names read in it."""
    imported: dict[str, set[tuple[str, str]]] = field(default_factory=lambda: defaultdict(set))
    """By module, (module, name) of each name it takes from elsewhere."""
    attributes: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    """Whole texts that look like a name: getattr, fields by name."""
    paths: set[str] = field(default_factory=set)
    """The last parts of dotted texts: settings, tasks and modules by path."""
    in_templates: set[str] = field(default_factory=set)


def product_files(root: Path, pattern: str) -> list[str]:
    listed = subprocess.run(["git", "ls-files", pattern], cwd=root, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.split() if not name.startswith(NOT_PRODUCT) and (root / name).exists()]


def module_name(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def unused_definitions(root: Path) -> list[str]:
    """Return the dotted names of what is defined in the product and used only by tests, or by nothing."""
    trees = {name: ast.parse((root / name).read_text()) for name in product_files(root, "*.py")}
    templates = [(root / name).read_text() for name in product_files(root, "templates/*")]
    uses = collect_uses({module_name(name): tree for name, tree in trees.items()}, templates)
    found = []
    for path, tree in trees.items():
        if "/migrations/" not in path:
            found += [str(one) for one in definitions(module_name(path), tree) if not is_used(one, uses)]
    return sorted(found)


def definitions(module: str, tree: ast.Module) -> Iterator[DefinedName]:
    for node in tree.body:
        for name in defined_names(node):
            yield DefinedName(module, name, "", is_registered(node))
        if isinstance(node, ast.ClassDef):
            for part in node.body:
                if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef) and not part.name.startswith("__"):
                    yield DefinedName(module, part.name, node.name, is_registered(part))


def defined_names(node: ast.stmt) -> list[str]:
    """Return the functions, classes and constants that a statement at the top of a module defines."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    names = [target.id for target in targets if isinstance(target, ast.Name)]
    return [name for name in names if not name.startswith("__")]


def is_registered(node: ast.stmt) -> bool:
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return False
    return any(REGISTERING.match(ast.unparse(decorator).replace("'", '"')) for decorator in node.decorator_list)


def collect_uses(trees: dict[str, ast.Module], templates: Iterable[str]) -> Uses:
    uses = Uses()
    for module, tree in trees.items():
        for node in tree.body:
            if not (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"):
                add_uses(uses, module, node, frozenset())
    for text in templates:
        for code in TEMPLATE_CODE.findall(text):
            uses.in_templates.update(WORD.findall(code))
    return uses


def add_uses(uses: Uses, module: str, node: ast.AST, within: frozenset[str]) -> None:
    """Add the names below `node`; what a function says of itself in its own body is no use of it."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        within |= {node.name}
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in within:
        uses.loaded[module].add(node.id)
    elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
        if not (node.attr in within and isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"}):
            uses.attributes.add(node.attr)
    elif isinstance(node, ast.ImportFrom) and node.module:
        uses.imported[module] |= {(node.module, alias.name) for alias in node.names}
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and DOTTED.fullmatch(node.value):
        first, *rest = re.split("[.:]", node.value)
        (uses.paths.update(rest) if rest else uses.texts.add(first))
    for child in ast.iter_child_nodes(node):
        add_uses(uses, module, child, within)


def is_used(one: DefinedName, uses: Uses, is_found: Callable[[DefinedName], bool] | None = None) -> bool:
    """Say whether the product uses it; `is_found` answers for the frameworks, None: by its place and bases."""
    if one.registered or one.name in uses.attributes | uses.paths | uses.in_templates:
        return True
    if one.owner:
        return one.name in uses.texts or one.name in uses.loaded[one.module] or is_called_by_a_base(one)
    if one.name in uses.loaded[one.module]:
        return True
    if any(one.name in uses.loaded[module] for module in readers_of(one, uses)):
        return True
    return (is_found or is_found_by_a_framework)(one)


def readers_of(one: DefinedName, uses: Uses) -> set[str]:
    """Return the modules that import it, from where it is defined or from a module that offers it on."""
    offering = {one.module}
    takers = {module: {source for source, name in taken if name == one.name} for module, taken in uses.imported.items()}
    while more := {module for module, sources in takers.items() if sources & offering} - offering:
        offering |= more
    return offering - {one.module}


def is_called_by_a_base(one: DefinedName) -> bool:
    """Say whether a base class, of a library or of ours, has the method: then the base calls it."""
    owner = getattr(importlib.import_module(one.module), one.owner)
    if one.name.startswith("clean_") and hasattr(owner, "base_fields"):
        return one.name.removeprefix("clean_") in owner.base_fields
    return any(hasattr(base, one.name) for base in owner.__mro__[1:])


def is_found_by_a_framework(one: DefinedName) -> bool:
    """Say whether Django finds it by its place: commands, app configurations, tables, what urls and settings hold."""
    if one.name in {"urlpatterns", "app_name", "register", "application", "handler404", "handler500"}:
        return True
    if one.module == "loyalty.settings":
        return True
    found = getattr(importlib.import_module(one.module), one.name)
    names = {base.__name__ for base in getattr(found, "__mro__", ())[1:]}
    return bool(names & {"BaseCommand", "AppConfig", "Model"})
