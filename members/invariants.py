"""What must hold in the members' tables on live data; each violation names the row that breaks it."""

from __future__ import annotations

from typing import Final

from django.db import connection

from common.text import clean_address
from common.violations import Violation
from members.models import Card, Member
from members.rules import has_check_digit
from merchants.facts import MerchantFacts

CONSENT_STATE: Final = "M1"
SURVIVOR: Final = "M2"
CHECK_DIGIT: Final = "M3"
VALID_CARD: Final = "M4"
TIER_HISTORY: Final = "M5"
OLDER_LINKS: Final = "M7"
CONTACT_FORM: Final = "M6"
TILL_CODES: Final = "M8"
AWAITED: Final = "M9"
BLOCKED: Final = "M10"
RESTRICTED: Final = "M11"
DATA_REQUESTS: Final = "M12"
MERGES: Final = "M13"
ERASED: Final = "M15"
GUARDIANS: Final = "M18"
SHARED_WALLETS: Final = "M20"

# invariant, table, message, statement that lists the ids breaking it
_STATEMENTS: Final = (
    (
        SHARED_WALLETS,
        "members_member",
        "lets others redeem from one wallet, and holds no phone that they share",
        """
        SELECT m.id FROM members_member m
        WHERE m.merchant_id = %(merchant)s AND m.shares_wallet AND (m.household_of_id IS NOT NULL OR m.phone IS NULL)
        ORDER BY m.id""",
    ),
    (
        GUARDIANS,
        "members_guardian",
        "agreed for a child, and the audit trail does not say so",
        """
        SELECT g.id FROM members_guardian g
        WHERE g.merchant_id = %(merchant)s AND NOT EXISTS (
            SELECT FROM merchants_auditentry a
            WHERE a.merchant_id = %(merchant)s AND a.subject_kind = 'member' AND a.action = 'member.guardian_recorded'
              AND a.at = g.recorded_at)
        ORDER BY g.id""",
    ),
    (
        GUARDIANS,
        "members_consent",
        "is a child's yes, and no parent or guardian had ever agreed",
        """
        SELECT c.id FROM members_consent c
        JOIN members_child child ON child.merchant_id = %(merchant)s AND child.member_id = c.member_id
        WHERE c.merchant_id = %(merchant)s AND c.granted AND child.adult_at > c.at
          AND NOT EXISTS (
            SELECT FROM members_guardian g
            WHERE g.merchant_id = %(merchant)s AND g.member_id = c.member_id AND g.recorded_at <= c.at)
          AND NOT EXISTS (
            SELECT FROM merchants_auditentry a
            WHERE a.merchant_id = %(merchant)s AND a.subject_kind = 'member' AND a.subject_id = c.member_id
              AND a.action IN ('member.edited', 'member.merged', 'member.merge_undone') AND a.at >= c.at)
        ORDER BY c.id""",
    ),
    (
        BLOCKED,
        "members_member",
        "is blocked or not, other than the audit trail says",
        """
        SELECT m.id FROM members_member m
        LEFT JOIN LATERAL (
            SELECT a.action FROM merchants_auditentry a
            WHERE a.merchant_id = %(merchant)s AND a.subject_kind = 'member' AND a.subject_id = m.id
              AND a.action IN ('member.blocked', 'member.unblocked')
            ORDER BY a.at DESC, a.id DESC LIMIT 1) newest ON true
        WHERE m.merchant_id = %(merchant)s
          AND (m.status = 'blocked') <> (coalesce(newest.action, '') = 'member.blocked')
          AND m.status NOT IN ('merged', 'erased')
        ORDER BY m.id""",
    ),
    (
        RESTRICTED,
        "members_member",
        "is only kept or not, other than the audit trail says",
        """
        SELECT m.id FROM members_member m
        LEFT JOIN LATERAL (
            SELECT a.action FROM merchants_auditentry a
            WHERE a.merchant_id = %(merchant)s AND a.subject_kind = 'member' AND a.subject_id = m.id
              AND a.action IN ('member.restricted', 'member.unrestricted')
            ORDER BY a.at DESC, a.id DESC LIMIT 1) newest ON true
        WHERE m.merchant_id = %(merchant)s
          AND (m.restricted_at IS NOT NULL) <> (coalesce(newest.action, '') = 'member.restricted')
          AND m.status <> 'merged'
        ORDER BY m.id""",
    ),
    (
        DATA_REQUESTS,
        "members_datarequest",
        "is closed without a word of what was done, or the audit trail says another thing",
        """
        SELECT r.id FROM members_datarequest r
        LEFT JOIN merchants_auditentry a ON a.merchant_id = %(merchant)s AND a.subject_kind = 'member'
         AND a.subject_id = r.member_id AND a.action = 'data_request.closed' AND a.after ->> 'request' = r.id::text
        WHERE r.merchant_id = %(merchant)s
          AND ((r.state <> 'open') <> (a.id IS NOT NULL)
               OR (r.state <> 'open' AND (r.closed_at IS NULL OR r.done || r.ground = ''
                   OR (r.done, r.ground) IS DISTINCT FROM
                      (coalesce(a.after ->> 'done', ''), coalesce(a.after ->> 'ground', '')))))
        ORDER BY r.id""",
    ),
    (
        ERASED,
        "members_member",
        "is erased, or belongs to a member who is, and holds something personal",
        """
        SELECT m.id FROM members_member m
        LEFT JOIN members_member s ON s.merchant_id = %(merchant)s AND s.id = m.merged_into_id
        WHERE m.merchant_id = %(merchant)s AND (m.erased_at IS NOT NULL OR s.erased_at IS NOT NULL)
          AND (m.name <> '' OR m.area <> '' OR m.notes <> '' OR m.attributes <> '{}'
               OR coalesce(m.phone, m.email, m.email_key, m.external_ref, m.birth_date::text) IS NOT NULL
               OR m.joined_device_hash IS NOT NULL
               OR EXISTS (SELECT FROM members_card c WHERE c.merchant_id = %(merchant)s AND c.member_id = m.id
                          AND (c.revoked_at IS NULL OR c.shown_name <> '' OR octet_length(c.token_encrypted) > 0))
               OR EXISTS (SELECT FROM members_datarequest r WHERE r.merchant_id = %(merchant)s
                          AND r.member_id = m.id AND r.note <> '')
               OR EXISTS (SELECT FROM members_formercontact f WHERE f.merchant_id = %(merchant)s
                          AND f.member_id = m.id))
        ORDER BY m.id""",
    ),
    (
        ERASED,
        "members_datarequest",
        "was closed as erased, and the member is still known",
        """
        SELECT r.id FROM members_datarequest r
        JOIN members_member m ON m.merchant_id = %(merchant)s AND m.id = r.member_id
        WHERE r.merchant_id = %(merchant)s AND r.done = 'erased' AND m.erased_at IS NULL
        ORDER BY r.id""",
    ),
    (
        CONSENT_STATE,
        "members_member",
        "promo_email differs from the newest consent row",
        """
        SELECT m.id FROM members_member m
        LEFT JOIN LATERAL (
            SELECT c.granted FROM members_consent c
            WHERE c.merchant_id = %(merchant)s AND c.member_id = m.id AND c.topic = 'promo' AND c.channel = 'email'
            ORDER BY c.seq DESC LIMIT 1) newest ON true
        WHERE m.merchant_id = %(merchant)s AND m.promo_email IS DISTINCT FROM coalesce(newest.granted, false)
        ORDER BY m.id""",
    ),
    (
        AWAITED,
        "members_awaitedmember",
        "its member has come, and nothing asks that they are given the sale",
        """
        SELECT a.id FROM members_awaitedmember a
        WHERE a.merchant_id = %(merchant)s AND a.member_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM merchants_outboxevent e
            WHERE e.merchant_id = %(merchant)s AND e.kind = 'member.awaited' AND e.subject_id = a.member_id
              AND e.handled_at IS NULL)
        ORDER BY a.id""",
    ),
    (
        AWAITED,
        "members_awaitedmember",
        "is kept though a night has passed since its 30 days ended",
        """
        SELECT a.id FROM members_awaitedmember a
        WHERE a.merchant_id = %(merchant)s AND a.member_id IS NULL AND a.noted_at < (
            SELECT max(n.finished_at) FROM merchants_nightrun n
            WHERE n.merchant_id = %(merchant)s) - interval '31 days'
        ORDER BY a.id""",
    ),
    (
        SURVIVOR,
        "members_member",
        "merged into a member that does not exist or was merged away itself",
        """
        SELECT m.id FROM members_member m
        LEFT JOIN members_member s ON s.merchant_id = %(merchant)s AND s.id = m.merged_into_id
        WHERE m.merchant_id = %(merchant)s AND m.merged_into_id IS NOT NULL
          AND (s.id IS NULL OR s.merged_into_id IS NOT NULL)
        ORDER BY m.id""",
    ),
    (
        MERGES,
        "members_member",
        "was merged away without a record of it, or stands on their own although a merge was not undone",
        """
        SELECT m.id FROM members_member m
        LEFT JOIN members_membermerge g ON g.merchant_id = %(merchant)s AND g.merged_id = m.id AND g.undone_at IS NULL
        WHERE m.merchant_id = %(merchant)s AND (m.merged_into_id IS NULL) <> (g.id IS NULL)
        ORDER BY m.id""",
    ),
    (
        VALID_CARD,
        "members_member",
        "active member without a card, in force or waiting, though staff revoked or handed over none",
        """
        SELECT m.id FROM members_member m
        WHERE m.merchant_id = %(merchant)s AND m.status = 'active' AND NOT EXISTS (
            SELECT FROM members_card c
            WHERE c.merchant_id = %(merchant)s AND c.member_id = m.id AND c.revoked_at IS NULL)
          AND coalesce((
            SELECT c.revoked_reason FROM members_card c
            WHERE c.merchant_id = %(merchant)s AND c.member_id = m.id ORDER BY c.revoked_at DESC, c.id DESC LIMIT 1)
            NOT IN ('revoked by staff', 'handed over to another member'), true)
        ORDER BY m.id""",
    ),
    (
        OLDER_LINKS,
        "members_card",
        "a card made before the one in force still opens",
        """
        SELECT c.id FROM members_card c
        JOIN members_card f ON f.merchant_id = %(merchant)s AND f.member_id = c.member_id
         AND f.revoked_at IS NULL AND f.confirmed_at IS NOT NULL
        WHERE c.merchant_id = %(merchant)s AND c.revoked_at IS NULL AND c.confirmed_at IS NULL
          AND c.issued_at < f.confirmed_at
        ORDER BY c.id""",
    ),
    (
        OLDER_LINKS,
        "members_card",
        "a waiting card in force that nobody confirmed",
        """
        SELECT c.id FROM members_card c
        LEFT JOIN (SELECT DISTINCT a.after ->> 'card' AS card_id FROM merchants_auditentry a
                   WHERE a.merchant_id = %(merchant)s AND a.subject_kind = 'member'
                     AND a.action = 'member.card_confirmed') said ON said.card_id = c.id::text
        WHERE c.merchant_id = %(merchant)s AND c.revoked_at IS NULL AND c.confirmed_at > c.issued_at
          AND said.card_id IS NULL
        ORDER BY c.id""",
    ),
    (
        OLDER_LINKS,
        "members_waitingcardshown",
        "holds a member to a waiting card, and the member has none",
        """
        SELECT w.id FROM members_waitingcardshown w
        WHERE w.merchant_id = %(merchant)s AND NOT EXISTS (
            SELECT FROM members_card c WHERE c.merchant_id = %(merchant)s AND c.member_id = w.member_id
               AND c.confirmed_at IS NULL)
        ORDER BY w.id""",
    ),
    (
        TILL_CODES,
        "members_verificationcode",
        "a code for the till that is good for longer than five minutes, or was used after its end",
        """
        SELECT id FROM members_verificationcode
        WHERE merchant_id = %(merchant)s
          AND (expires_at > issued_at + interval '5 minutes' OR used_at > expires_at OR octet_length(code_hash) <> 32)
        ORDER BY id""",
    ),
    (
        CONTACT_FORM,
        "members_formercontact",
        "a contact once given up whose hash no phone or address has",
        """
        SELECT id FROM members_formercontact
        WHERE merchant_id = %(merchant)s AND octet_length(contact_hash) <> 32 ORDER BY id""",
    ),
    (
        CONSENT_STATE,
        "members_consent",
        "an answer before it is missing",
        """
        SELECT id FROM (
            SELECT id, seq, row_number() OVER (PARTITION BY member_id, topic, channel ORDER BY seq) AS place
            FROM members_consent WHERE merchant_id = %(merchant)s) numbered
        WHERE seq <> place ORDER BY id""",
    ),
    (
        SURVIVOR,
        "members_member",
        "was brought by themselves, or by a member that does not exist",
        """
        SELECT m.id FROM members_member m
        LEFT JOIN members_member r ON r.merchant_id = %(merchant)s AND r.id = m.referred_by_id
        WHERE m.merchant_id = %(merchant)s AND m.referred_by_id IS NOT NULL
          AND (r.id IS NULL OR r.id = m.id)
        ORDER BY m.id""",
    ),
    (
        TIER_HISTORY,
        "members_tiermove",
        "does not begin where the move before ended",
        """
        SELECT id FROM (
            SELECT id, from_tier_id, lag(to_tier_id) OVER (PARTITION BY member_id ORDER BY id) AS before
            FROM members_tiermove WHERE merchant_id = %(merchant)s) moves
        WHERE before IS NOT NULL AND from_tier_id IS DISTINCT FROM before ORDER BY id""",
    ),
    (
        TIER_HISTORY,
        "members_member",
        "the tier is not the one of the newest tier move",
        """
        SELECT m.id FROM members_member m
        JOIN LATERAL (
            SELECT v.to_tier_id FROM members_tiermove v
            WHERE v.merchant_id = %(merchant)s AND v.member_id = m.id ORDER BY v.id DESC LIMIT 1) newest ON true
        WHERE m.merchant_id = %(merchant)s AND m.tier_id IS DISTINCT FROM newest.to_tier_id
        ORDER BY m.id""",
    ),
)


