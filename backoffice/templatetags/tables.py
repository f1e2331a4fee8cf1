"""Tables whose columns are described once: heading, looks, order and cell of a column stand together.

    {% table row in page linked=True %}
      {% column _("Name") "title" sort="name" %}<a class="row-link" href="{{ row.url }}">…</a>{% endcolumn %}
      {% column _("Balance") "number fact" %}{% money row.balance %}{% endcolumn %}
      {% no_rows %}{% empty_state … %}…{% endempty_state %}{% endno_rows %}
    {% endtable %}

The block is drawn once for the head, where each column writes its heading, and once for each row, where it writes its
cell. So conditions and loops around columns hold for both; they must not ask the row, which the head does not have.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

from django import template
from django.template import Context, Node, NodeList, TemplateSyntaxError
from django.template.base import FilterExpression, Parser, Token, token_kwargs
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from backoffice.parts import Page, url_with
from backoffice.templatetags.ui import icon

register = template.Library()

Part = Literal["head", "row", "no_rows"]
PART: Final = "part_of_table"

HEAD_LOOKS: Final = frozenset({"number", "middle", "medium", "wide", "tick"})
"""They hold for a column's heading and its cells."""
LOOKS: Final = HEAD_LOOKS | {
    *("title", "fact", "action"),
    *("above", "breaks", "changes", "code-text", "figure", "nowrap", "row-head", "secondary"),
}
"""`title`, `fact` (with the heading beside it) and `action` stay on a phone; `row-head` names the row."""


class TableNode(Node):
    child_nodelists = ("columns",)

    def __init__(
        self, names: Sequence[str], rows: FilterExpression, options: dict[str, FilterExpression], columns: NodeList
    ) -> None:
        self.names, self.rows, self.options, self.columns = names, rows, options, columns

    def render(self, context: Context) -> SafeString:
        found = self.rows.resolve(context)
        page = found if isinstance(found, Page) else None
        rows = page.rows if page else found
        options = {"framed": True, "looks": "cards"} | {
            name: value.resolve(context) for name, value in self.options.items()
        }
        if not rows:
            content = mark_safe(self._draw_part(context, "no_rows").strip())  # noqa: S308 - what nodes drew
            titles = {name: options.get(name) for name in ("title", "note")}
            is_card = content and options["framed"]
            return render_to_string("components/card.html", titles | {"content": content}) if is_card else content
        drawn = [self._draw_row(context, row) for row in rows]
        options |= {"head": self._draw_part(context, "head"), "rows": drawn, "page": page}
        return render_to_string("components/table.html", options)

    def _draw_row(self, context: Context, row: Any) -> SafeString:
        values = (row,) if len(self.names) == 1 else row
        return self._draw_part(context, "row", **dict(zip(self.names, values, strict=True)))

    def _draw_part(self, context: Context, part: Part, **values: Any) -> SafeString:
        with context.push(**values, **{PART: part}):
            return self.columns.render(context)


class ColumnNode(Node):
    child_nodelists = ("cell",)

    def __init__(
        self, label: FilterExpression, looks: Sequence[str], options: dict[str, FilterExpression], cell: NodeList
    ) -> None:
        self.label, self.looks, self.options, self.cell = label, looks, options, cell

    def render(self, context: Context) -> SafeString:
        part = _read_part(context)
        if part == "no_rows":
            return SafeString()
        label = self.label.resolve(context)
        if not label:
            raise TemplateSyntaxError(f"No heading: nothing is called {self.label}.")
        if part == "head":
            options = {name: value.resolve(context) for name, value in self.options.items() if name != "short"}
            return _draw_heading(context, label, self.looks, **options)
        content = mark_safe(self.cell.render(context).strip())  # noqa: S308 - what nodes drew
        tag = mark_safe('th scope="row"' if "row-head" in self.looks else "td")  # noqa: S308 - our own constants
        labelled = SafeString()
        if "fact" in self.looks:
            short = self.options.get("short")
            labelled = format_html(' data-short="{}"', short.resolve(context)) if short else labelled
            labelled += format_html(' data-label="{}"', label)
        return format_html("<{}{}{}>{}</{}>", tag, _name_class(self.looks), labelled, content, tag[:2])


class NoRowsNode(Node):
    child_nodelists = ("content",)

    def __init__(self, content: NodeList) -> None:
        self.content = content

    def render(self, context: Context) -> SafeString:
        return self.content.render(context) if _read_part(context) == "no_rows" else SafeString()


