"""What is known of a member, as one short mark."""

from __future__ import annotations

import json
from typing import Final

from django.core.serializers.json import DjangoJSONEncoder

from common.secrets import keyed_hash
from members.facts import MemberFacts
from merchants.facts import MerchantFacts

PROFILE: Final = (
    "name",
    "phone",
    "email",
    "birth_date",
    "area",
    "language",
    "outlet_id",
    "attributes",
    "notes",
    "external_ref",
    "household_of_id",
)


def profile_mark(*, merchant: MerchantFacts, member: MemberFacts) -> str:
    """Return a mark of all that is known of the member, for a form to carry: changes it did not see stay.

    Keyed, so that a page which shows a masked number does not give it away to who tries numbers out.
    """
    known = [[name, getattr(member, name)] for name in PROFILE]
    text = json.dumps([str(member.id), known], cls=DjangoJSONEncoder, sort_keys=True)
    return keyed_hash(merchant.id, text).hex()[:16]


def pair_mark(*, merchant: MerchantFacts, survivor: MemberFacts, merged: MemberFacts) -> str:
    """Return a mark of all that is known of two members, for the form that merges them."""
    both = (profile_mark(merchant=merchant, member=one) for one in (survivor, merged))
    return "-".join(both)
