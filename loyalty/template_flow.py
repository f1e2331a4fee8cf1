"""Where a template may be broken into lines: its tokens, and the paths a rendering can take through them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

Kind = Literal["space", "block", "silent", "flow", "ink"]

COMPONENT_BLOCKS: Final = frozenset(
    {
        *("banner", "bulk_bar", "card", "column", "confirm_dialog", "definition", "empty_state", "filter_bar"),
        *("no_rows", "page_header", "preview", "slot", "table"),
    }
)
"""Tags of our own and of allauth with an end tag: djangofmt does not know them."""
INLINE_COMPONENTS: Final = frozenset({"definition", "slot"})
BLOCK_COMPONENTS: Final = frozenset(
    {
        "chart",
        "chips",
        "filter_choice",
        "filter_problems",
        "filter_search",
        "kpi",
        "pager",
        "save_bar",
        "secret_box",
        "skeleton",
        "steps",
        "tabs",
        "tick_column",
        "timeline",
        "error_summary",
    }
)
BLOCK_ELEMENTS: Final = frozenset(
    {
        "article",
        "aside",
        "body",
        "caption",
        "dd",
        "details",
        "dialog",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "head",
        "header",
        "hr",
        "html",
        "legend",
        "li",
        "link",
        "main",
        "meta",
        "nav",
        "ol",
        "optgroup",
        "option",
        "p",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "title",
        "tr",
        "ul",
        "br",
    }
)
WRAPPERS: Final = frozenset({"<a", "<button", "<em", "<label", "<small", "<span", "<strong"})
"""White space just inside these joins white space just outside, whether they are inline, a flex box or a block."""
FLOW_TAGS: Final = frozenset(
    {"if", "elif", "else", "endif", "for", "empty", "endfor", "block", "endblock", "with", "endwith"}
)
SILENT_TAGS: Final = frozenset({"load", "extends", "csrf_token", "cycle"})
VOID: Final = frozenset({"br", "hr", "img", "input", "link", "meta", "wbr", "source", "col", "path", "rect", "circle"})

RAW: Final = re.compile(
    r"(?is)<(pre|textarea|script|style|svg)\b.*?</\1\s*>|<!--.*?-->|<!doctype[^>]*>"
    r"|\{%\s*(comment|verbatim)\b.*?\{%\s*end\2\s*%\}"
    r"|\{%\s*blocktranslate\b.*?\{%\s*endblocktranslate\s*%\}"
)
TEMPLATE: Final = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}")
SPACE: Final = re.compile(r"\s+")
TEXT: Final = re.compile(r"[^\s<{]+|[<{]")
ELEMENT: Final = re.compile(r"</?([a-zA-Z][\w-]*)")


@dataclass(frozen=True)
class Token:
    """A piece of a template. `block`: white space beside it is not seen; `silent`: it writes nothing."""

    text: str
    kind: Kind
    name: str = ""
    opens: bool = False
    closes: bool = False

    def with_text(self, text: str) -> "Token":
        """Return the same token written otherwise."""
        return replace(self, text=text)


def is_structural(token: Token) -> bool:
    """Say whether a token deserves a line of its own."""
    return token.kind in ("block", "silent", "flow")


def read_tokens(source: str) -> Iterator[Token]:
    """Yield the tokens of a template; joined they are the source."""
    place = 0
    while place < len(source):
        if found := RAW.match(source, place):
            yield _read_raw(found.group())
        elif found := TEMPLATE.match(source, place):
            yield _read_tag(found.group())
        elif found := SPACE.match(source, place):
            yield Token(found.group(), "space")
        elif named := ELEMENT.match(source, place):
            end = _find_end(source, named.end())
            yield _read_element(source[place:end], named[1].lower())
            place = end
            continue
        else:
            found = TEXT.match(source, place)
            assert found
            yield Token(found.group(), "ink")
        place = found.end()


def _find_end(source: str, place: int) -> int:
    """Return where the element's tag ends: quotes and template tags may hold a `>`."""
    quote = ""
    while place < len(source):
        if found := TEMPLATE.match(source, place):
            place = found.end()
            continue
        letter = source[place]
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter == ">":
            return place + 1
        place += 1
    return place


def _read_raw(text: str) -> Token:
    if text.startswith("{%"):
        name = text[2:].split(maxsplit=1)[0]
        head = text[: text.index("%}")]
        return Token(text, "silent" if name == "comment" or " asvar " in head else "ink", name)
    is_block = text.lower().startswith(("<pre", "<style", "<script", "<!doctype"))
    return Token(text, "silent" if text.startswith("<!--") else "block" if is_block else "ink")


