"""Forms of the breach desk: what happened, whom it touched, what they are written, that the authority knows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.form_fields import ClockField, DayField, NeedsByChoice, instant_of
from backoffice.privacy.breach_words import TOLD_BY_WORDS, TOUCHED_BY_WORDS
from merchants.facts import MerchantFacts
from people.facts import BreachCause, BreachData, BreachDraft, BreachFacts, BreachMeasure, Letter, TouchedBy
from people.wording import CAUSE_WORDS, DATA_WORDS, MEASURE_WORDS

LONGEST_TEXT: Final = 4_000
LONGEST_LETTER: Final = 10_000
MOST_NUMBERS: Final = 5_000
NO_NAMES: Final = _("It goes into the letters. Write no names.")
LETTER_LABELS: Final = {
    "id": (_("Subject of the Indonesian letter"), _("Text of the Indonesian letter")),
    "en": (_("Subject of the English letter"), _("Text of the English letter")),
}
_NUMBER: Final = re.compile(r"\d{12}")


class BreachForm(forms.Form):
    """What happened, when it was known, what data, what was done."""

    cause = forms.ChoiceField(label=_("What happened"), choices=list(CAUSE_WORDS.items()), widget=forms.RadioSelect)
    details = forms.CharField(
        label=_("In your words"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=NO_NAMES,
    )
    from_day = DayField(label=_("Began on"))
    until_day = DayField(label=_("Ended on"), required=False)
    known_day = DayField(label=_("We learned of it on"), help_text=_("The 72 hours run from here."))
    data_kinds = forms.MultipleChoiceField(
        label=_("Which data"), choices=list(DATA_WORDS.items()), widget=forms.CheckboxSelectMultiple
    )
    measures = forms.MultipleChoiceField(
        label=_("What we did"),
        choices=list(MEASURE_WORDS.items()),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Tick what is true, or write it below."),
    )
    measures_note = forms.CharField(
        label=_("What else we did"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=NO_NAMES,
    )
    contact = forms.CharField(
        label=_("Whom members can ask"), max_length=300, help_text=_("A name, a phone number, an e-mail address.")
    )
    reported_by = forms.CharField(label=_("Who noticed it"), max_length=120, help_text=_("Only staff see it."))

    def __init__(self, data: Any, *, merchant: MerchantFacts, now: datetime, known: BreachDraft | None = None) -> None:
        super().__init__(data, initial=_initial_of(merchant, known, now))
        self.zone, self.now = merchant.timezone, now
        for name, required in (("from", False), ("until", False), ("known", True)):
            self.fields[f"{name}_clock"] = ClockField(label=_("At"), zone=self.zone, at=now, required=required)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if self.errors:
            return given
        begins = self._read_instant("from", datetime.min.time())
        ends = self._read_instant("until", datetime.max.time().replace(microsecond=0)) if given["until_day"] else None
        known = self._read_instant("known", datetime.min.time())
        if known > self.now:
            self.add_error("known_day", gettext("This is later than now."))
        if begins > known:
            self.add_error("from_day", gettext("This is later than when you learned of it."))
        if ends is not None:
            ends = min(ends, self.now)
            if ends < begins:
                self.add_error("until_day", gettext("This is before it began."))
        if given["cause"] == BreachCause.OTHER.value and not given["details"]:
            self.add_error("details", gettext("Say what happened."))
        if not given["measures"] and not given["measures_note"]:
            self.add_error("measures", gettext("Say what was done: the law asks for it."))
        self.instants = begins, ends, known
        return given

    def _read_instant(self, name: str, usual: Any) -> datetime:
        clock = self.cleaned_data[f"{name}_clock"]
        return instant_of(self.cleaned_data[f"{name}_day"], usual if clock is None else clock, self.zone)

    def draft(self) -> BreachDraft:
        """Return what was written; needs a valid form."""
        given = self.cleaned_data
        begins, ends, known = self.instants
        return BreachDraft(
            cause=BreachCause(given["cause"]),
            happened_from=begins,
            happened_until=ends,
            known_at=known,
            data=tuple(BreachData(one) for one in given["data_kinds"]),
            measures=tuple(BreachMeasure(one) for one in given["measures"]),
            details=given["details"].strip(),
            measures_note=given["measures_note"].strip(),
            contact=given["contact"].strip(),
            reported_by=given["reported_by"].strip(),
        )


def _initial_of(merchant: MerchantFacts, known: BreachDraft | None, now: datetime) -> dict[str, Any]:
    here = now.astimezone(ZoneInfo(merchant.timezone))
    if known is None:
        return {"known_day": here.date(), "known_clock": here.time(), "contact": merchant.name}
    initial: dict[str, Any] = {
        "cause": known.cause.value,
        "details": known.details,
        "data_kinds": [one.value for one in known.data],
        "measures": [one.value for one in known.measures],
        "measures_note": known.measures_note,
        "contact": known.contact,
        "reported_by": known.reported_by,
    }
    for name, at in (("from", known.happened_from), ("until", known.happened_until), ("known", known.known_at)):
        if at is not None:
            there = at.astimezone(ZoneInfo(merchant.timezone))
            initial |= {f"{name}_day": there.date(), f"{name}_clock": there.time()}
    return initial


class TouchedForm(NeedsByChoice):
    """By which facts members are listed as touched."""

    NEEDS = {
        "touched_by": {"staff": ("staff",), "till": ("till",), "file": ("file",), "numbers": ("numbers",)},
    }

    touched_by = forms.ChoiceField(
        label=_("Add to the list"), choices=list(TOUCHED_BY_WORDS.items()), widget=forms.RadioSelect
    )
    staff = forms.ChoiceField(label=_("Person"), required=False)
    till = forms.ChoiceField(
        label=_("Till"), required=False, help_text=_("What tills asked is kept for 30 days; older days add no one.")
    )
    file = forms.ChoiceField(
        label=_("File"),
        required=False,
        help_text=_("Everyone who was a member when it was made is listed: what was in it is not kept."),
    )
    numbers = forms.CharField(
        label=_("Member numbers"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "inputmode": "numeric"}),
        help_text=_("12 digits each; put spaces, commas or lines between them."),
    )

    def __init__(
        self,
        data: Any,
        *,
        staff: Sequence[tuple[str, str]],
        tills: Sequence[tuple[str, str]],
        files: Sequence[tuple[str, str]],
    ) -> None:
        super().__init__(data, initial={"touched_by": TouchedBy.EVERYONE.value})
        for name, choices in (("staff", staff), ("till", tills), ("file", files)):
            self.fields[name].choices = [("", "–"), *choices]  # type: ignore[attr-defined]

    def clean_numbers(self) -> list[str]:
        """Return the numbers that were written. Raises ValidationError for what is none, and for too many."""
        lines = re.split(r"[\n,;]+", self.cleaned_data["numbers"])
        packed = [re.sub(r"[\s.-]", "", line) for line in lines]
        numbers = [one for line in packed for one in re.findall(r".{1,12}", line)]
        wrong = [one for one in numbers if not _NUMBER.fullmatch(one)]
        if wrong:
            raise ValidationError(
                gettext("%(text)s is no member number: it has 12 digits."), params={"text": wrong[0][:20]}
            )
        if len(numbers) > MOST_NUMBERS:
            raise ValidationError(gettext("At most 5.000 numbers at once."))
        return numbers


class LettersForm(forms.Form):
    """The letters in both languages, as they are sent."""

    def __init__(self, data: Any, *, letters: Mapping[str, Letter]) -> None:
        super().__init__(data)
        for language, (subject, text) in LETTER_LABELS.items():
            letter = letters[language]
            self.fields[f"subject_{language}"] = forms.CharField(label=subject, max_length=150, initial=letter.subject)
            self.fields[f"text_{language}"] = forms.CharField(
                label=text,
                max_length=LONGEST_LETTER,
                initial=letter.text,
                widget=forms.Textarea(attrs={"rows": 24, "lang": language}),
            )

    def letters(self) -> dict[str, Letter]:
        """Return what was written; needs a valid form."""
        given = self.cleaned_data
        return {
            language: Letter(given[f"subject_{language}"].strip(), given[f"text_{language}"].strip())
            for language in ("id", "en")
        }


class AuthorityForm(forms.Form):
    """When the authority was informed, and what it answered."""

    told_day = DayField(label=_("Told on"))
    note = forms.CharField(
        label=_("Number of the report"), required=False, max_length=120, help_text=_("As the authority gave it.")
    )

    def __init__(self, data: Any, *, merchant: MerchantFacts, now: datetime, breach: BreachFacts) -> None:
        here = now.astimezone(ZoneInfo(merchant.timezone))
        super().__init__(data, initial={"told_day": here.date(), "told_clock": here.time()})
        self.zone, self.now, self.breach = merchant.timezone, now, breach
        self.fields["told_clock"] = ClockField(label=_("At"), zone=merchant.timezone, at=now)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if not self.errors:
            self.told_at = instant_of(given["told_day"], given["told_clock"], self.zone)
            if self.told_at > self.now:
                self.add_error("told_day", gettext("This is later than now."))
            elif self.told_at < self.breach.draft.known_at.replace(second=0, microsecond=0):
                self.add_error("told_day", gettext("This is before you learned of it."))
        return given


class ToldForm(forms.Form):
    """How people without an e-mail were informed."""

    told_by = forms.ChoiceField(label=_("How"), choices=list(TOLD_BY_WORDS.items()))
