"""The components pages are built from. docs/ui.md shows each with an example.

Small ones are tags; those that wrap content are blocks (`{% card "Title" %}...{% endcard %}`). Values come from
`backoffice.parts` and `backoffice.charts`; nothing here runs a query.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import segno
from django import template
from django.forms import BaseForm
from django.template import Context
from django.template.loader import render_to_string
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.charts import Chart
from backoffice.charts.parts import SEGMENT_PATHS
from backoffice.parts import Chip, Event, Figure, Page, Tab, WizardStep
from backoffice.words import REWARD_STATE_WORDS

register = template.Library()

ICONS: Final = Path(__file__).resolve().parents[2] / "static" / "vendor" / "tabler-icons"

SEGMENT_WORDS: Final = {
    "new": gettext_lazy("New"),
    "active": gettext_lazy("Active"),
    "loyal": gettext_lazy("Loyal"),
    "lapsed": gettext_lazy("Lapsed"),
}
SEGMENT_SHAPES: Final = {
    code: f'<path d="{path}" '
    + ('fill="none" stroke="currentColor" stroke-width="1.8"/>' if code == "lapsed" else 'fill="currentColor"/>')
    for code, path in SEGMENT_PATHS.items()
}

# A state is recognized by word, icon and tone, never by tone alone.
STATES: Final = {
    "draft": (gettext_lazy("Draft"), "pencil", "outline"),
    "scheduled": (gettext_lazy("Scheduled"), "clock", "info"),
    "preparing": (gettext_lazy("Being prepared"), "refresh", "info"),
    "running": (gettext_lazy("Running"), "player-play", "good"),
    "paused": (gettext_lazy("Paused"), "player-pause", "attention"),
    "finished": (gettext_lazy("Finished"), "check", ""),
    "sending": (gettext_lazy("Being sent"), "refresh", "info"),
    "sent": (gettext_lazy("Sent"), "check", ""),
    "cancelled": (gettext_lazy("Cancelled"), "x", "outline"),
    "revoked": (gettext_lazy("Revoked"), "x", "outline"),
    "enabled": (gettext_lazy("In use"), "check", "good"),
    "failed": (gettext_lazy("Failed"), "alert-circle", "bad"),
}


@lru_cache(maxsize=256)
def _icon_shapes(name: str) -> str:
    return (ICONS / f"{name}.svg").read_text(encoding="utf-8").strip()


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """`{% icon "users" %}`: a decorative icon of 20 px (`size="small"`: 16), the word is beside it."""
    shapes = _icon_shapes(name)
    return mark_safe(shapes.replace("<svg ", f'<svg class="icon {size}" aria-hidden="true" ', 1))  # noqa: S308 - our files


@register.simple_tag
def segment_mark(code: str) -> SafeString:
    """The segment's shape alone, for places where the word is beside it (legend, chart head)."""
    shape = mark_safe(SEGMENT_SHAPES[code])  # noqa: S308 - our own constant
    return format_html('<svg class="mark {}" viewBox="0 0 12 12" aria-hidden="true">{}</svg>', code, shape)


@register.simple_tag
def segment_badge(code: str | None, has_bought: bool = False) -> SafeString:
    """Colour, shape and word of a lifecycle segment: new, active, loyal, lapsed; anything else = no purchase yet.

    Who has bought since the last night is in no segment yet: the next night sorts them.
    """
    if code not in SEGMENT_SHAPES:
        return format_html('<span class="badge">{}</span>', _("Sorted tonight") if has_bought else _("No purchase yet"))
    return format_html(
        '<span class="badge {}"><svg viewBox="0 0 12 12" aria-hidden="true">{}</svg>{}</span>',
        code,
        mark_safe(SEGMENT_SHAPES[code]),  # noqa: S308
        SEGMENT_WORDS[code],
    )


@register.simple_tag
def tier_badge(name: str | None, rank: int | None = 1) -> SafeString:
    """A tier's own name with 1 to 4 chevrons; `rank` 1 is the lowest tier. No tier: a dash."""
    if not name:
        return format_html('<span class="secondary">{}</span>', "–")
    rank = min(max(rank or 1, 1), 4)
    chevrons = "".join(f'<path d="M1.5 {y + 2.2} 5 {y} 8.5 {y + 2.2}"/>' for y in (8.6, 6.1, 3.6, 1.1)[:rank])
    svg = (
        '<svg viewBox="0 0 10 12" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round"'
        f' stroke-linejoin="round" aria-hidden="true">{chevrons}</svg>'
    )
    return format_html('<span class="badge tier-{}">{}{}</span>', rank, mark_safe(svg), name)  # noqa: S308 - numbers only


