"""The check of a draft before it is published, and of everything that is live: by itself, and on past receipts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from backoffice.access import StaffRequest, staff_page
from backoffice.promotions.goods import check_goods
from backoffice.promotions.naming import describe, names_of, other_language, surroundings_of, with_goods_of
from backoffice.promotions.trials import BasketTrial, Tried, try_draft
from backoffice.slow_pages import slow_page
from common.languages import reader_language
from insights.facts import BasketReport, FindingCode
from insights.queries import lint_baskets
from insights.wording import finding_sentence
from merchants.facts import MerchantFacts, Permission
from rewards.engine import DefinitionError, Problem, validate_definition
from rewards.engine.facts import Definition, Finding, Level
from rewards.engine.linter import DRAFT_ID
from rewards.engine.linter.overlap import filters_of
from rewards.promotions.queries import PromotionDetails, PromotionSummary, findings_of, findings_of_all
from rewards.promotions.wording import Names, finding_message

UNKNOWN_GOODS = "unknown_goods"
OF_ALL_SALES = frozenset({FindingCode.DISCOUNT_OF_SALES, FindingCode.DISCOUNT_OF_VISITS})


@dataclass(frozen=True)
class Noted:
    """One thing found: `box` is the id of the field that mends it, "" where there is none."""

    text: str
    refuses: bool
    code: str
    pointer: str = ""
    box: str = ""


@dataclass(frozen=True)
class PastNote:
    text: str
    is_warning: bool
    code: str
    concerns_draft: bool


@dataclass(frozen=True)
class Past:
    """What the last receipts say; `note` tells which they are."""

    receipts: int
    report: BasketReport
    notes: list[PastNote]


@dataclass(frozen=True)
class Checked:
    """A draft read back in both languages, with what the check says and what a basket would cost."""

    definition: Definition | None
    sentences: list[str]
    in_other_language: list[str]
    noted: list[Noted]
    tried: Tried | None
    past: Past | None
    problems: list[Problem]
    sent: list[str] = field(default_factory=list)
    """How tills spell the goods that it names."""

    @property
    def warnings(self) -> str:
        """What somebody has been shown when they press Publish again."""
        codes = [note.code for note in self.noted if not note.refuses]
        past = self.past.notes if self.past else []
        return ",".join([*codes, *(note.code for note in past if note.is_warning and note.concerns_draft)])

    @property
    def count(self) -> int:
        """Return how many things there are to look at; what past receipts say without warning is no such thing."""
        return len(self.noted) + sum(note.is_warning for note in (self.past.notes if self.past else ()))

    @property
    def refusals(self) -> list[Noted]:
        return [note for note in self.noted if note.refuses]


def check(
    merchant: MerchantFacts,
    names: Names,
    definition: Mapping[str, Any],
    *,
    found: PromotionDetails | None,
    trial: BasketTrial | None,
    starts_at: datetime,
    now: datetime,
    with_past: bool,
) -> Checked:
    """`found`: the promotion whose next version the definition would be."""
    try:
        draft = validate_definition({**definition, "id": str(found.row.id) if found else DRAFT_ID})
    except DefinitionError as invalid:
        return Checked(None, [], [], [], None, None, list(invalid.problems))
    names = with_goods_of(names, merchant, [draft])
    goods = check_goods(merchant, filters_of(draft), merchant.day_of(now))
    first_day = starts_at.astimezone(ZoneInfo(merchant.timezone)).date()
    findings = findings_of(merchant=merchant, draft=draft, surroundings=surroundings_of(names), first_day=first_day)
    return Checked(
        definition=draft,
        sentences=describe(draft, names, merchant.currency, reader_language()),
        in_other_language=describe(draft, names, merchant.currency, other_language()),
        noted=[
            *noted(findings, merchant, names),
            *(Noted(one.text, refuses=False, code=UNKNOWN_GOODS, pointer=one.pointer) for one in goods.unknown),
        ],
        tried=try_draft(merchant, draft, trial, now) if trial else None,
        past=_past(merchant, draft, found, now) if with_past else None,
        problems=[],
        sent=goods.sent,
    )


def noted(findings: list[Finding], merchant: MerchantFacts, names: Names) -> list[Noted]:
    return [
        Noted(
            finding_message(finding, currency=merchant.currency, language=reader_language(), calendar=names.calendar),
            finding.level is Level.REFUSE,
            finding.code,
            finding.pointer,
        )
        for finding in findings
    ]


def _past(merchant: MerchantFacts, draft: Definition, found: PromotionDetails | None, now: datetime) -> Past:
    report = lint_baskets(merchant=merchant, candidate=draft, at=now, replaces=found.row.id if found else None)
    notes = [
        PastNote(
            finding_sentence(finding, report, merchant=merchant, language=reader_language()),
            finding.is_warning,
            f"past.{finding.code}",
            draft.id in finding.promotion_ids or finding.code in OF_ALL_SALES,
        )
        for finding in report.findings
    ]
    return Past(report.receipts, report, [note for note in notes if note.concerns_draft])


# --- everything that is live -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CheckedOffer:
    wording: PromotionSummary
    noted: list[Noted]


@staff_page(Permission.SEE_OFFERS)
@slow_page
def promotions_check(request: StaffRequest) -> HttpResponse:
    """Conflicts of the live promotions among each other; what receipts say is fetched once the page stands."""
    merchant = request.staff.merchant
    names, today = names_of(merchant), timezone.now().astimezone(ZoneInfo(merchant.timezone)).date()
    found = findings_of_all(merchant=merchant, surroundings=surroundings_of(names), first_day=today)
    rows = [CheckedOffer(wording, noted(findings, merchant, names)) for wording, findings in found]
    rows.sort(key=lambda row: not any(note.refuses for note in row.noted))
    context: dict[str, Any] = {
        "rows": rows,
        "never": sum(any(note.refuses for note in row.noted) for row in rows),
    }
    return render(request, "backoffice/promotions/check.html", context)
