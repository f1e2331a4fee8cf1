"""When moments are: the days the state decreed, those ahead, and what a merchant changed."""

from datetime import UTC, date, datetime, timedelta

import pytest

from rewards.moments.facts import Certainty, OwnCalendar, OwnDates, OwnMoment, Repeat, Rhythm
from rewards.moments.rules import STANDARD, moment_runs, occurrences

# First days as decreed (SKB 3 Menteri) and, for fasting, as announced after the sighting of the moon.
OFFICIAL = {
    "ramadan": (
        "2016-06-06 2017-05-27 2018-05-17 2019-05-06 2020-04-24 2021-04-13 "
        "2022-04-03 2023-03-23 2024-03-12 2025-03-01 2026-02-19"
    ),
    "lebaran": (
        "2016-07-06 2017-06-25 2018-06-15 2019-06-05 2020-05-24 2021-05-13 "
        "2022-05-02 2023-04-22 2024-04-10 2025-03-31 2026-03-21"
    ),
    "imlek": (
        "2016-02-08 2017-01-28 2018-02-16 2019-02-05 2020-01-25 2021-02-12 "
        "2022-02-01 2023-01-22 2024-02-10 2025-01-29 2026-02-17"
    ),
    "nyepi": (
        "2016-03-09 2017-03-28 2018-03-17 2019-03-07 2020-03-25 2021-03-14 "
        "2022-03-03 2023-03-22 2024-03-11 2025-03-29 2026-03-19"
    ),
    "waisak": (
        "2016-05-22 2017-05-11 2018-05-29 2019-05-19 2020-05-07 2021-05-26 "
        "2022-05-16 2023-06-04 2024-05-23 2025-05-12 2026-05-31"
    ),
    "idul_adha": (
        "2016-09-12 2017-09-01 2018-08-22 2019-08-11 2020-07-31 2021-07-20 "
        "2022-07-10 2023-06-29 2024-06-17 2025-06-06 2026-05-27"
    ),
}

# Computed ahead: astronomy says when, the state will say whether.
AHEAD = {
    "lebaran": [
        "2027-03-10",
        "2028-02-27",
        "2029-02-15",
        "2030-02-04",
        "2031-01-25",
        "2032-01-14",
        "2033-01-03",
        "2033-12-23",
        "2034-12-12",
        "2035-12-01",
        "2036-11-19",
    ],
    "imlek": [
        "2027-02-06",
        "2028-01-26",
        "2029-02-13",
        "2030-02-03",
        "2031-01-23",
        "2032-02-11",
        "2033-01-31",
        "2034-02-19",
        "2035-02-08",
        "2036-01-28",
    ],
    "nyepi": [
        "2027-03-08",
        "2028-03-26",
        "2029-03-15",
        "2030-03-05",
        "2031-03-24",
        "2032-03-12",
        "2033-03-31",
        "2034-03-20",
        "2035-03-10",
        "2036-03-28",
    ],
}


@pytest.mark.parametrize("code", OFFICIAL)
def test_official_days(code: str) -> None:
    found = occurrences(code, range(2016, 2027))
    assert [str(o.first_on) for o in found] == OFFICIAL[code].split()
    assert {o.certainty for o in found} == {Certainty.OFFICIAL}


@pytest.mark.parametrize("code", AHEAD)
def test_days_ahead_are_marked_as_estimates(code: str) -> None:
    found = occurrences(code, range(2027, 2037))
    assert [str(o.first_on) for o in found] == AHEAD[code]
    assert {o.certainty for o in found} == {Certainty.ESTIMATED}


@pytest.mark.parametrize("year", range(2016, 2050))
def test_fasting_leads_to_lebaran_of_two_days(year: int) -> None:
    eves = {o.first_on - timedelta(days=1) for o in occurrences("lebaran", [year])}
    assert eves
    assert all((o.last_on - o.first_on).days == 1 for o in occurrences("lebaran", [year]))
    fasts = {o.last_on: (o.last_on - o.first_on).days + 1 for o in occurrences("ramadan", [year - 1, year])}
    assert {fasts.get(eve) for eve in eves} <= {29, 30}


def test_a_feast_that_comes_twice_in_a_year_is_numbered() -> None:
    assert [(o.year, o.number, str(o.first_on)) for o in occurrences("lebaran", [2033])] == [
        (2033, 1, "2033-01-03"),
        (2033, 2, "2033-12-23"),
    ]