@register.tag("table")
def parse_table(parser: Parser, token: Token) -> TableNode:
    """`{% table row in page %}`: a card with the rows and the pager; where there are none, what `no_rows` says.

    Rows are a `Page` or a sequence; `{% table name, before, after in changes %}` names the parts of a row. Options:
    `title` and `note` of the card, `linked` (a `row-link` opens the row), `footnote` below the rows, `framed=False` (no
    card), `looks` of the table ('cards': rows become cards on a phone), `scrolls` (its name, where it cannot fold). A
    row of a linked table is two lines on a phone: who or what it is, then its figures and state beside each other.
    """
    bits = token.split_contents()[1:]
    if "in" not in bits:
        raise TemplateSyntaxError("{% table row in rows %} names the row and the rows.")
    place = bits.index("in")
    names = [name.strip() for name in "".join(bits[:place]).split(",")]
    rows, options = parser.compile_filter(bits[place + 1]), token_kwargs(bits[place + 2 :], parser)
    columns = parser.parse(("endtable",))
    parser.delete_first_token()
    return TableNode(names, rows, options, columns)


@register.tag("column")
def parse_column(parser: Parser, token: Token) -> ColumnNode:
    """`{% column label "number fact" %}cell{% endcolumn %}`: a column with its heading, its looks and its cell.

    With `sort` the heading is a link that sorts by that key, then the other way; the state is in the address. With
    `unseen` it is only read out, above buttons that say by themselves what they do. `short` is said on a phone before
    the cell of a `fact` instead of the heading; "" where the value says by itself what it is.
    """
    bits = token.split_contents()[1:]
    looks = bits.pop(1)[1:-1].split() if len(bits) > 1 and bits[1][0] in "\"'" else []
    if unknown := set(looks) - LOOKS:
        raise TemplateSyntaxError(f"A column has no looks {', '.join(sorted(unknown))}.")
    label, options = parser.compile_filter(bits[0]), token_kwargs(bits[1:], parser)
    cell = parser.parse(("endcolumn",))
    parser.delete_first_token()
    return ColumnNode(label, looks, options, cell)


@register.tag("no_rows")
def parse_no_rows(parser: Parser, token: Token) -> NoRowsNode:
    """`{% no_rows %}…{% endno_rows %}` in a table: what its card says instead; nothing: there is no card."""
    content = parser.parse(("endno_rows",))
    parser.delete_first_token()
    return NoRowsNode(content)


@register.simple_tag(takes_context=True)
def tick_column(context: Context, field: str, value: object, name: str) -> SafeString:
    """A box per row for what is done to several at once, inside a `<form data-bulk>`; the head's box ticks the page."""
    part = _read_part(context)
    if part == "head":
        box = format_html('<input type="checkbox" aria-label="{}" data-bulk-page>', _("Select this page"))
        return format_html('<th scope="col" class="tick">{}</th>', box)
    if part == "no_rows":
        return SafeString()
    label = _("Select %(name)s") % {"name": name}
    box = format_html(
        '<input class="above" type="checkbox" name="{}" value="{}" aria-label="{}">', field, str(value), label
    )
    return format_html('<td class="tick">{}</td>', box)


def _read_part(context: Context) -> Part:
    part: Part | None = context.get(PART)
    if part is None:
        raise TemplateSyntaxError("Columns stand inside {% table %}.")
    return part


def _name_class(looks: Sequence[str]) -> SafeString:
    words = " ".join(word for word in looks if word != "row-head")
    return format_html(' class="{}"', words) if words else SafeString()


def _draw_heading(
    context: Context, label: str, looks: Sequence[str], *, sort: str = "", unseen: bool = False
) -> SafeString:
    named = _name_class([word for word in looks if word in HEAD_LOOKS])
    if sort:
        return _draw_sorting_heading(context, label, named, sort, is_number="number" in looks)
    content = format_html('<span class="visually-hidden">{}</span>', label) if unseen else label
    return format_html('<th scope="col"{}>{}</th>', named, content)


def _draw_sorting_heading(context: Context, label: str, named: str, sort: str, *, is_number: bool) -> SafeString:
    """Numbers are sorted from the largest first."""
    query = context["request"].GET
    current = str(query.get("sort") or context.get("default_sort") or "")
    state = {sort: "ascending", f"-{sort}": "descending"}.get(current, "")
    first, second = (f"-{sort}", sort) if is_number else (sort, f"-{sort}")
    arrow = {"ascending": "arrow-up", "descending": "arrow-down"}.get(state, "arrows-sort")
    return format_html(
        '<th scope="col"{}{}><a class="sort" href="{}">{}{}</a></th>',
        named,
        format_html(' aria-sort="{}"', state) if state else "",
        url_with(query, sort=second if current == first else first),
        label,
        icon(arrow),
    )
