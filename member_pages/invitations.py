"""Bring a friend, as the card and the join page say it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from django.conf import settings
from django.utils.translation import gettext as _

from common.quantities import format_money
from members.facts import MemberFacts
from merchants.facts import MerchantFacts
from rewards.referrals.facts import ReferralProgramFacts, ReferralState
from rewards.referrals.wording import price_words, reward_words


@dataclass(frozen=True)
class Invitation:
    """The member's code and link, what both get, and the words to send along."""

    code: str
    link: str
    promise: str
    share_text: str
    share_url: str
    friends: int
    rewarded: int


def friend_gets(program: ReferralProgramFacts | None, merchant: MerchantFacts, language: str) -> str:
    """Return what a friend who joins now gets, in words; '' when nothing."""
    if program is None or not program.terms.is_open:
        return ""
    terms = program.terms
    parts = [price_words(merchant, terms, language)]
    if terms.friend_batch_id is not None:
        parts.append(_("a coupon"))
    return _(" and ").join(part for part in parts if part)


def invitation(
    *,
    merchant: MerchantFacts,
    member: MemberFacts,
    program: ReferralProgramFacts | None,
    counts: dict[ReferralState, int],
    language: str,
) -> Invitation | None:
    """Return the invitation; None while the program is closed, and for a blocked member, whose code does not work."""
    if program is None or not program.terms.is_open or member.is_blocked:
        return None
    terms = program.terms
    link = f"{settings.PUBLIC_URL}/m/{merchant.slug}/join/{member.referral_code}"
    reward = reward_words(merchant, terms.reward_kind, terms.reward_amount, language)
    gift = friend_gets(program, merchant, language)
    if terms.minimum_amount:
        promise = _("You get %(reward)s after a friend's first purchase of at least %(minimum)s.") % {
            "reward": reward,
            "minimum": format_money(terms.minimum_amount, merchant.currency, language),
        }
    else:
        promise = _("You get %(reward)s after a friend's first purchase.") % {"reward": reward}
    if gift:
        promise += " " + _("Your friend gets %(gift)s.") % {"gift": gift}
        share = _("Join %(store)s with my code %(code)s and get %(gift)s: %(link)s")
    else:
        share = _("Join %(store)s with my code %(code)s: %(link)s")
    text = share % {"store": merchant.name, "code": member.referral_code, "gift": gift, "link": link}
    return Invitation(
        code=member.referral_code,
        link=link,
        promise=promise,
        share_text=text,
        share_url=f"https://wa.me/?text={quote(text)}",
        friends=sum(counts.values()),
        rewarded=counts.get(ReferralState.GRANTED, 0),
    )