@register.simple_tag
def state_badge(state: str) -> SafeString:
    """State of a campaign, coupon batch or key; the words are the keys of STATES."""
    word, icon_name, tone = STATES[state]
    return format_html('<span class="badge {}">{}{}</span>', tone, icon(icon_name), word)


@register.simple_tag
def gift_badge(state: str) -> SafeString:
    """State of a redemption or of a gift on its way, a key of `REWARD_STATE_WORDS`."""
    word, icon_name, tone = REWARD_STATE_WORDS[state]
    return format_html('<span class="badge {}">{}{}</span>', tone, icon(icon_name), word)


@register.simple_tag
def badge(text: str, tone: str = "", icon_name: str = "") -> SafeString:
    """Any other short state in a word. Tones: info, good, attention, bad, outline."""
    return format_html('<span class="badge {}">{}{}</span>', tone, icon(icon_name) if icon_name else "", text)


@register.simple_block_tag
def page_header(
    content: str, title: str, *, parent: str = "", parent_url: str = "", lead: str = "", badge: str = ""
) -> SafeString:
    """Title, the way back, and at most one primary action inside the block. `badge` is beside the title."""
    values = {"title": title, "parent": parent, "parent_url": parent_url, "lead": lead, "badge": badge}
    return _render_part("page_header", **values, content=content)


@register.simple_block_tag
def card(content: str, title: str = "", note: str = "", flush: bool = False) -> SafeString:
    """A white card; `note` is said in grey at the right of its title, `flush` removes the padding for a table."""
    return _render_part("card", title=title, note=note, flush=flush, content=content)


@register.simple_block_tag
def definition(content: str, label: str, end: bool = False) -> SafeString:
    """A term with a dotted line that opens its definition. `end` opens it towards the left, near the right edge."""
    return _render_part("definition", label=label, end=end, content=content)


@register.simple_block_tag
def banner(content: str, tone: str = "info", title: str = "") -> SafeString:
    """News that lasts. Tones: info, good, attention, bad."""
    return _render_part("banner", tone=tone, title=title, content=content)


@register.simple_block_tag
def preview(content: str, title: str, action: str, confirms: str, discard_url: str = "") -> SafeString:
    """What a form is about to do, above its boxes, with the button that does it; `action` names the sum.

    It takes the focus, and the button does not act in the first second: it must be read before it can be pressed. Below
    the boxes is `{% save_bar again %}`, which only shows the preview again. `confirms` is sent as `confirmed`.
    """
    values = {"title": title, "action": action, "confirms": confirms, "discard_url": discard_url}
    return _render_part("preview", **values, content=content)


@register.simple_block_tag
def empty_state(content: str, title: str, icon_name: str = "search", kind: str = "first_use") -> SafeString:
    """Nothing to show, and why: one title, one sentence, one primary button inside the block.

    Kinds: first_use, no_result, cleared, not_enough, no_permission.
    """
    return _render_part("empty_state", title=title, icon_name=icon_name, kind=kind, content=content)


@register.simple_block_tag
def filter_bar(content: str, label: str = "") -> SafeString:
    """The fields of a list's filters, sent by GET so that the address reproduces the screen."""
    return _render_part("filter_bar", label=label or _("Filters"), content=content)


@register.simple_tag
def filter_search(asked: str, example: str) -> SafeString:
    """The search box of a filter bar; `example` says in the empty box what is searched."""
    return _render_part("filter_search", asked=asked, example=example)


@register.simple_tag
def filter_choice(
    name: str, label: str, choices: Iterable[tuple[object, str]], chosen: object, every: str | None = ""
) -> SafeString:
    """One of several (code, word) in a filter bar; `every` is the word for no narrowing, None leaves it out."""
    pairs = [(str(code), word) for code, word in choices]
    first = [] if every is None else [("", every or _("All"))]
    return _render_part("filter_choice", field=name, label=label, choices=first + pairs, chosen=str(chosen or ""))


@register.simple_tag
def filter_problems(form: BaseForm) -> SafeString:
    """Which filters cannot be read, each with a link to its box."""
    return _render_part("filter_problems", form=form)


