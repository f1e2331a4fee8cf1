"""The steps of a campaign: to whom, what, when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.form_fields import ClockField, DayField, WholeField, instant_of
from backoffice.words import SEGMENT_WORDS
from campaigns.facts import CampaignDraft, CampaignFacts, MailContent
from common.ids import uuid_or_none
from merchants.facts import MerchantFacts
from messaging.facts import MOST_CAP_DAYS, SendingPolicyFacts

THEN_COUPON: Final = "then_coupon"
"""The button that saves what is written and leads to the form for a new coupon."""


def _make_whole_field(label: Any, low: int, high: int, unit: Any, **options: Any) -> WholeField:
    return WholeField(label=label, min_value=low, max_value=high, unit=unit, **options)


class AudienceForm(forms.Form):
    name = forms.CharField(label=_("Internal name"), max_length=120, help_text=_("Only staff see it."))
    segment = forms.ChoiceField(
        label=_("Audience"), choices=list(SEGMENT_WORDS.items()), initial="lapsed", widget=forms.RadioSelect
    )
    control_percent = _make_whole_field(
        _("Control group"),
        0,
        50,
        "%",
        help_text=_("This share gets nothing, so that you see what the campaign itself brings."),
    )
    frequency_cap_days = _make_whole_field(_("Leave out who got an offer within the last"), 0, MOST_CAP_DAYS, _("days"))
    measure_days = _make_whole_field(_("Count purchases for"), 1, 90, _("days"))

    @classmethod
    def initial_of(cls, facts: CampaignFacts | None, policy: SendingPolicyFacts) -> dict[str, Any]:
        """A new campaign begins with the shop's own frequency cap."""
        source: Any = facts
        if facts is None:
            source = CampaignDraft(name="", frequency_cap_days=policy.frequency_cap_days)
        return {name: getattr(source, name) for name in cls.base_fields}


class ContentForm(forms.Form):
    subject = forms.CharField(label=_("Subject"), max_length=200)
    preview_text = forms.CharField(
        label=_("Preview text"), max_length=200, required=False, help_text=_("What inboxes show behind the subject.")
    )
    body = forms.CharField(label=_("Text"), widget=forms.Textarea(attrs={"rows": 12}))
    batch_id = forms.ChoiceField(
        label=_("Coupon"), required=False, help_text=_("Everyone who gets the e-mail gets one of their own.")
    )

    def __init__(self, coupons: Sequence[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        """`coupons` are the ids and words of what can be chosen."""
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["batch_id"]
        chosen.choices = [("", _("No coupon")), *coupons]
        chosen.is_plain = True
        if self.is_bound and THEN_COUPON in self.data:  # the text may be finished after the coupon is made
            for name in ("subject", "body"):
                self.fields[name].required = False

    @property
    def wants_new_coupon(self) -> bool:
        return THEN_COUPON in self.data

    @property
    def content(self) -> MailContent:
        data = self.cleaned_data
        return MailContent(subject=data["subject"], preview_text=data["preview_text"], body=data["body"])

    @property
    def batch(self) -> UUID | None:
        return uuid_or_none(self.cleaned_data["batch_id"])

    @staticmethod
    def initial_of(facts: CampaignFacts) -> dict[str, Any]:
        return {
            "subject": facts.content.subject,
            "preview_text": facts.content.preview_text,
            "body": facts.content.body,
            "batch_id": str(facts.batch_id or ""),
        }


class WelcomeForm(ContentForm):
    delay_minutes = _make_whole_field(_("Send after"), 0, 60 * 24 * 14, _("minutes"))
    control_percent = _make_whole_field(_("Control group"), 0, 50, "%")


class AddressForm(forms.Form):
    """One address to look up; sent by POST, so that it never appears in the address of a page."""

    email = forms.CharField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class UnblockForm(forms.Form):
    reason = forms.CharField(
        label=_("Why"), max_length=200, help_text=_("It stands in the audit trail; do not write the address here.")
    )


class SenderForm(forms.Form):
    """How a store sends; `quiet_from` and `quiet_until` are on the store's own clocks."""

    sender_name = forms.CharField(
        label=_("Sender's name"), max_length=80, help_text=_("What inboxes show as the sender.")
    )
    reply_to = forms.CharField(
        label=_("Answers go to"),
        max_length=254,
        required=False,
        help_text=_("Empty: to the address above."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    throttle_per_minute = _make_whole_field(
        _("At most"),
        1,
        100_000,
        _("e-mails a minute"),
        required=False,
        help_text=_("Only if your mail server sets a limit. Empty: as fast as it takes them."),
    )
    frequency_cap_days = _make_whole_field(
        _("Leave out who got an offer within the last"),
        0,
        MOST_CAP_DAYS,
        _("days"),
        help_text=_("Each new campaign begins with it and can choose another figure. 0: nobody is left out."),
    )

    def __init__(self, merchant: MerchantFacts, now: datetime, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["quiet_from"] = ClockField(label=_("Quiet from"), zone=merchant.timezone, at=now)
        self.fields["quiet_until"] = ClockField(label=_("Quiet until"), zone=merchant.timezone, at=now)

    @classmethod
    def initial_of(cls, policy: SendingPolicyFacts) -> dict[str, Any]:
        names = ("sender_name", "reply_to", "throttle_per_minute", "quiet_from", "quiet_until", "frequency_cap_days")
        return {name: getattr(policy, name) for name in names}


class ScheduleForm(forms.Form):
    """When a campaign starts, on the clocks of `zone`."""

    on = DayField(label=_("Day"))

    def __init__(self, zone: str, now: datetime, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone
        self.fields["at"] = ClockField(label=_("Time"), zone=zone, at=now)

    @property
    def instant(self) -> datetime:
        return instant_of(self.cleaned_data["on"], self.cleaned_data["at"], self.zone)
