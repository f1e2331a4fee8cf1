"""Which level the night gives each member: one statement's parts, for the night itself and for a look ahead.

`members.rules.tier_after_night` is the readable definition; a property test holds these parts to it.
"""

from __future__ import annotations

from typing import Final

LADDER: Final = """
    ladder AS (
        SELECT t.id, t.rank, t.measure, t.threshold FROM members_tier t WHERE t.merchant_id = %(merchant)s)"""
DRAFT_LADDER: Final = """
    ladder AS (
        SELECT d.* FROM jsonb_to_recordset(%(ladder)s::jsonb)
            AS d(id uuid, rank smallint, measure text, threshold bigint))"""
BATCH: Final = """
    batch AS (
        SELECT m.id, m.tier_id, m.tier_since_on, m.tier_protected_until, t.rank
        FROM members_member m
        LEFT JOIN ladder t ON t.id = m.tier_id
        WHERE m.merchant_id = %(merchant)s AND {of_members})"""
TARGET: Final = """
    counted AS (
        SELECT p.member_id, greatest(sum(p.net_amount), 0)::bigint AS spend,
               greatest(sum(p.points_earned), 0)::bigint AS points,
               count(*) FILTER (WHERE p.is_purchase) AS visits,
               min(p.business_date) FILTER (WHERE p.net_amount > 0) AS since_on
        FROM {source} p
        WHERE p.merchant_id = %(merchant)s AND {of_sales}
          AND p.business_date >= %(window_from)s AND p.business_date <= %(until)s
        GROUP BY p.member_id),
    figures AS (
        SELECT b.*, coalesce(c.spend, 0) AS spend, coalesce(c.points, 0) AS points, coalesce(c.visits, 0) AS visits,
               c.since_on
        FROM batch b LEFT JOIN counted c ON c.member_id = b.id),
    earned AS (
        SELECT f.*, e.id AS earned_id, e.rank AS earned_rank, below.id AS below_id
        FROM figures f
        LEFT JOIN LATERAL (
            SELECT t.id, t.rank FROM ladder t
            WHERE t.threshold <= CASE t.measure WHEN 'spend' THEN f.spend WHEN 'points' THEN f.points ELSE f.visits END
            ORDER BY t.rank DESC LIMIT 1) e ON true
        LEFT JOIN LATERAL (
            SELECT t.id FROM ladder t WHERE t.rank < f.rank ORDER BY t.rank DESC LIMIT 1) below ON true),
    target AS (
        SELECT e.*, CASE
            WHEN earned_id IS NULL OR earned_rank = rank THEN tier_id
            WHEN rank IS NULL OR earned_rank > rank THEN earned_id
            WHEN %(policy)s = 'never' OR tier_protected_until >= %(on)s THEN tier_id
            WHEN tier_since_on + %(keep_days)s > %(on)s THEN tier_id
            WHEN %(policy)s = 'one_step' THEN below_id
            ELSE earned_id END AS target_id
        FROM earned e)"""
