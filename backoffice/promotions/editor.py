"""One promotion being written: check what is written, keep it as a draft, publish it.

Knows neither requests nor forms: a view parses what was sent, asks the editor, and renders what it answers. The form
of boxes and the JSON page use the same editor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext

from backoffice.promotions.checked import DEAR_PRICE, UNKNOWN_GOODS, Checked, Noted, check_past_receipts, note_findings
from backoffice.promotions.dear_prices import check_price
from backoffice.promotions.goods import check_goods
from backoffice.promotions.names import describe, names_of, other_language, surroundings_of, with_goods_of
from backoffice.promotions.obstacles import NotPublished, Obstacle
from backoffice.promotions.trials import BasketTrial, try_draft
from common.errors import BadInput
from common.languages import reader_language
from merchants.facts import Actor, MerchantFacts
from merchants.tenancy import refusable
from rewards.engine import DefinitionError, Problem, validate_definition
from rewards.engine.linter import DRAFT_ID
from rewards.engine.linter.overlap import filters_of
from rewards.promotions.operations import NotExplainable, PromotionEnded, VersionMoved, keep_draft, publish_checked
from rewards.promotions.queries import DraftFacts, PromotionDetails, findings_of
from rewards.promotions.wording import Names


@dataclass(frozen=True)
class PromotionEditor:
    """A person writing a promotion: `found` gets its next version, `kept` is the draft it was kept in so far.

    `after` is the number of the version it is written from; None for a new promotion.
    """

    merchant: MerchantFacts
    actor: Actor
    now: datetime
    found: PromotionDetails | None = None
    kept: DraftFacts | None = None
    after: int | None = None

    @cached_property
    def names(self) -> Names:
        return names_of(self.merchant)

    @property
    def promotion_id(self) -> UUID | None:
        return self.found.row.id if self.found else None

    def check(
        self,
        definition: Mapping[str, Any],
        *,
        trial: BasketTrial | None = None,
        starts_at: datetime | None = None,
        with_past: bool = False,
    ) -> Checked:
        """Return the definition read back with every finding; on the basket of `trial` and on past receipts if asked.

        Nothing is written. A definition that is none comes back with its problems.
        """
        merchant = self.merchant
        try:
            draft = validate_definition({**definition, "id": str(self.promotion_id or DRAFT_ID)})
        except DefinitionError as invalid:
            return Checked(None, problems=list(invalid.problems))
        names = with_goods_of(self.names, merchant, [draft])
        before = filters_of(self.found.latest) if self.found else ()
        goods = check_goods(merchant, filters_of(draft), merchant.day_of(self.now), before=before)
        dear = check_price(merchant, draft)
        first_day = (starts_at or self.now).astimezone(ZoneInfo(merchant.timezone)).date()
        findings = findings_of(
            merchant=merchant,
            draft=draft,
            surroundings=surroundings_of(names),
            first_day=first_day,
            replaced=self.found.latest if self.found else None,
        )
        return Checked(
            definition=draft,
            sentences=describe(draft, names, merchant.currency, reader_language()),
            in_other_language=describe(draft, names, merchant.currency, other_language()),
            noted=[
                *note_findings(findings, merchant, names),
                *(Noted(one.text, refuses=True, code=UNKNOWN_GOODS, pointer=one.pointer) for one in goods.unknown),
                *([Noted(dear.text, refuses=False, code=DEAR_PRICE, pointer=dear.pointer)] if dear else []),
            ],
            tried=try_draft(merchant, draft, trial, self.now) if trial else None,
            past=check_past_receipts(merchant, draft, self.found, self.now) if with_past else None,
            sent=goods.sent,
        )

    def read_back(self, definition: Mapping[str, Any]) -> list[str]:
        """Return what a definition says in sentences; none while it is none. One statement for names of goods."""
        try:
            draft = validate_definition({**definition, "id": str(self.promotion_id or DRAFT_ID)})
        except DefinitionError:
            return []
        names = with_goods_of(self.names, self.merchant, [draft])
        return describe(draft, names, self.merchant.currency, reader_language())

    def keep(self, *, title: str, kind: str, written: Mapping[str, Sequence[str]], checked: Checked | None) -> UUID:
        """Keep what is in the boxes as a draft, also when it says nothing yet; return the draft's id."""
        return keep_draft(
            merchant=self.merchant,
            title=title,
            kind=kind,
            written=written,
            definition=checked.definition if checked else None,
            at=self.now,
            actor=self.actor,
            draft_id=self.kept.id if self.kept and not self.found else None,
            promotion_id=self.promotion_id,
        )

    def publish(
        self, definition: Mapping[str, Any], checked: Checked, *, starts_at: datetime | None, seen: str
    ) -> UUID:
        """Publish what was checked and return the promotion's id; `starts_at` None is now.

        `seen` are the warnings the person was shown (`Checked.warnings`): they are shown once before they are passed
        over. Raises NotPublished.
        """
        if starts_at is not None and starts_at < self.now:
            raise NotPublished(starts_too_early=True)
        if obstacles := _obstacles_of(checked, seen):
            raise NotPublished(obstacles, check_refuses=bool(checked.refusals))
        try:
            with refusable():
                return publish_checked(
                    merchant=self.merchant,
                    definition=definition,
                    promotion_id=self.promotion_id,
                    starts_at=starts_at or self.now,
                    at=self.now,
                    actor=self.actor,
                    surroundings=surroundings_of(self.names),
                    draft_id=self.kept.id if self.kept else None,
                    after=self.after if self.found else None,
                )
        except NotExplainable:
            text = gettext("This cannot be published yet: nobody could explain it. See the check.")
        except PromotionEnded:
            text = gettext("This promotion has ended. Make a new one.")
        except VersionMoved as moved:
            text = gettext("Version %(number)s was published while you were writing. Look at it, then start again.")
            text %= {"number": moved.facts["number"]}
        except BadInput as bad:
            problems = [Problem(error.pointer, error.code, error.message) for error in bad.errors]
            raise NotPublished(problems=problems) from bad
        raise NotPublished([Obstacle(text)])


def _obstacles_of(checked: Checked, seen: str) -> list[Obstacle]:
    """Return what the check refuses, then what it warns of and the person has not been shown."""
    obstacles = [Obstacle(note.text, note.pointer) for note in checked.refusals]
    if checked.warnings and seen != checked.warnings and not checked.refusals:
        text = gettext("Read the warnings first. Press the button again to publish all the same.")
        obstacles.append(Obstacle(text))
    return obstacles