FIXED = [
    ("new_year", 1, ("2027-01-01", "2027-01-01")),
    ("independence_day", 1, ("2027-08-17", "2027-08-17")),
    ("harbolnas", 1, ("2027-12-12", "2027-12-12")),
    ("natal", 1, ("2027-12-25", "2027-12-25")),
    ("double_dates", 12, ("2027-11-11", "2027-11-11")),
    ("payday", 12, ("2027-11-25", "2027-12-01")),
    ("payday", 12, ("2027-12-25", "2028-01-01")),
]


@pytest.mark.parametrize(("code", "times", "days"), FIXED)
def test_days_that_do_not_move(code: str, times: int, days: tuple[str, str]) -> None:
    found = occurrences(code, [2027])
    assert len(found) == times
    assert {o.certainty for o in found} == {Certainty.FIXED}
    assert days in [(str(o.first_on), str(o.last_on)) for o in found]


OWN = [
    ("a week", Rhythm(Repeat.YEARLY, month=8, first_day=14, days=7), 2027, [("2027-08-14", "2027-08-20")]),
    ("new year", Rhythm(Repeat.YEARLY, month=12, first_day=30, days=5), 2027, [("2027-12-30", "2028-01-03")]),
    ("29 February", Rhythm(Repeat.YEARLY, month=2, first_day=29, days=1), 2027, [("2027-02-28", "2027-02-28")]),
    ("leap day", Rhythm(Repeat.YEARLY, month=2, first_day=29, days=1), 2028, [("2028-02-29", "2028-02-29")]),
    ("only written days", Rhythm(Repeat.DATED), 2027, []),
]


@pytest.mark.parametrize(("name", "rhythm", "year", "days"), OWN, ids=[case[0] for case in OWN])
def test_own_moments(name: str, rhythm: Rhythm, year: int, days: list[tuple[str, str]]) -> None:
    own = OwnCalendar((OwnMoment("mine", name, rhythm),))
    assert [(str(o.first_on), str(o.last_on)) for o in occurrences("mine", [year], own)] == days


def test_another_payday() -> None:
    own = OwnCalendar((OwnMoment("payday", "", Rhythm(Repeat.MONTHLY, first_day=31, last_day=5)),))
    days = [(str(o.first_on), str(o.last_on)) for o in occurrences("payday", [2027], own)]
    assert days[1] == ("2027-02-28", "2027-03-05")
    assert days[11] == ("2027-12-31", "2028-01-05")


def test_changed_days_take_the_place_of_the_standard_ones_and_fasting_follows() -> None:
    own = OwnCalendar(dates=(OwnDates("lebaran", 2027, 1, date(2027, 3, 11), date(2027, 3, 12)),))
    [lebaran], [ramadan] = occurrences("lebaran", [2027], own), occurrences("ramadan", [2027], own)
    assert (str(lebaran.first_on), lebaran.certainty) == ("2027-03-11", Certainty.CHANGED)
    assert (str(ramadan.first_on), str(ramadan.last_on)) == ("2027-02-08", "2027-03-10")
    assert occurrences("lebaran", [2028], own) == occurrences("lebaran", [2028])


def test_written_days_of_an_own_moment() -> None:
    mine = (OwnMoment("opening", "Pembukaan", Rhythm(Repeat.DATED)),)
    dates = (
        OwnDates("opening", 2027, 1, date(2027, 5, 1), date(2027, 5, 3)),
        OwnDates("opening", 2027, 2, date(2027, 9, 1), date(2027, 9, 1)),
    )
    found = occurrences("opening", [2026, 2027], OwnCalendar(mine, dates))
    assert [(o.number, str(o.first_on)) for o in found] == [(1, "2027-05-01"), (2, "2027-09-01")]


def test_an_unknown_moment_has_no_days() -> None:
    assert occurrences("nope", [2027]) == []
    assert moment_runs(["nope"]) == {}


@pytest.mark.parametrize("code", STANDARD)
def test_the_engine_gets_at_least_ten_years_on_either_side(code: str) -> None:
    years = {first.year for first, _ in moment_runs([code])[code]}
    today = datetime.now(UTC).year
    assert years >= set(range(today - 10, today + 11))
