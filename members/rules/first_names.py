"""The name to greet someone by: without titles, initials, and the particles that say man, woman or birth."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from common.text import clean_line

TITLES: Final = frozenset(
    {
        "bapak",
        "bpk",
        "pak",
        "ibu",
        "bu",
        "kak",
        "kakak",
        "mas",
        "mbak",
        "mba",
        "bang",
        "abang",
        "bli",
        "mbok",
        "tuan",
        "tn",
        "nyonya",
        "ny",
        "nona",
        "nn",
        "sdr",
        "sdri",
        "saudara",
        "saudari",
        "haji",
        "hajjah",
        "hajah",
        "hj",
        "kh",
        "kiai",
        "kyai",
        "nyai",
        "ust",
        "ustad",
        "ustadz",
        "ustaz",
        "ustadzah",
        "ustazah",
        "prof",
        "dr",
        "drg",
        "drh",
        "drs",
        "dra",
        "ir",
        "apt",
        "ns",
        "mr",
        "mrs",
        "ms",
        "miss",
        "sir",
        "madam",
        "raden",
        "rr",
        "rm",
        "ra",
        "rngt",
        "kanjeng",
        "krt",
        "moh",
        "muh",
        "mohd",
        "muhd",
        "mhd",
        "abd",
    }
)
"""Words before a name that people are not called by alone, with or without a dot; the last six abbreviate a name."""
BALINESE_NAMES: Final = frozenset(
    {
        "agung",
        "ayu",
        "bagus",
        "gde",
        "gede",
        "ngurah",
        "putu",
        "wayan",
        "made",
        "kadek",
        "nengah",
        "nyoman",
        "komang",
        "ketut",
        "raka",
        "rai",
        "oka",
        "anom",
        "alit",
    }
)
"""Names of birth order and rank: Ida and Gusti before one of them are titles, elsewhere they are names of people."""
_LONGEST_ABBREVIATION: Final = 4
_GLUED: Final = re.compile(r"(?<=[.,])(?=[^\W\d_])")
_AROUND: Final = "()[]\"'\u201c\u201d\u2018\u2019,;"


def first_name_of(name: str) -> str:
    """Return 'Made' of 'I Made Wirawan', 'Ahmad' of 'Prof. Ahmad', '' for no name, the first word of only titles."""
    words = [word for part in clean_line(name).split() for word in _GLUED.sub(" ", part).split()]
    words = [word.strip(_AROUND) for word in words if word.strip(_AROUND)]
    place = 0
    while place < len(words) - 1 and _is_before_a_name(words, place):
        place += 1
    if not words:
        return ""
    return words[0] if _is_title(words[place]) else words[place]


def _is_before_a_name(words: Sequence[str], place: int) -> bool:
    word, after = words[place].casefold(), words[place + 1].casefold().rstrip(".")
    before = words[place - 1].casefold() if place else ""
    if len(word) == 1 or _is_title(word):
        return True
    if word == "ni":
        return True
    if word == "luh":
        return before == "ni"
    if word == "ida":
        return after in BALINESE_NAMES or after == "i"
    if word == "gusti":
        return before in {"i", "ni"} or after in BALINESE_NAMES
    return (word == "anak" and after == "agung") or (before, word) == ("anak", "agung")


def _is_title(word: str) -> bool:
    plain = word.casefold().replace(".", "")
    return plain in TITLES or (word.endswith(".") and len(word) <= _LONGEST_ABBREVIATION)
