"""Sets of goods in words: what is bought together, and what an offer does with each set."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.translation import gettext as _

from common.quantities import format_number
from rewards.engine.bundles import Part
from rewards.engine.unlocks import MAX_UNITS, NOTHING
from rewards.promotions.wording.speaker import Speaker


def parts_text(parts: Iterable[Part], say: Speaker) -> str:
    """Write the parts of a set: "1 of kopi + 2 of roti"."""
    return " + ".join(
        _("%(count)s of %(goods)s") % {"count": format_number(part.qty), "goods": say.goods(part.filter)}
        for part in parts
    )


def sets_text(terms: Any, say: Speaker) -> Iterator[str]:
    """Say what unlocks the offer, and what grows with each set."""
    sets = getattr(terms, "for_each", ())
    if not sets:
        return
    slots = {"set": parts_text(sets, say)}
    if terms.multiplies == NOTHING:
        yield _("As soon as %(set)s are bought.") % slots
    elif terms.multiplies == MAX_UNITS:
        yield _("That many items for each %(set)s bought.") % slots
    else:
        yield _("Once for each %(set)s bought.") % slots
