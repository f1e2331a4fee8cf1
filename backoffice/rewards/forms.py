"""Forms about rewards, their stock and pictures, gifts on their way, partners and the code of the card page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.form_fields import AmountField, DayField, PercentField, PointsField, WholeField, mark_asked_with
from backoffice.words import HANDOVER_WORDS, SEGMENT_WORDS
from members.facts import TierFacts
from merchants.facts import MerchantFacts
from rewards.catalogue.facts import Handover, RewardDraft
from rewards.promotions.facts import Funding, PartnerFacts

MOST_PIECES = 1_000_000
BY_PERCENT, BY_PIECE = "percent", "piece"


class RewardForm(forms.Form):
    title = forms.CharField(label=_("Name"), max_length=120)
    description = forms.CharField(
        label=_("Description"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Members read it on their card page."),
    )
    points = PointsField(label=_("Price in points"), most_points=2_147_483_647)
    unit_cost_amount = AmountField(
        label=_("Cost per piece"),
        currency="IDR",
        required=False,
        help_text=_("For reports only; members never see it."),
    )
    handover = forms.ChoiceField(
        label=_("How the member gets it"), choices=list(HANDOVER_WORDS.items()), widget=forms.RadioSelect
    )
    batch_id = forms.ChoiceField(
        label=_("Coupon that comes with it"), required=False, help_text=_("The reward is then this coupon.")
    )
    stock = WholeField(
        label=_("Pieces in stock"),
        unit=_("pieces"),
        required=False,
        min_value=0,
        max_value=MOST_PIECES,
        help_text=_("Empty: without limit."),
    )
    position = WholeField(
        label=_("Place in the list"), min_value=0, max_value=9_999, help_text=_("The lowest number stands first.")
    )
    per_member_limit = WholeField(
        label=_("Per member, in all"), unit=_("pieces"), required=False, min_value=1, max_value=MOST_PIECES
    )
    period_limit = WholeField(
        label=_("Per member and period"), unit=_("pieces"), required=False, min_value=1, max_value=MOST_PIECES
    )
    period_days = WholeField(
        label=_("Length of the period"), unit=_("days"), required=False, min_value=1, max_value=366
    )
    min_tier_rank = forms.ChoiceField(label=_("Lowest tier"), required=False)
    tiers_any = forms.MultipleChoiceField(
        label=_("Or one of these tiers"), required=False, widget=forms.CheckboxSelectMultiple
    )
    segments_any = forms.MultipleChoiceField(
        label=_("Only for these segments"),
        required=False,
        choices=list(SEGMENT_WORDS.items()),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: for everybody."),
    )
    valid_from = DayField(label=_("First day"), required=False)
    valid_until = DayField(label=_("Last day"), required=False)
    partner_id = forms.ChoiceField(label=_("Partner who pays a part"), required=False)
    funding_way = forms.ChoiceField(
        label=_("What the partner pays"),
        required=False,
        widget=forms.RadioSelect,
        choices=[(BY_PERCENT, _("A percentage of the cost")), (BY_PIECE, _("An amount per piece"))],
    )
    percent = PercentField(label=_("Percentage"), required=False)
    per_piece_amount = AmountField(label=_("Amount per piece"), currency="IDR", least_amount=1, required=False)

    def __init__(
        self,
        merchant: MerchantFacts,
        ladder: Sequence[TierFacts],
        partners: Sequence[PartnerFacts],
        batches: Sequence[tuple[UUID, str]],
        *args: Any,
        with_stock: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["points"].unit_after = merchant.points_name
        for name in ("unit_cost_amount", "per_piece_amount"):
            fields[name].for_currency(merchant.currency)
        fields["min_tier_rank"].choices = [("", _("Any")), *((str(t.rank), t.name) for t in ladder)]
        fields["tiers_any"].choices = [(t.code, t.name) for t in ladder]
        fields["partner_id"].choices = [("", _("Nobody")), *((str(p.id), p.name) for p in partners)]
        fields["batch_id"].choices = [("", _("None")), *((str(batch_id), title) for batch_id, title in batches)]
        if not with_stock:
            del fields["stock"]
        mark_asked_with(fields["percent"], "funding_way", BY_PERCENT)
        mark_asked_with(fields["per_piece_amount"], "funding_way", BY_PIECE)
        mark_asked_with(fields["funding_way"], "partner_id", "any")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for reason in self._find_contradictions(cleaned):
            if reason[0] not in self.errors:
                self.add_error(*reason)
        return cleaned

    def _find_contradictions(self, cleaned: Mapping[str, Any]) -> list[tuple[str, Any]]:
        found: list[tuple[str, Any]] = []
        if (cleaned.get("period_limit") is None) != (cleaned.get("period_days") is None):
            missing = "period_days" if cleaned.get("period_limit") is not None else "period_limit"
            found.append((missing, _("Fill in both, or neither.")))
        first, last = cleaned.get("valid_from"), cleaned.get("valid_until")
        if first and last and last < first:
            found.append(("valid_until", _("The last day is before the first day.")))
        if cleaned.get("batch_id") and cleaned.get("handover") != Handover.AT_ONCE.value:
            found.append(("handover", _("A coupon is handed over at once.")))
        cost, way = cleaned.get("unit_cost_amount"), cleaned.get("funding_way")
        if cleaned.get("partner_id"):
            if way == BY_PERCENT and cleaned.get("percent") is None:
                found.append(("percent", _("Say how much the partner pays.")))
            elif way == BY_PERCENT and cost is None:
                found.append(("unit_cost_amount", _("A percentage of the cost needs the cost per piece.")))
            elif way == BY_PIECE and cleaned.get("per_piece_amount") is None:
                found.append(("per_piece_amount", _("Say how much the partner pays.")))
            elif way == BY_PIECE and cost is not None and cleaned["per_piece_amount"] > cost:
                found.append(("per_piece_amount", _("A partner pays at most what a piece costs.")))
            elif way not in {BY_PERCENT, BY_PIECE}:
                found.append(("funding_way", _("Say what the partner pays.")))
        return found

    @property
    def draft(self) -> RewardDraft:
        data = self.cleaned_data
        return RewardDraft(
            title=data["title"],
            points=data["points"],
            description=data["description"],
            unit_cost_amount=data["unit_cost_amount"],
            per_member_limit=data["per_member_limit"],
            period_limit=data["period_limit"],
            period_days=data["period_days"],
            tiers_any=tuple(data["tiers_any"]),
            min_tier_rank=int(data["min_tier_rank"]) if data["min_tier_rank"] else None,
            segments_any=tuple(data["segments_any"]),
            valid_from=data["valid_from"],
            valid_until=data["valid_until"],
            position=data["position"],
            handover=Handover(data["handover"]),
            funding=self._make_funding(),
            batch_id=UUID(data["batch_id"]) if data["batch_id"] else None,
        )

    def _make_funding(self) -> Funding | None:
        data = self.cleaned_data
        if not data["partner_id"]:
            return None
        partner_id = UUID(data["partner_id"])
        if data["funding_way"] == BY_PERCENT:
            return Funding(partner_id=partner_id, basis_points=int(data["percent"] * 100))
        return Funding(partner_id=partner_id, unit_amount=data["per_piece_amount"])


def initial_of(draft: RewardDraft) -> dict[str, Any]:
    """Return what the form shows of a reward that exists."""
    funding = draft.funding
    by_piece = funding is not None and funding.unit_amount is not None
    return {
        "title": draft.title,
        "points": draft.points,
        "description": draft.description,
        "unit_cost_amount": draft.unit_cost_amount,
        "per_member_limit": draft.per_member_limit,
        "period_limit": draft.period_limit,
        "period_days": draft.period_days,
        "tiers_any": list(draft.tiers_any),
        "min_tier_rank": str(draft.min_tier_rank or ""),
        "segments_any": list(draft.segments_any),
        "valid_from": draft.valid_from,
        "valid_until": draft.valid_until,
        "position": draft.position,
        "handover": draft.handover.value,
        "batch_id": str(draft.batch_id or ""),
        "partner_id": str(funding.partner_id) if funding else "",
        "funding_way": BY_PIECE if by_piece else BY_PERCENT,
        "percent": Decimal(funding.basis_points) / 100 if funding and funding.basis_points else None,
        "per_piece_amount": funding.unit_amount if funding else None,
    }


class RestockForm(forms.Form):
    pieces = WholeField(label=_("New pieces"), unit=_("pieces"), min_value=1, max_value=MOST_PIECES)


class CountForm(forms.Form):
    counted = WholeField(
        label=_("Pieces counted on the shelf"),
        unit=_("pieces"),
        required=False,
        min_value=0,
        max_value=MOST_PIECES,
        help_text=_("With those that wait to be handed over. Empty: without limit."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=200)


class PictureForm(forms.Form):
    picture = forms.FileField(
        label=_("Picture"),
        required=False,
        help_text=_("JPEG, PNG or WebP, at most 5 MB."),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )
    alt = forms.CharField(
        label=_("Alt text"), max_length=160, help_text=_("Read out to people who cannot see the picture.")
    )


class StepForm(forms.Form):
    note = forms.CharField(
        label=_("Note"), max_length=300, required=False, help_text=_("For example the courier and the parcel's number.")
    )


class PartnerForm(forms.Form):
    name = forms.CharField(label=_("Name of the partner"), max_length=120)
    note = forms.CharField(label=_("Internal note"), max_length=300, required=False)
    is_active = forms.BooleanField(
        label=_("Can be chosen"), required=False, initial=True, help_text=_("What is funded already stays so.")
    )


class FundingForm(forms.Form):
    promotion = forms.ChoiceField(label=_("Promotion"))
    percent = PercentField(label=_("The partner pays of what it gives"))

    def __init__(self, promotions: Sequence[tuple[UUID, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: Any = self.fields["promotion"]
        choices.choices = [(str(promotion_id), title) for promotion_id, title in promotions]


class ConfirmationForm(forms.Form):
    asked = forms.BooleanField(label=_("Ask for a code from the member's card page"), required=False)
    above_points = PointsField(label=_("When more than this is redeemed at once"), least_points=0, required=False)

    def __init__(self, points_name: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        above: Any = self.fields["above_points"]
        above.unit_after = points_name
        mark_asked_with(above, "asked", "on")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("asked") and cleaned.get("above_points") is None and "above_points" not in self.errors:
            self.add_error("above_points", _("Say above how many points a code is asked for."))
        return cleaned