def verify(*, merchant: MerchantFacts) -> list[Violation]:
    """Return all violations of this merchant, by invariant (docs/members.md lists them)."""
    found = []
    with connection.cursor() as cursor:
        for invariant, table, message, statement in _STATEMENTS:
            cursor.execute(statement, {"merchant": merchant.id})
            found += [Violation(invariant, table, str(row_id), message) for (row_id,) in cursor.fetchall()]
    return found + _wrong_numbers(merchant) + _marked_contacts(merchant)


def _marked_contacts(merchant: MerchantFacts) -> list[Violation]:
    """Find addresses and phones with an invisible mark: another member may have the same one without it."""
    message = "e-mail or phone holds an invisible mark, a blank or letters of another width"
    rows = (
        Member.objects.filter(merchant_id=merchant.id).order_by("id").values_list("id", "email", "email_key", "phone")
    )
    return [
        Violation(CONTACT_FORM, "members_member", str(row_id), message)
        for row_id, *contacts in rows.iterator(chunk_size=5_000)
        if any(contact and clean_address(contact) != contact for contact in contacts)
    ]


def _wrong_numbers(merchant: MerchantFacts) -> list[Violation]:
    """Find numbers of members and valid cards whose check digit is wrong."""
    members = Member.objects.filter(merchant_id=merchant.id)
    cards = Card.objects.filter(merchant_id=merchant.id, revoked_at__isnull=True, confirmed_at__isnull=False)
    tables = (("members_member", members), ("members_card", cards))
    return [
        Violation(CHECK_DIGIT, table, str(row_id), f"number {number} has a wrong check digit")
        for table, rows in tables
        for row_id, number in rows.order_by("id").values_list("id", "number").iterator(chunk_size=5_000)
        if not has_check_digit(number)
    ]
