"""A person's data as one file: everything as JSON for programs, and the same as a page to read."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string
from django.utils.translation import gettext

from common.languages import reader_language
from common.quantities import format_instant
from merchants.facts import MerchantFacts
from people.facts import Section
from people.queries import person_sections
from people.wording import COLUMN_WORDS, SECTION_WORDS, value_in_words


def pack_person(*, merchant: MerchantFacts, member_id: UUID, at: datetime) -> bytes:
    """Return the person's file, a ZIP, in the active language. Raises MemberNotFound."""
    sections = person_sections(merchant=merchant, member_id=member_id, at=at)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as folder:
        folder.writestr("data.json", _json_of(merchant, sections, at))
        folder.writestr("data.html", _page_of(merchant, sections, at))
    return packed.getvalue()


def _json_of(merchant: MerchantFacts, sections: Sequence[Section], at: datetime) -> str:
    content = {
        "store": merchant.name,
        "currency": merchant.currency,
        "made_at": at,
        **{section.name: section.rows for section in sections},
    }
    return json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)


def _page_of(merchant: MerchantFacts, sections: Sequence[Section], at: datetime) -> str:
    language = reader_language()
    shown = [
        {
            "title": SECTION_WORDS[section.name],
            "columns": [COLUMN_WORDS[column] for column in section.rows[0]],
            "rows": [[value_in_words(name, value, merchant) for name, value in row.items()] for row in section.rows],
        }
        for section in sections
    ]
    context = {
        "language": language,
        "title": gettext("Your data at %(store)s") % {"store": merchant.name},
        "made": gettext("Made on %(at)s") % {"at": format_instant(at, merchant.timezone, language)},
        "sections": shown,
    }
    return render_to_string("people/person_file.html", context)