@register.simple_block_tag
def bulk_bar(content: str, page: Page, may_take_all: bool = True, hint: str = "") -> SafeString:
    """How many rows are ticked, a box for all that match, and inside the block the buttons of what is done to them.

    With a `hint`, the bar is there before anything is ticked: its buttons cannot be pressed yet, and the hint says why.
    """
    return _render_part("bulk_bar", page=page, may_take_all=may_take_all, content=content, hint=hint)


@register.simple_block_tag(takes_context=True)
def confirm_dialog(
    context: Context,
    content: str,
    *,
    dialog_id: str,
    title: str,
    action: str,
    url: str,
    type_name: str = "",
    critical: bool = True,
) -> SafeString:
    """A question before an action with consequences, opened by `<button type="button" data-dialog="ID">`.

    `title` is the question, the block the consequence (and up to four fields), `action` the button with its count
    ('Delete 12 coupons'). With `type_name` the button waits until that text is typed (high impact).
    """
    values = {"dialog_id": dialog_id, "title": title, "action": action, "url": url, "type_name": type_name}
    marks = {"csrf_token": context.get("csrf_token"), "frame": context.get("frame")}
    return _render_part("confirm_dialog", **values, critical=critical, content=content, **marks)


@register.simple_tag
def pager(page: Page) -> SafeString:
    """Newer and older pages with the total, under a table."""
    return _render_part("pager", page=page)


@register.simple_tag
def tabs(items: Sequence[Tab], label: str = "") -> SafeString:
    """Views of a list or parts of a record; each has its own address."""
    return _render_part("tabs", tabs=items, label=label or _("Views"))


@register.simple_tag
def chips(items: Sequence[Chip], clear_url: str = "?") -> SafeString:
    """The filters in force as words, each removable, and one link that clears all."""
    return _render_part("chips", chips=items, clear_url=clear_url) if items else mark_safe("")


@register.simple_tag
def figure_link(figure: str, url: str = "") -> SafeString:
    """A figure that opens the list behind it; plain where there is none, or the reader may not see it."""
    return format_html('<a href="{}">{}</a>', url, figure) if url else conditional_escape(figure)


@register.simple_tag
def kpi(figure: Figure) -> SafeString:
    """A figure with its definition, period, comparison and base."""
    return _render_part("kpi", figure=figure)


@register.simple_tag
def timeline(events: Sequence[Event]) -> SafeString:
    """What happened to a record, newest first: when, what, who, why, before and after."""
    return _render_part("timeline", events=events)


@register.simple_tag
def steps(items: Sequence[WizardStep]) -> SafeString:
    """The steps of a wizard, and which is the current one."""
    return _render_part("steps", steps=items)


@register.simple_tag
def secret_box(label: str, value: str) -> SafeString:
    """A key shown this once, with a button that copies it."""
    return _render_part("secret_box", label=label, value=value)


@register.simple_tag
def save_bar(save: str = "", discard_url: str = "", previewed: bool = False) -> SafeString:
    """The bar at the bottom of a `<form data-guard>`: save, or discard the changes.

    `previewed`: a `preview` above has the button that saves; this one only shows it again.
    """
    word = _("Review again") if previewed else save or _("Save")
    return _render_part("save_bar", save=word, discard_url=discard_url, previewed=previewed)


@register.simple_tag
def error_summary(form: BaseForm) -> SafeString:
    """What has to be put right, linking to each field; takes the focus after a refused form."""
    return _render_part("forms/error_summary", form=form) if form.errors else mark_safe("")


@register.simple_tag
def skeleton(lines: int = 6) -> SafeString:
    """Grey lines while a part of a page is being fetched."""
    return _render_part("skeleton", lines=range(lines))


@register.simple_tag
def qr(text: str, label: str) -> SafeString:
    """A QR code as inline SVG, dark on white in every theme, with `label` as its accessible name."""
    code = segno.make(text, error="m", micro=False)
    drawing = code.svg_inline(border=2, omitsize=True, svgclass=None, lineclass=None)
    return format_html('<span role="img" aria-label="{}" class="qr">{}</span>', label, mark_safe(drawing))  # noqa: S308 - squares only


@register.simple_tag(name="chart")
def chart_tag(chart: Chart) -> SafeString:
    """One question answered by a drawing, with its unit, period, table and CSV link."""
    return _render_part("chart", chart=chart, segments=SEGMENT_PATHS)


def _render_part(name: str, **values: Any) -> SafeString:
    content = values.get("content")
    if content is not None:
        values["content"] = conditional_escape(content)
    return render_to_string(f"components/{name}.html", values)
