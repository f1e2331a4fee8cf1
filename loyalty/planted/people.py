# ruff: noqa: S608 - statements of our own, one to a line
"""Members said to be merged away who still have something."""

from __future__ import annotations

from typing import Final

from loyalty.planted.plant import NEW_ID, Plant, change, row_of


def merged_away(member: str, returning: str) -> str:
    """Return statements that say the member was merged into another, and answer the row that is left behind."""
    return (
        "INSERT INTO members_membermerge (merchant_id, id, survivor_id, merged_id, at, actor_label, taken, moved, "
        f"fields_mark, undone_by) SELECT %(m)s, {NEW_ID}, m.id, {member}, now(), 'x', '{{}}', '{{}}', '', '' "
        f"FROM members_member m WHERE m.merchant_id = %(m)s AND m.id <> {member} ORDER BY m.id LIMIT 1; "
        f"SELECT {returning}"
    )


def left_behind(table: str, condition: str = "member_id IS NOT NULL") -> str:
    row = row_of(table, condition)
    member = f"(SELECT t.member_id FROM {table} t WHERE t.merchant_id = %(m)s AND t.id = {row})"
    return merged_away(member, row)


OWNER: Final = (
    "(SELECT b.owner_id FROM ledger_balance b JOIN members_member o ON o.merchant_id = %(m)s AND o.id = b.owner_id "
    "WHERE b.merchant_id = %(m)s AND b.balance > 0 ORDER BY b.owner_id LIMIT 1)"
)

BREACH: Final = (
    "INSERT INTO people_breach (merchant_id, id, state, cause, happened_from, known_at, due_at, data, measures, "
    "details, measures_note, contact, reported_by, subject_indonesian, text_indonesian, subject_english, text_english, "
    f"recorded_at, recorded_by) SELECT %(m)s, {NEW_ID}, 'open', 'other', now(), now(), now() + interval '72 hours', "
    "'{}', '{}', '', '', 'x', 'x', 'x', 'x', 'x', 'x', now(), 'x'; "
)
"""A statement that records a breach."""

PEOPLE: Final = (
    Plant(
        "a member merged away without a record of it", "members", "M13", "members_member",
        change("members_member", "status = 'merged', merged_into_id = (SELECT o.id FROM members_member o "
               "WHERE o.merchant_id = %(m)s AND o.id <> members_member.id ORDER BY o.id LIMIT 1)", "status = 'active'"),
    ),
    Plant("points left with who was merged away", "people", "M14", "members_member", merged_away(OWNER, OWNER)),
    Plant("a sale left with who was merged away", "sales", "M14", "sales_sale", left_behind("sales_sale")),
    Plant("a coupon left with who was merged away", "rewards", "M14", "rewards_coupon", left_behind("rewards_coupon")),
    Plant("stamps left with who was merged away", "rewards", "M14", "rewards_stampcard",
          left_behind("rewards_stampcard", "progress > 0")),
    Plant("a reward left with who was merged away", "rewards", "M14", "rewards_redemption",
          left_behind("rewards_redemption")),
    Plant("a use of an offer left with who was merged away", "rewards", "M14", "rewards_promotionuse",
          left_behind("rewards_promotionuse")),
    Plant("points under a cap left with who was merged away", "rewards", "M14", "rewards_pointstake",
          left_behind("rewards_pointstake")),
    Plant("a breach said to be over without a word", "people", "M16", "people_breach",
          f"{BREACH}UPDATE people_breach SET state = 'closed', closed_at = now(), closed_by = 'x' "
          "WHERE merchant_id = %(m)s RETURNING id"),
    Plant("a letter about a breach that was never written", "people", "M17", "people_touchedmember",
          f"{BREACH}INSERT INTO people_touchedmember (merchant_id, id, breach_id, member_id, why, added_at, channel, "
          f"message_id) SELECT %(m)s, {NEW_ID}, b.id, m.id, 'everyone', now(), 'email', {NEW_ID} FROM people_breach b, "
          "members_member m WHERE b.merchant_id = %(m)s AND m.merchant_id = %(m)s ORDER BY m.id LIMIT 1 RETURNING id"),
    Plant("a breach closed over the head of a member", "people", "M17", "people_breach",
          f"{BREACH}INSERT INTO people_touchedmember (merchant_id, id, breach_id, member_id, why, added_at) "
          f"SELECT %(m)s, {NEW_ID}, b.id, m.id, 'everyone', now() FROM people_breach b, members_member m "
          "WHERE b.merchant_id = %(m)s AND m.merchant_id = %(m)s ORDER BY m.id LIMIT 1; UPDATE people_breach "
          "SET state = 'closed', closed_at = now(), closed_by = 'x' WHERE merchant_id = %(m)s AND id IN (SELECT "
          "t.breach_id FROM people_touchedmember t WHERE t.merchant_id = %(m)s) RETURNING id"),
    Plant("a top-up left with who was merged away", "rewards", "M14", "rewards_topup", left_behind("rewards_topup")),
)  # fmt: skip
