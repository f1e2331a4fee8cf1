"""`make messages`: one catalogue out of the translators' parts.

Each room of the product keeps its Indonesian texts in locale/id/parts/<room>.po. They are merged into
locale/id/LC_MESSAGES/django.po and compiled to django.mo; both are made, not committed.
Where two parts translate a text differently the first one counts, and `make check` (--strict) refuses.
"""

import sys
from pathlib import Path

import polib

LOCALE = Path(__file__).resolve().parent.parent / "locale"


def main() -> None:
    strict = "--strict" in sys.argv
    for folder in sorted(LOCALE.glob("*/parts")):
        parts = sorted(folder.glob("*.po"))
        made = folder.with_name("LC_MESSAGES") / "django.mo"
        up_to_date = made.exists() and all(part.stat().st_mtime < made.stat().st_mtime for part in parts)
        if strict or not up_to_date:
            catalogue, disputed = merge(parts, language=folder.parent.name)
            write(catalogue, made)
            if strict and disputed:
                raise SystemExit("loyalty: translated differently in two places:\n" + "\n".join(disputed))


def merge(parts: list[Path], *, language: str) -> tuple[polib.POFile, list[str]]:
    """Merge all parts into one catalogue; also return a line for each text that two parts translate differently."""
    merged = polib.POFile()
    merged.metadata = {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        "Language": language,
        "Plural-Forms": "nplurals=1; plural=0;",
    }
    first_told: dict[tuple[str, str | None], tuple[polib.POEntry, Path]] = {}
    disputed = []
    for part in parts:
        for entry in polib.pofile(str(part)).translated_entries():
            first, where = first_told.setdefault((entry.msgid, entry.msgctxt), (entry, part))
            if first is entry:
                merged.append(entry)
            elif (first.msgstr, first.msgstr_plural) != (entry.msgstr, entry.msgstr_plural):
                disputed.append(f"  {entry.msgid!r}: {where.name} and {part.name}")
    return merged, disputed


def write(catalogue: polib.POFile, made: Path) -> None:
    made.parent.mkdir(parents=True, exist_ok=True)
    catalogue.save(str(made.with_suffix(".po")))
    fresh = made.with_suffix(".fresh")
    catalogue.save_as_mofile(str(fresh))
    fresh.replace(made)


if __name__ == "__main__":
    main()
