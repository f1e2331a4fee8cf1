"""From a campaign's text to one recipient's mail: the frame is rendered once per campaign, the fields per recipient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import escape, linebreaks, urlize
from django.utils.safestring import mark_safe

from campaigns.facts import CampaignFacts, MailContent
from campaigns.queries import coupon_conditions, sample_values
from campaigns.rules.merge_fields import (
    BODY_FIELDS,
    FIELDS,
    SUBJECT_FIELDS,
    Part,
    fields_of,
    fill,
    parse,
)
from common.text import one_line
from merchants.facts import MerchantFacts
from rewards.coupons.facts import BatchFacts

_ALL_FIELDS = frozenset(FIELDS)


@dataclass(frozen=True)
class CompiledMail:
    """A campaign's mail, ready to be filled; `fields`: what must be known of each recipient."""

    subject: tuple[Part, ...]
    text: tuple[Part, ...]
    html: tuple[Part, ...]
    fields: frozenset[str]


@dataclass(frozen=True)
class FilledMail:
    subject: str
    text: str
    html: str


def compile_campaign(merchant: MerchantFacts, campaign: CampaignFacts) -> CompiledMail:
    """Compile the campaign's mail in the merchant's language. Raises TemplateError; a saved campaign has none."""
    return _compile_with_coupon(merchant, campaign.content, campaign.coupon)


def preview_mail(
    *, merchant: MerchantFacts, content: MailContent, coupon: BatchFacts | None, today: date, name: str = ""
) -> FilledMail:
    """Return what a member called `name` would get, with sample figures and a sample code.

    `html` is a whole document: show it in a sandboxed frame. Raises TemplateError for a text that cannot be read yet.
    """
    values = sample_values(merchant=merchant, coupon=coupon, name=name, today=today)
    return fill_mail(_compile_with_coupon(merchant, content, coupon), values)


def _compile_with_coupon(merchant: MerchantFacts, content: MailContent, coupon: BatchFacts | None) -> CompiledMail:
    conditions = coupon_conditions(merchant=merchant, coupon=coupon, language=merchant.language) if coupon else ()
    return compile_mail(content, language=merchant.language, has_coupon=coupon is not None, conditions=conditions)


def compile_mail(
    content: MailContent, *, language: str, has_coupon: bool, conditions: Sequence[str] = ()
) -> CompiledMail:
    """Render the frame around the text; `conditions` are the coupon's terms in words. Raises TemplateError.

    Fields stay as they are written and are cut out of the finished document, so that no value is ever part of
    a template, of Django's or of ours.
    """
    subject = parse(content.subject, allowed=SUBJECT_FIELDS, has_coupon=has_coupon)
    parse(content.preview_text, allowed=SUBJECT_FIELDS, has_coupon=has_coupon)
    parse(content.body, allowed=BODY_FIELDS, has_coupon=has_coupon)
    context = {
        "language": language,
        "preview_text": content.preview_text,
        "body": content.body.strip(),
        "body_html": mark_safe(linebreaks(urlize(content.body.strip(), autoescape=True))),  # noqa: S308 - urlize escapes
        "has_coupon": has_coupon,
        "conditions": list(conditions),
        "store_name": "{{ merchant }}",
        "coupon_code": "{{ coupon_code }}",
        "coupon_title": "{{ coupon_title }}",
        "coupon_valid_until": "{{ coupon_valid_until }}",
        "unsubscribe_url": "{{ unsubscribe_url }}",
    }
    with translation.override(language):
        text = parse(render_to_string("email/campaign.txt", context), allowed=_ALL_FIELDS, has_coupon=has_coupon)
        html = parse(render_to_string("email/campaign.html", context), allowed=_ALL_FIELDS, has_coupon=has_coupon)
    return CompiledMail(subject, text, html, fields_of(subject) | fields_of(text) | fields_of(html))


def fill_mail(compiled: CompiledMail, values: Mapping[str, str]) -> FilledMail:
    """Return one recipient's mail. Raises ValueMissingError where a field has neither a value nor a fallback."""
    return FilledMail(
        subject=one_line(fill(compiled.subject, values), 200),
        text=fill(compiled.text, values),
        html=fill(compiled.html, values, show=_show_in_html),
    )


def _show_in_html(field: str, value: str) -> str:
    shown = escape(value)
    return f'<a href="{shown}">{shown}</a>' if FIELDS[field].is_link else shown
