"""What the check says of a promotion before it is published: by itself, beside what is live, and on past receipts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from backoffice.promotions.trials import Tried
from common.languages import reader_language
from insights.facts import BasketReport
from insights.queries import lint_baskets
from insights.wording import added_sentence, finding_sentence
from merchants.facts import MerchantFacts
from rewards.engine import Problem
from rewards.engine.facts import Definition, Finding, Level
from rewards.promotions.queries import PromotionDetails
from rewards.promotions.wording import Names, finding_message

UNKNOWN_GOODS: Final = "unknown_goods"
DEAR_PRICE: Final = "dear_price"
SHOWN: Final = 3
"""So many findings are shown, the worst first; the others are folded away."""
SEVERITY: Final = (
    "past.below_cost",
    "past.more_below_cost",
    "gives_everything",
    DEAR_PRICE,
    "discount_above_minimum",
    "past.discount_of_sales",
    "past.never_fired",
    "adds_up",
    "past.worst_discount",
    "past.discount_of_visits",
)
"""Money lost first; what is not named here comes after, in its own order."""


@dataclass(frozen=True)
class Noted:
    """One finding in words: `box` is the id of the field that fixes it, "" where there is none.

    Neither `refuses` nor `is_warning`: worth knowing only.
    """

    text: str
    refuses: bool
    code: str
    pointer: str = ""
    box: str = ""
    is_warning: bool = True


@dataclass(frozen=True)
class Past:
    """What the last receipts say of a draft; `cost` what it would have given, "" for nothing."""

    report: BasketReport
    notes: list[Noted]
    cost: str


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
        return ",".join(note.code for note in self._all_notes() if note.is_warning and not note.refuses)

    @property
    def count(self) -> int:
        """Return how many things there are to look at; what is only worth knowing is no such thing."""
        return sum(note.is_warning for note in self._all_notes())

    @property
    def worst(self) -> list[Noted]:
        """Return the findings to show, the worst first."""
        return sorted(self._all_notes(), key=_rank_note)[:SHOWN]

    @property
    def others(self) -> list[Noted]:
        """Return the findings that are folded away."""
        return sorted(self._all_notes(), key=_rank_note)[SHOWN:]

    def _all_notes(self) -> list[Noted]:
        return [*self.noted, *(self.past.notes if self.past else ())]

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
    language = reader_language()
    notes = [
        Noted(
            finding_sentence(finding, report, merchant=merchant, language=language),
            refuses=False,
            code=f"past.{finding.code}",
            is_warning=finding.is_warning,
        )
        for finding in report.findings
    ]
    return Past(report, notes, added_sentence(report, merchant=merchant, language=language, is_next=found is not None))


def _rank_note(note: Noted) -> tuple[bool, bool, int]:
    rank = SEVERITY.index(note.code) if note.code in SEVERITY else len(SEVERITY)
    return (not note.refuses, not note.is_warning, rank)
