"""The steps of a campaign: to whom, what, when."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.forms.money import MoneyField
from backoffice.words import SEGMENT_WORDS
from campaigns.facts import CampaignDraft, CampaignFacts, CouponOffer, MailContent, OfferKind

NUMERIC = {"inputmode": "numeric"}


def _whole(label: Any, low: int, high: int, unit: Any, help_text: Any = "") -> forms.IntegerField:
    field = forms.IntegerField(
        label=label, min_value=low, max_value=high, widget=forms.TextInput(attrs=NUMERIC), help_text=help_text
    )
    field.unit_after = unit  # type: ignore[attr-defined]
    return field


class AudienceForm(forms.Form):
    name = forms.CharField(label=_("Internal name"), max_length=120, help_text=_("Only staff see it."))
    segment = forms.ChoiceField(
        label=_("Audience"), choices=list(SEGMENT_WORDS.items()), initial="lapsed", widget=forms.RadioSelect
    )
    control_percent = _whole(
        _("Control group"), 0, 50, "%", _("This share gets nothing, so that you see what the campaign itself brings.")
    )
    frequency_cap_days = _whole(_("Leave out who got an offer within the last"), 0, 90, _("days"))
    measure_days = _whole(_("Count purchases for"), 1, 90, _("days"))

    @classmethod
    def initial_of(cls, facts: CampaignFacts | None) -> dict[str, Any]:
        source: Any = facts if facts is not None else CampaignDraft(name="")
        return {name: getattr(source, name) for name in cls.base_fields}


class ContentForm(forms.Form):
    subject = forms.CharField(label=_("Subject"), max_length=200, required=False)
    preview_text = forms.CharField(
        label=_("Preview text"), max_length=200, required=False, help_text=_("What inboxes show behind the subject.")
    )
    body = forms.CharField(label=_("Text"), widget=forms.Textarea(attrs={"rows": 12}), required=False)
    offer_kind = forms.ChoiceField(
        label=_("Coupon"),
        choices=[("", _("No coupon")), ("percent", _("Percent off")), ("amount", _("Amount off"))],
        required=False,
        widget=forms.RadioSelect,
    )
    offer_percent = forms.DecimalField(
        label=_("Percent"), required=False, min_value=0, max_value=100, max_digits=5, decimal_places=2,
        localize=False, widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )  # fmt: skip
    offer_amount = MoneyField(label=_("Amount"), required=False)
    offer_cap_amount = MoneyField(label=_("At most"), required=False)
    offer_min_spend_amount = MoneyField(label=_("Minimum spend"), required=False)
    offer_valid_days = forms.IntegerField(
        label=_("Valid for"), required=False, min_value=1, max_value=365, widget=forms.TextInput(attrs=NUMERIC)
    )

    def __init__(self, currency: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["offer_valid_days"].unit_after = _("days")  # type: ignore[attr-defined]
        self.fields["offer_percent"].unit_after = "%"  # type: ignore[attr-defined]
        for field in self.fields.values():
            if isinstance(field, MoneyField):
                field.for_currency(currency)

    @property
    def content(self) -> MailContent:
        data = self.cleaned_data
        return MailContent(subject=data["subject"], preview_text=data["preview_text"], body=data["body"])

    @property
    def offer(self) -> CouponOffer | None:
        data = self.cleaned_data
        if not data["offer_kind"]:
            return None
        return CouponOffer(
            kind=OfferKind(data["offer_kind"]),
            percent=data["offer_percent"] or Decimal(0),
            amount=data["offer_amount"] or 0,
            cap_amount=data["offer_cap_amount"],
            min_spend_amount=data["offer_min_spend_amount"] or 0,
            valid_days=data["offer_valid_days"] or 14,
        )

    @staticmethod
    def initial_of(facts: CampaignFacts) -> dict[str, Any]:
        offer = facts.offer
        return {
            "subject": facts.content.subject,
            "preview_text": facts.content.preview_text,
            "body": facts.content.body,
            "offer_kind": offer.kind if offer else "",
            "offer_percent": offer.percent if offer and offer.percent else None,
            "offer_amount": offer.amount if offer and offer.amount else None,
            "offer_cap_amount": offer.cap_amount if offer else None,
            "offer_min_spend_amount": offer.min_spend_amount if offer and offer.min_spend_amount else None,
            "offer_valid_days": offer.valid_days if offer else 14,
        }


class WelcomeForm(ContentForm):
    delay_minutes = _whole(_("Send after"), 0, 60 * 24 * 14, _("minutes"))
    control_percent = _whole(_("Control group"), 0, 50, "%")


class ScheduleForm(forms.Form):
    on = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    at = forms.TimeField(label=_("Time"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))

    def instant(self, zone: str) -> datetime:
        data = self.cleaned_data
        return datetime.combine(data["on"], data["at"], tzinfo=ZoneInfo(zone))
