"""What people type into money, points, day and time boxes, and what is understood."""

from datetime import UTC, date, datetime, time

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.utils import translation

from backoffice.form_fields import AmountField, ClockField, DayField, PointsField, instant_of

AT = datetime(2026, 3, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("Rp 1.250.000", 1_250_000),
        ("Rp1.250.000", 1_250_000),
        ("1250000", 1_250_000),
        ("Rp\u00a01.250.000", 1_250_000),
        ("0", 0),
    ],
)
def test_money_is_read_as_people_write_it(typed: str, amount: int) -> None:
    assert AmountField(currency="IDR").clean(typed) == amount


@pytest.mark.parametrize(
    "typed", ["1,250,000", "1.25", "12.5000", "satu juta", "1e6", "NaN", "١٢", "1 250 000", "--5", "1,5"]
)
def test_money_that_could_mean_two_things_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError, match=r"1\.250\.000"), translation.override("en"):
        AmountField(currency="IDR").clean(typed)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("2026-03-05", "5 Mar 2026"),
        ("2026-02-31", "2026-02-31"),
        ("5/3/26x", "5/3/26x"),
        (date(2026, 8, 5), "5 Agu 2026"),
    ],
)
def test_a_day_from_an_address_is_written_as_people_write_it(sent: str | date, shown: str) -> None:
    with translation.override("id"):
        assert DayField().prepare_value(sent) == shown


def test_money_has_its_limits_in_words() -> None:
    field = AmountField(currency="IDR", least_amount=1_000, most_amount=50_000)
    with translation.override("en"):
        with pytest.raises(ValidationError) as below:
            field.clean("999")
        with pytest.raises(ValidationError) as above:
            field.clean("50.001")
        assert below.value.messages == ["At least Rp\u00a01.000."]
        assert above.value.messages == ["At most Rp\u00a050.000."]
    with pytest.raises(ValidationError):
        AmountField(currency="IDR").clean("-1")


def test_money_of_other_currencies_keeps_its_digits() -> None:
    field = AmountField(currency="GBP")
    assert field.clean("12,50") == 1250
    assert field.prepare_value(1250) == "12,50"


@pytest.mark.parametrize(("typed", "points"), [("1.240", 1240), ("1240", 1240), ("1", 1)])
def test_points_are_whole(typed: str, points: int) -> None:
    assert PointsField().clean(typed) == points


@pytest.mark.parametrize("typed", ["0", "-5", "1,5", "1.24", "10e3", "99999999999999"])
def test_points_that_make_no_sense_are_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        PointsField().clean(typed)


@pytest.mark.parametrize(
    "typed",
    ["5 Mar 2026", "5 Maret 2026", "5 march 2026", "5/3/2026", "05-03-2026", "5.3.2026", "2026-03-05", " 5  mar 2026 "],
)
def test_a_day_is_day_first(typed: str) -> None:
    assert DayField().clean(typed) == date(2026, 3, 5)


@pytest.mark.parametrize("typed", ["31/2/2026", "3/13/2026", "5 Foo 2026", "5/3/26", "kemarin"])
def test_a_day_that_does_not_exist_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        DayField().clean(typed)


@pytest.mark.parametrize(("typed", "clock"), [("14.30", time(14, 30)), ("14:30", time(14, 30)), ("7.05", time(7, 5))])
def test_a_time_is_read_with_dot_or_colon(typed: str, clock: time) -> None:
    assert ClockField(zone="Asia/Jakarta", at=AT).clean(typed) == clock


@pytest.mark.parametrize("typed", ["24.00", "14.60", "1430", "2 siang"])
def test_a_time_that_does_not_exist_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        ClockField(zone="Asia/Jakarta", at=AT).clean(typed)


def test_day_and_clock_make_an_instant_of_the_zone() -> None:
    instant = instant_of(date(2026, 3, 5), time(14, 30), "Asia/Makassar")
    assert instant.astimezone(UTC) == datetime(2026, 3, 5, 6, 30, tzinfo=UTC)


def test_what_was_stored_comes_back_as_it_is_written() -> None:
    class Plan(forms.Form):
        budget = AmountField(currency="IDR")
        points = PointsField(points_name="poin")
        start_on = DayField()
        start_at = ClockField(zone="Asia/Jayapura", at=AT)

    values = {"budget": 1_250_000, "points": 1240, "start_on": date(2026, 8, 5), "start_at": time(7, 5)}
    with translation.override("id"):
        markup = str(Plan(initial=values))
    for shown in (
        'value="1.250.000"',
        'value="1.240"',
        'value="5 Agu 2026"',
        'value="07.05"',
        ">WIT<",
        ">Rp<",
        ">poin<",
    ):
        assert shown in markup


def test_an_empty_optional_box_is_none() -> None:
    assert AmountField(currency="IDR", required=False).clean("") is None
    assert PointsField(required=False).clean("") is None
    assert DayField(required=False).clean("") is None
    assert ClockField(zone="Asia/Jakarta", at=AT, required=False).clean("") is None