def _read_tag(text: str) -> Token:
    if text.startswith("{{"):
        return Token(text, "block" if text.endswith(".as_field_group }}") else "ink")
    if text.startswith("{#"):
        return Token(text, "silent")
    name = text[2:].split(maxsplit=1)[0]
    bare = name.removeprefix("end")
    opens, closes = bare == name and bare in COMPONENT_BLOCKS | {"if", "for", "block", "with"}, bare != name
    if name in FLOW_TAGS:
        return Token(text, "flow", bare, opens, closes)
    if bare in COMPONENT_BLOCKS - INLINE_COMPONENTS:
        return Token(text, "block", bare, opens, closes)
    if name in BLOCK_COMPONENTS:
        return Token(text, "block", name)
    if name in SILENT_TAGS or (name != "include" and re.search(r" as \w+ %\}$", text)):
        return Token(text, "silent", name)
    return Token(text, "ink", bare, opens, closes)


def _read_element(text: str, name: str) -> Token:
    closes = text.startswith("</")
    opens = not closes and name not in VOID and not text.endswith("/>")
    return Token(text, "block" if name in BLOCK_ELEMENTS else "ink", f"<{name}", opens, closes)


# ---- The paths ------------------------------------------------------------------------------------------------------


def find_safe_gaps(tokens: list[Token]) -> set[int]:
    """Return the places after which white space cannot be seen: on one side, every path has white space or a block.

    Each token has two nodes, for what comes before it in the text and what comes after: of an `else` the first one
    leads behind the `endif` and the second one comes from the `if`.
    """
    edges = list(_find_edges(tokens))
    after = _find_meeting_blanks(tokens, edges, passed="closes")
    before = _find_meeting_blanks(tokens, [(to, start) for start, to in edges], passed="opens")
    return {index for index in range(len(tokens) - 1) if before[2 * index + 1] or after[2 * index + 2]}


def _find_meeting_blanks(
    tokens: list[Token], edges: list[tuple[int, int]], *, passed: Literal["opens", "closes"]
) -> list[bool]:
    """Return for each node whether all paths along the edges meet white space or a block first.

    A wrapper is `passed` on the way out of it; the way into one ends there.
    """
    ways: dict[int, list[int]] = {}
    for start, to in edges:
        ways.setdefault(start, []).append(to)
    fixed = [_is_unseen_beside(token, passed) for token in tokens]
    safe = [fixed[node // 2] is not False for node in range(2 * len(tokens))]
    changes = True
    while changes:
        changes = False
        for node, is_safe in enumerate(safe):
            if is_safe and fixed[node // 2] is None:
                found = ways.get(node, [])
                if not found or not all(safe[to] for to in found):
                    safe[node], changes = False, True
    return safe


def _is_unseen_beside(token: Token, passed: Literal["opens", "closes"]) -> bool | None:
    """Return whether white space beside the token is unseen; None: that depends on what follows it."""
    if token.kind in ("space", "block"):
        return True
    if token.name in WRAPPERS and getattr(token, passed):
        return None
    return False if token.kind == "ink" else None


def _find_edges(tokens: list[Token]) -> Iterator[tuple[int, int]]:
    """Yield the steps a rendering can take, from node to node."""
    opened: list[list[int]] = []
    for index, token in enumerate(tokens):
        came, goes = 2 * index, 2 * index + 1
        if index + 1 < len(tokens):
            yield goes, came + 2
        word = token.text[2:].split()[0] if token.kind == "flow" else ""
        if word in ("if", "for"):
            opened.append([index])
            yield came, goes
        elif word in ("elif", "else", "empty") and opened:
            opened[-1].append(index)
        elif word in ("endif", "endfor") and opened:
            yield from _find_branches(tokens, opened.pop(), index)
        else:
            yield came, goes


def _find_branches(tokens: list[Token], parts: list[int], end: int) -> Iterator[tuple[int, int]]:
    """Yield the steps of one condition or loop, whose parts begin at those places."""
    first, others = parts[0], parts[1:]
    behind = 2 * end + 1
    for part in others:
        yield 2 * first, 2 * part + 1
        yield 2 * part, behind
    yield 2 * end, behind
    if tokens[first].name == "for":
        last_of_body = others[0] if others else end
        yield 2 * last_of_body, 2 * first + 1
    if not any(tokens[part].text.split()[1] in ("else", "empty") for part in others):
        yield 2 * first, behind
