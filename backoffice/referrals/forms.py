"""The referral program's terms, and a decision about one referral."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, time
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.form_fields import AmountField, DayField, NeedsByChoice, PointsField, WholeField, instant_of
from merchants.facts import MerchantFacts
from rewards.referrals.facts import FriendPrice, ReferralTerms, RewardKind

NONE: Final = ""


def _whole_field(label: Any, low: int, high: int, unit: Any = "", **options: Any) -> WholeField:
    return WholeField(label=label, min_value=low, max_value=high, unit=unit, **options)


class ProgramForm(NeedsByChoice):
    """One version; the kind chosen decides which of the fields beside it counts."""

    NEEDS = {
        "reward_kind": {"points": ("reward_points",), "wallet": ("reward_money",), "coupon": ("reward_batch_id",)},
        "friend_price": {"percent": ("friend_percent",), "amount": ("friend_amount",)},
    }

    is_open = forms.BooleanField(
        label=_("New friends can be brought"),
        required=False,
        help_text=_("Switched off, friends who joined before still bring what was promised."),
    )
    reward_kind = forms.ChoiceField(
        label=_("The referrer gets"),
        choices=[("points", _("Points")), ("wallet", _("Wallet money")), ("coupon", _("A coupon"))],
        widget=forms.RadioSelect,
    )
    reward_points = PointsField(label=_("Points"), required=False)
    reward_money = AmountField(label=_("Amount"), currency="IDR", least_amount=1, required=False)
    reward_batch_id = forms.ChoiceField(label=_("From the coupon batch"), required=False)
    friend_price = forms.ChoiceField(
        label=_("The friend pays on the first purchase"),
        choices=[("none", _("The normal price")), ("percent", _("Percent less")), ("amount", _("An amount less"))],
        widget=forms.RadioSelect,
    )
    friend_percent = _whole_field(_("Percent"), 1, 100, "%", required=False)
    friend_amount = AmountField(label=_("Amount off"), currency="IDR", least_amount=1, required=False)
    friend_batch_id = forms.ChoiceField(label=_("And gets a coupon on joining"), required=False)
    minimum_amount = AmountField(
        label=_("Minimum of the friend's first purchase"),
        currency="IDR",
        help_text=_("After discounts. A smaller purchase brings nothing, a later one may."),
    )
    qualify_days = _whole_field(_("The friend may take"), 1, 365, _("days"))
    waiting_days = _whole_field(
        _("Reward after"), 0, 90, _("days"), help_text=_("Your return period: goods brought back by then cost nothing.")
    )
    monthly_cap = _whole_field(_("Rewards per referrer and month"), 1, 9_999, required=False)
    total_cap = _whole_field(_("Rewards per referrer in all"), 1, 9_999, required=False)
    joins_per_day = _whole_field(
        _("Friends a day without review"), 1, 999, help_text=_("More friends of one referrer on one day are looked at.")
    )
    starts_on = DayField(label=_("Starts on"), required=False, help_text=_("Leave empty to start now."))

    def __init__(self, merchant: MerchantFacts, batches: Sequence[tuple[UUID, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.merchant = merchant
        for field in self.fields.values():
            if isinstance(field, AmountField):
                field.for_currency(merchant.currency)
        self.fields["reward_points"].unit_after = merchant.points_name  # type: ignore[attr-defined]
        choices = [(NONE, _("No coupon")), *((str(batch_id), title) for batch_id, title in batches)]
        for name in ("reward_batch_id", "friend_batch_id"):
            self.fields[name].choices = choices  # type: ignore[attr-defined]

    @classmethod
    def initial_of(cls, terms: ReferralTerms) -> dict[str, Any]:
        values = asdict(terms)
        amount, value = terms.reward_amount, terms.friend_value
        return values | {
            "reward_points": amount if terms.reward_kind is RewardKind.POINTS else None,
            "reward_money": amount if terms.reward_kind is RewardKind.WALLET else None,
            "friend_percent": value if terms.friend_price is FriendPrice.PERCENT else None,
            "friend_amount": value if terms.friend_price is FriendPrice.AMOUNT else None,
        }

    @property
    def terms(self) -> ReferralTerms:
        data = self.cleaned_data
        kind, price = RewardKind(data["reward_kind"]), FriendPrice(data["friend_price"])
        amounts = {RewardKind.POINTS: data["reward_points"], RewardKind.WALLET: data["reward_money"]}
        values = {FriendPrice.PERCENT: data["friend_percent"], FriendPrice.AMOUNT: data["friend_amount"]}
        return ReferralTerms(
            is_open=data["is_open"],
            minimum_amount=data["minimum_amount"],
            qualify_days=data["qualify_days"],
            waiting_days=data["waiting_days"],
            reward_kind=kind,
            reward_amount=amounts.get(kind) or 0,
            reward_batch_id=UUID(data["reward_batch_id"]) if kind is RewardKind.COUPON else None,
            friend_price=price,
            friend_value=values.get(price) or 0,
            friend_batch_id=UUID(data["friend_batch_id"]) if data["friend_batch_id"] else None,
            monthly_cap=data["monthly_cap"],
            total_cap=data["total_cap"],
            joins_per_day=data["joins_per_day"],
        )

    def starts_at(self, now: datetime) -> datetime:
        """Return the first instant of the day asked for; now when none is named or it is today."""
        day = self.cleaned_data["starts_on"]
        if day is None or day == now.astimezone(ZoneInfo(self.merchant.timezone)).date():
            return now
        return instant_of(day, time(0, 0), self.merchant.timezone)

    @property
    def fingerprint(self) -> str:
        """Return the mark of what was previewed; a form that was changed since is previewed again."""
        return repr((self.terms, self.cleaned_data["starts_on"]))


class DecisionForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=300, help_text=_("It stays on the record, with your name."))
