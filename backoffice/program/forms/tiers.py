"""The form of the whole ladder: how members climb, and one set of boxes for each tier."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django import forms
from django.core import signing
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.form_fields import AmountField, DayField, PointsField, WholeField, mark_asked_with
from backoffice.program.words import MEASURE_WORDS, POLICY_WORDS
from common.ids import new_id
from members.facts import DownPolicy, LadderDraft, TierDraft, TierFacts, TierMeasure, TierProgramFacts
from members.rules import LONGEST_PERK, MOST_DAYS, MOST_LEVELS, MOST_PERKS, ladder_problems
from members.wording import field_error
from merchants.facts import MerchantFacts

DRAFT_SALT: Final = "tier ladder"


class LadderForm(forms.Form):
    measure = forms.ChoiceField(
        label=_("Members climb by"), choices=list(MEASURE_WORDS.items()), widget=forms.RadioSelect
    )
    window_days = WholeField(
        label=_("Counted over the last"),
        unit=_("days"),
        min_value=1,
        max_value=MOST_DAYS,
        help_text=_("365 days: a purchase counts for a year."),
    )
    down_policy = forms.ChoiceField(
        label=_("Who no longer has enough goes down"), choices=list(POLICY_WORDS.items()), widget=forms.RadioSelect
    )
    keep_days = WholeField(
        label=_("A tier is kept at least"),
        unit=_("days"),
        min_value=0,
        max_value=MOST_DAYS,
        help_text=_("0: the next night may take it away."),
    )
    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(
        self,
        merchant: MerchantFacts,
        ladder: Sequence[TierFacts],
        program: TierProgramFacts,
        *args: Any,
        perks: Mapping[UUID, Sequence[str]],
        held: Collection[UUID],
        seen: str,
        **kwargs: Any,
    ) -> None:
        kwargs["initial"] = {
            "measure": (ladder[-1].measure if ladder else TierMeasure.SPEND).value,
            "window_days": program.window_days,
            "down_policy": program.down_policy.value,
            "keep_days": program.keep_days,
            "seen": seen,
        }
        super().__init__(*args, **kwargs)
        levels: list[TierFacts | None] = [*ladder]
        if len(levels) < MOST_LEVELS:
            levels.append(None)
        self.slots = [str(number) for number in range(len(levels))]
        self.order: list[str] = []
        for slot, tier in zip(self.slots, levels, strict=True):
            self._add_boxes(merchant, slot, tier, perks.get(tier.id, ()) if tier else ())
            if tier is not None and slot != "0" and tier.id not in held:
                self.fields[f"gone_{slot}"] = forms.BooleanField(label=_("Remove this tier"), required=False)
        self.held = held

    def _add_boxes(self, merchant: MerchantFacts, slot: str, tier: TierFacts | None, perks: Sequence[str]) -> None:
        boxes: dict[str, forms.Field] = {
            "id": forms.UUIDField(widget=forms.HiddenInput),
            "name": forms.CharField(label=_("Name"), max_length=40, required=tier is not None),
            "amount": AmountField(currency=merchant.currency, label=_("Spending from"), required=False),
            "count": PointsField(label=_("Points or purchases from"), least_points=0, required=False),
            "perks": forms.CharField(
                label=_("What it gives"),
                required=False,
                max_length=MOST_PERKS * (LONGEST_PERK + 2),
                widget=forms.Textarea(attrs={"rows": 3}),
                help_text=_("One per line, in your own words. Members read it on their card, cashiers at the till."),
            ),
        }
        for name, field in boxes.items():
            self.fields[f"{name}_{slot}"] = field
        for name in ("name", "amount", "count", "perks"):
            box = self.fields[f"{name}_{slot}"]
            box.is_plain = True  # type: ignore[attr-defined]
            box.said_as = f"{tier.name if tier else gettext('New tier')}, {box.label}"  # type: ignore[attr-defined]
        mark_asked_with(boxes["amount"], "measure", "spend")
        mark_asked_with(boxes["count"], "measure", "count")
        initial: dict[str, Any] = {"id": tier.id if tier else new_id(), "perks": "\n".join(perks)}
        if tier is not None:
            threshold = "amount" if tier.measure is TierMeasure.SPEND else "count"
            initial |= {"name": tier.name, threshold: tier.threshold}
        self.initial.update({f"{name}_{slot}": value for name, value in initial.items()})
        if slot == "0":
            for name in ("amount", "count"):
                self.fields[f"{name}_0"].widget = forms.HiddenInput()

    @property
    def levels(self) -> list[dict[str, Any]]:
        """Return the boxes of each tier that is there, the lowest first."""
        return [self._boxes_of(slot) for slot in self.slots if self._is_known(slot)]

    @property
    def added(self) -> dict[str, Any] | None:
        """Return the boxes of a tier to add; None where there are as many as a ladder may have."""
        return None if self._is_known(self.slots[-1]) else self._boxes_of(self.slots[-1])

    @property
    def opens_added(self) -> bool:
        boxes = self.added
        return boxes is not None and any(boxes[name].errors or boxes[name].value() for name in ("name", "amount"))

    def _is_known(self, slot: str) -> bool:
        return bool(self.initial.get(f"name_{slot}"))

    def _boxes_of(self, slot: str) -> dict[str, Any]:
        names = ("id", "name", "amount", "count", "perks", "gone")
        return {name: self[f"{name}_{slot}"] if f"{name}_{slot}" in self.fields else None for name in names} | {
            "is_lowest": slot == "0",
            "title": self.initial.get(f"name_{slot}", ""),
        }

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        wanted = []
        for slot in self.slots:
            if data.get(f"gone_{slot}") or not (self._is_known(slot) or data.get(f"name_{slot}")):
                continue
            threshold = self._threshold_of(data, slot)
            if threshold is not None:
                wanted.append((threshold, slot))
        self.order = [slot for _threshold, slot in sorted(wanted, key=lambda one: (one[1] != "0", one[0]))]
        if not self.errors:
            for pointer, code in ladder_problems(self.draft):
                self.add_error(self._box_of(pointer), field_error(pointer, code).message)
        return data

    def _threshold_of(self, data: Mapping[str, Any], slot: str) -> int | None:
        """Return what the tier asks for; None, with a note at its box, where that is not written."""
        if slot == "0":
            return 0
        box = f"amount_{slot}" if data.get("measure") == TierMeasure.SPEND else f"count_{slot}"
        if data.get(box) is None and box not in self.errors:
            self.add_error(box, _("Fill this in."))
        value: int | None = data.get(box)
        return value

    def _box_of(self, pointer: str) -> str | None:
        parts = pointer.strip("/").split("/")
        if len(parts) == 1:
            return parts[0] if parts[0] in self.fields else None
        slot = self.order[int(parts[1])]
        if parts[2] == "threshold":
            measure = self.cleaned_data.get("measure")
            return None if slot == "0" else f"{'amount' if measure == TierMeasure.SPEND else 'count'}_{slot}"
        return f"{parts[2]}_{slot}"

    @property
    def draft(self) -> LadderDraft:
        """Return the ladder as it is written, once the form is valid."""
        data = self.cleaned_data
        levels = [
            TierDraft(
                id=data[f"id_{slot}"],
                name=data[f"name_{slot}"],
                threshold=self._threshold_of(data, slot) or 0,
                perks=tuple(line.strip() for line in data[f"perks_{slot}"].splitlines() if line.strip()),
            )
            for slot in self.order
        ]
        program = TierProgramFacts(data["window_days"], DownPolicy(data["down_policy"]), data["keep_days"])
        return LadderDraft(TierMeasure(data["measure"]), tuple(levels), program)


class TierByHandForm(forms.Form):
    """A member's tier as a person sets it, for how long, and why."""

    tier = forms.ChoiceField(label=_("Tier"))
    protected_until = DayField(
        label=_("Kept until"),
        help_text=_("Until the end of this day no night takes the tier away. Today: the coming night decides."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=300, help_text=_("It stays in the member's history."))

    def __init__(self, ladder: Sequence[TierFacts], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tier"].choices = [(tier.code, tier.name) for tier in ladder]  # type: ignore[attr-defined]


def ladder_of(ladder: Sequence[TierFacts], program: TierProgramFacts) -> LadderDraft:
    """Return the ladder in force as a draft; its perks are left out, they move no member."""
    measure = ladder[-1].measure if ladder else TierMeasure.SPEND
    return LadderDraft(measure, tuple(TierDraft(t.id, t.name, t.threshold) for t in ladder), program)


def draft_text(draft: LadderDraft) -> str:
    """Return the draft without its perks as signed text, for the address of the list behind a figure."""
    held = draft.program
    levels = [[str(level.id), level.name, level.threshold] for level in draft.levels]
    content = [draft.measure.value, held.window_days, held.down_policy.value, held.keep_days, levels]
    return signing.dumps(json.dumps(content), salt=DRAFT_SALT, compress=True)


def read_draft(text: str) -> LadderDraft | None:
    """Return the draft that `draft_text` wrote; None for any other text."""
    try:
        measure, window, policy, keep, levels = json.loads(signing.loads(text, salt=DRAFT_SALT))
    except signing.BadSignature:
        return None
    program = TierProgramFacts(window, DownPolicy(policy), keep)
    made = tuple(TierDraft(UUID(one), name, threshold) for one, name, threshold in levels)
    return LadderDraft(TierMeasure(measure), made, program)


def preview_mark(draft: LadderDraft) -> str:
    """Return the mark of what a preview was shown for, perks included."""
    return signing.Signer(salt=DRAFT_SALT).signature(repr(draft))
