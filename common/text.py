"""Text from people in the one form it is stored, matched and searched in. Pure: no Django, no settings.

Keyboards, chat apps and phone books add invisible signs (marks of direction, characters of no width), other
widths, other dashes and other blanks. Every place that takes text from a person passes it through one of these.

- `clean_line`: a name, a title, a search, one cell of a file.
- `clean_address`: an e-mail address; what checks its form is `common.emails`.
- `clean_phone`: a phone number or an identifier, before its digits are read.
- `clean_code`: a code that was read out, typed or pasted.
- `clean_reference`: the number that a till prints on a receipt; what it may hold is `is_visible`.
- `caseless_line`: a word that is kept in small letters, as a tag.
- `one_line`: a value that is put into a message to someone.
- `comparison_key`: by which two spellings of a category, a sku, a tag are known to be the same.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import zip_longest
from typing import Final

JOINERS: Final = frozenset("\u200c\u200d")
"""Zero width non-joiner and joiner: part of how several scripts and emoji are written."""

# The property Default_Ignorable_Code_Point of Unicode 16, which unicodedata does not have; joiners are looked at apart.
_IGNORABLE: Final = (
    (0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
    (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFB), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip
_INVISIBLE: Final = re.compile("[" + "".join(f"{chr(low)}-{chr(high)}" for low, high in _IGNORABLE) + "]")
_EMOJI_SIGN: Final = "\ufe0f"
_BRAILLE_BLANK: Final = "\u2800"
# Minus, hyphen bullet, the long marks of Japanese keyboards: in a code or a number they are typed for a dash.
_OTHER_DASHES: Final = frozenset("\u02d7\u2043\u2212\u2796\u30fc\uff70")
_QUOTES: Final = "\"'`\u00b4\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u2032\u2033\u00ab\u00bb\u2039\u203a"
_FLOAT_TAIL: Final = re.compile(r"(\+?\d{7,})[.,]0{1,2}")
_DOTTED_I: Final = re.compile("i\u0307+")
_VIRAMA: Final = 9
# Signs that end a line, reorder it or mean nothing: no header and no merge field may hold one.
_CONTROL: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\u200e\u200f\ue000-\uf8ff\ufffe\uffff]+"
)
MAX_VALUE: Final = 120
"""A value longer than this is cut: a 10 kB name is a mistake or an attack, never a name."""
_FIRST_JOINING_SCRIPT: Final = "\u0600"


def clean_line(text: str) -> str:
    """Return one line: NFKC, one blank between words, none at the ends, nothing invisible but joiners that join.

    Signs that cannot be printed stay, so that a field can refuse them by name (`is_printable`).
    """
    if text.isascii():
        return " ".join(text.split())
    plain = unicodedata.normalize("NFKC", text).replace(_BRAILLE_BLANK, " ")
    if _INVISIBLE.search(plain):
        plain = _without_invisible(plain)
    return " ".join(plain.split())


def is_printable(text: str) -> bool:
    """Return whether a cleaned line holds only what can be shown; joiners count as part of their word."""
    return all(symbol.isprintable() or symbol in JOINERS for symbol in text)


def clean_reference(text: str) -> str:
    """Return the number of a receipt as its till writes it: NFC, no blanks at the ends.

    Two numbers are one if these are equal, else not: another case, a wide sign, two blanks for one are another number.
    """
    return unicodedata.normalize("NFC", text).strip()


def is_visible(text: str) -> bool:
    """Return whether each sign of the text is seen: no control, no invisible sign, no blank but the plain one."""
    return text.isprintable() and not _INVISIBLE.search(text) and _BRAILLE_BLANK not in text


def one_line(text: str, limit: int = MAX_VALUE) -> str:
    """Return text that cannot leave its line or reorder it: control and direction characters are blanks; cut."""
    cleaned = " ".join(_CONTROL.sub(" ", text).split())
    return cleaned if len(cleaned) <= limit else cleaned[: limit - 1].rstrip() + "…"


def clean_address(text: str) -> str:
    """Return an e-mail address as it was meant: NFKC, no invisible sign at all, no blank at the ends."""
    return clean_line(_remove_invisible(text))


def clean_phone(text: str) -> str:
    """Return a phone number or another identifier as `clean_address` does, with any dash as '-'.

    The '.0' or ',00' that a spreadsheet writes behind a plain run of digits is no digit and goes.
    """
    plain = _with_plain_dashes(clean_address(text))
    as_float = _FLOAT_TAIL.fullmatch(plain)
    return as_float[1] if as_float else plain


def clean_code(text: str) -> str:
    """Return a code as it was issued but for letters like digits: upper case, no blanks, dashes or quotes."""
    plain = text if text.isascii() else _with_plain_dashes(clean_address(text))
    plain = "".join(plain.split()).replace("-", "").strip(_QUOTES).upper()
    return plain if plain.isascii() else unicodedata.normalize("NFKC", plain)


def clean_dashes(text: str) -> str:
    """Return a line whose dashes of every kind are plain ones, for a code that keeps its dashes when shown."""
    return _with_plain_dashes(clean_address(text)).strip(_QUOTES + " ")


def caseless_line(text: str) -> str:
    """Return a line in small letters, trimmed, NFKC, nothing invisible: a word that is kept and shown so."""
    if text.isascii():
        return " ".join(text.split()).casefold()
    return unicodedata.normalize("NFKC", clean_line(_remove_invisible(text)).casefold())


def comparison_key(text: str) -> str:
    """Return the form in which two spellings are one: as `caseless_line`, and an i is an i with its dot or without.

    Turkish has İ and I where other keyboards have only I; which small letter an I means cannot be known.
    """
    plain = caseless_line(text)
    if plain.isascii():
        return plain
    return unicodedata.normalize("NFKC", _DOTTED_I.sub("i", plain.replace("\u0131", "i")))


def _remove_invisible(text: str) -> str:
    """Return the NFKC form without any invisible sign, joiners too."""
    if text.isascii():
        return text
    plain = unicodedata.normalize("NFKC", text).replace(_BRAILLE_BLANK, " ")
    return _INVISIBLE.sub("", plain)


def _with_plain_dashes(text: str) -> str:
    if text.isascii():
        return text
    return "".join("-" if _is_dash(symbol) else symbol for symbol in text)


def _is_dash(symbol: str) -> bool:
    return symbol in _OTHER_DASHES or unicodedata.category(symbol) == "Pd"


def _without_invisible(text: str) -> str:
    """Drop what is invisible; a joiner stays between signs that it joins, an emoji sign behind its emoji."""
    visible = [place for place, symbol in enumerate(text) if not _INVISIBLE.match(symbol)]
    kept = []
    for place, after in zip_longest(visible, visible[1:]):
        kept.append(text[place])
        between = text[place + 1 : after]
        if _is_emoji(text[place]) and _EMOJI_SIGN in between:
            kept.append(_EMOJI_SIGN)
        joiner = next((symbol for symbol in between if symbol in JOINERS), "")
        if joiner and _is_joined(text[place], "" if after is None else text[after]):
            kept.append(joiner)
    return "".join(kept)


def _is_joined(before: str, after: str) -> bool:
    """Return whether it is behind a virama, between letters of a joining script, or between emoji."""
    if unicodedata.combining(before) == _VIRAMA:
        return True
    if not after:
        return False
    if _is_emoji(before) and _is_emoji(after):
        return True
    return all(symbol >= _FIRST_JOINING_SCRIPT and unicodedata.category(symbol)[0] in "LM" for symbol in before + after)


def _is_emoji(symbol: str) -> bool:
    """Return whether it is a picture, or a skin tone that may follow one."""
    return unicodedata.category(symbol) == "So" or "\U0001f3fb" <= symbol <= "\U0001f3ff"
