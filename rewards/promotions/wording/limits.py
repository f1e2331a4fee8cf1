"""How often and how far a promotion gives, what it does beside others, who pays for it, what returns do."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.quantities import format_number, format_percent
from rewards.engine.facts import Definition
from rewards.promotions.wording.names import Names
from rewards.promotions.wording.speaker import Speaker


def limit_sentences(definition: Definition, say: Speaker) -> Iterator[str]:
    usage, budget = definition.usage, definition.budget
    if usage.limit is not None:
        yield ngettext("At most %(count)s use in all.", "At most %(count)s uses in all.", usage.limit) % {
            "count": format_number(usage.limit)
        }
    if usage.per_day_limit is not None:
        yield ngettext("At most %(count)s use a day.", "At most %(count)s uses a day.", usage.per_day_limit) % {
            "count": format_number(usage.per_day_limit)
        }
    if usage.per_member_limit is not None:
        yield ngettext(
            "At most %(count)s use per member.", "At most %(count)s uses per member.", usage.per_member_limit
        ) % {"count": format_number(usage.per_member_limit)}
    if usage.per_member_day_limit is not None:
        yield ngettext(
            "At most %(count)s use per member a day.",
            "At most %(count)s uses per member a day.",
            usage.per_member_day_limit,
        ) % {"count": format_number(usage.per_member_day_limit)}
    if budget is not None and budget.type == "uses":
        yield ngettext("Budget: %(count)s use.", "Budget: %(count)s uses.", budget.limit) % {
            "count": format_number(budget.limit)
        }
    elif budget is not None:
        in_points = definition.kind in ("earn", "earn_multiplier", "earn_bonus")
        amount = say.points(budget.limit) if in_points else say.money(budget.limit)
        if budget.on_exceed == "trim":
            yield _("Budget: %(amount)s; the last use gets what is left.") % {"amount": amount}
        else:
            yield _("Budget: %(amount)s; then it stops.") % {"amount": amount}


def company_sentences(definition: Definition) -> Iterator[str]:
    if definition.exclusive:
        yield _("Cannot be combined with later ones.")
    if definition.group is not None:
        yield _("In the group %(group)s.") % {"group": definition.group}


def return_sentences(definition: Definition) -> Iterator[str]:
    """Yield only what differs from the usual."""
    if definition.on_return == "reprice":
        yield _("When goods come back, what stays is priced anew.")
    if definition.coupon_on_return == "stays_used":
        yield _("A coupon does not come back, even when everything is returned.")


def funding_sentences(definition: Definition, names: Names) -> Iterator[str]:
    if definition.funding is not None:
        name = names.partners.get(str(definition.funding.partner_id), "")
        yield _("%(partner)s pays %(percent)s of it.") % {
            "partner": str(name),
            "percent": format_percent(definition.funding.percent / 100, 2),
        }
