"""Which room answers for messages of which purpose: messaging asks it before it sends."""

from __future__ import annotations

from backoffice.members.card_mail import card_link_still_due, render_card_link
from backoffice.settings.invitations import invitation_still_due, render_invitation
from campaigns.operations import finish_campaign, may_go_on, pause_for_review, render, report_trouble, still_due
from messaging.facts import Purpose
from messaging.operations import (
    MessageSource,
    cancel_notices,
    cancel_program_messages,
    cancel_staff_messages,
    register_source,
)
from people.operations import letter_still_due, render_letters


def register_message_sources() -> None:
    """Register what answers for each purpose; called once, when Django starts."""
    register_source(
        Purpose.PROMO,
        MessageSource(
            still_due=still_due,
            render=render,
            pause_for_review=pause_for_review,
            may_go_on=may_go_on,
            report_trouble=report_trouble,
            end_run=lambda merchant, dispatch_id, at: finish_campaign(
                merchant=merchant, campaign_id=dispatch_id, at=at
            ),
        ),
    )
    register_source(
        Purpose.STAFF,
        MessageSource(still_due=invitation_still_due, render=render_invitation, pause_for_review=cancel_staff_messages),
    )
    register_source(
        Purpose.PROGRAM,
        MessageSource(still_due=card_link_still_due, render=render_card_link, pause_for_review=cancel_program_messages),
    )
    register_source(
        Purpose.NOTICE,
        MessageSource(still_due=letter_still_due, render=render_letters, pause_for_review=cancel_notices),
    )
