"""What the check says of a promotion before it is published: by itself, beside what is live, and on past receipts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from backoffice.promotions.trials import Tried
from common.languages import reader_language
from insights.facts import BasketReport, FindingCode
from insights.queries import lint_baskets
from insights.wording import finding_sentence
from merchants.facts import MerchantFacts
from rewards.engine import Problem
from rewards.engine.facts import Definition, Finding, Level
from rewards.promotions.queries import PromotionDetails
from rewards.promotions.wording import Names, finding_message

UNKNOWN_GOODS: Final = "unknown_goods"
OF_ALL_SALES: Final = frozenset({FindingCode.DISCOUNT_OF_SALES, FindingCode.DISCOUNT_OF_VISITS})


@dataclass(frozen=True)
class Noted:
    """One finding in words: `box` is the id of the field that fixes it, "" where there is none."""

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
    """What the last receipts say; `report` has their number and days."""

    receipts: int
    report: BasketReport
    notes: list[PastNote]


@dataclass(frozen=True)
class Checked:
    """A definition read back in both languages, with what the check found and what a basket would cost.

    `definition` is None where `problems` say why it is none.
    """

    definition: Definition | None
    problems: list[Problem] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    in_other_language: list[str] = field(default_factory=list)
    noted: list[Noted] = field(default_factory=list)
    tried: Tried | None = None
    past: Past | None = None
    sent: list[str] = field(default_factory=list)
    """How tills spell the goods that it names."""

    @property
    def warnings(self) -> str:
        """Return the codes a person has to have read before Publish is pressed again; "" for none."""
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

    @property
    def unknown_goods(self) -> list[Noted]:
        return [note for note in self.noted if note.code == UNKNOWN_GOODS]


def note_findings(findings: Iterable[Finding], merchant: MerchantFacts, names: Names) -> list[Noted]:
    """Return the findings in the reader's language."""
    return [
        Noted(
            finding_message(finding, currency=merchant.currency, language=reader_language(), calendar=names.calendar),
            finding.level is Level.REFUSE,
            finding.code,
            finding.pointer,
        )
        for finding in findings
    ]


def check_past_receipts(
    merchant: MerchantFacts, draft: Definition, found: PromotionDetails | None, now: datetime
) -> Past:
    """Return what the last receipts say of the draft; `found` is the promotion whose next version it would be."""
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
