"""One language per screen: every text that goes through gettext has its Indonesian in locale/id/parts."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.template.base import Node, NodeList, Template
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

pytestmark = pytest.mark.static

ROOT = Path(settings.BASE_DIR)
PACKAGES = sorted(path.parent.name for path in ROOT.glob("*/__init__.py") if path.parent.name != "tests")
CALLS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"}

TAGS = re.compile(r"\{[%{].*?[%}]\}", re.DOTALL)
MARKED = re.compile(r"""\b_\((?:"([^"]*)"|'([^']*)')\)""")
"""A text marked where it is handed to a tag or a filter: `{% column _("Receipt") %}`."""


def translated() -> set[str]:
    done: set[str] = set()
    for part in ROOT.glob("locale/id/parts/*.po"):
        done |= {entry.msgid for entry in polib.pofile(str(part)).translated_entries()}
    return done


def texts_of_python(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            first = node.args[0] if node.args and name in CALLS else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str) and first.value:
                yield first.value


def texts_of_template(path: Path) -> Iterator[str]:
    source = path.read_text(encoding="utf-8")
    for tag in TAGS.findall(source):
        for double, single in MARKED.findall(tag):
            # Django looks a text of a template up with its percent signs written twice.
            yield (double or single).replace("%", "%%")
    for node in every_node(Template(source).nodelist):
        if isinstance(node, TranslateNode):
            text = node.filter_expression.var
            literal = text if isinstance(text, str) else text.literal
            if isinstance(literal, str):
                yield literal.replace("%", "%%")
        elif isinstance(node, BlockTranslateNode):
            text, _ = node.render_token_list(node.singular)
            yield text.strip() if not node.trimmed else " ".join(text.split())


def every_node(nodes: NodeList) -> Iterator[Node]:
    for node in nodes:
        yield node
        for name in (*getattr(node, "child_nodelists", ()), "nodelist", "nodelist_loop"):
            children = getattr(node, name, None)
            if isinstance(children, NodeList):
                yield from every_node(children)
        for _, children in getattr(node, "conditions_nodelists", ()):
            yield from every_node(children)


def unsaid(texts: Iterator[str]) -> list[str]:
    done = translated()
    return sorted({text for text in texts if text not in done})


@pytest.mark.parametrize("package", PACKAGES)
def test_every_text_of_the_code_is_said_in_indonesian(package: str) -> None:
    paths = [path for path in (ROOT / package).rglob("*.py") if "migrations" not in path.parts]
    assert unsaid(text for path in paths for text in texts_of_python(path)) == []


@pytest.mark.parametrize("folder", sorted(path.name for path in (ROOT / "templates").iterdir()))
def test_every_text_of_the_templates_is_said_in_indonesian(folder: str) -> None:
    start = ROOT / "templates" / folder
    paths = [start] if start.is_file() else [path for path in start.rglob("*") if path.suffix in {".html", ".txt"}]
    assert unsaid(text for path in paths for text in texts_of_template(path)) == []


def test_texts_do_not_beg() -> None:
    """Buttons and notes say what to do, without the ornaments of official letters."""
    ornaments = re.compile(r"\b(silakan|mohon|tolong)\b", re.IGNORECASE)
    said = [
        text
        for part in ROOT.glob("locale/id/parts/*.po")
        for entry in polib.pofile(str(part))
        for text in (entry.msgstr, *entry.msgstr_plural.values())
    ]
    assert [text for text in said if ornaments.search(text)] == []


def test_a_member_is_called_one_thing() -> None:
    """`docs/words.md`: member, not anggota; what belongs to a control group is its anggota."""
    other = re.compile(r"\banggota(nya)?\b(?! kelompok)", re.IGNORECASE)
    found = [
        f"{part.name}: {entry.msgid}"
        for part in sorted(ROOT.glob("locale/id/parts/*.po"))
        for entry in polib.pofile(str(part))
        if any(other.search(text) for text in (entry.msgstr, *entry.msgstr_plural.values()))
    ]
    assert found == []
