"""Every write of campaigns; one file per noun, import from `campaigns.operations`."""

from campaigns.operations.audiences import begin_freezing, freeze_audience
from campaigns.operations.automations import (
    queue_due_members,
    queue_missed_members,
    save_automation,
    turn_off_automation,
    turn_on_automation,
)
from campaigns.operations.campaign_states import (
    WrongState,
    cancel_campaign,
    finish_campaign,
    pause_campaign,
    resume_campaign,
    schedule_campaign,
    unschedule_campaign,
)
from campaigns.operations.drafts import CampaignNotEditable, discard_draft, duplicate_campaign, save_draft
from campaigns.operations.messages import content_of, render, still_due
from campaigns.operations.people import absorb_member, forget_member, release_member
from campaigns.operations.review import pause_for_review
from campaigns.operations.trial import ControlGetsNoTest, record_test, request_test, staff_address
from campaigns.operations.trouble import may_go_on, report_trouble
from campaigns.operations.uncertain import resend_uncertain, resolve_uncertain
from campaigns.operations.work import restore_campaign_work

__all__ = [
    "CampaignNotEditable",
    "ControlGetsNoTest",
    "WrongState",
    "absorb_member",
    "begin_freezing",
    "cancel_campaign",
    "content_of",
    "discard_draft",
    "duplicate_campaign",
    "finish_campaign",
    "forget_member",
    "freeze_audience",
    "may_go_on",
    "pause_campaign",
    "pause_for_review",
    "queue_due_members",
    "queue_missed_members",
    "record_test",
    "release_member",
    "render",
    "report_trouble",
    "request_test",
    "resend_uncertain",
    "resolve_uncertain",
    "restore_campaign_work",
    "resume_campaign",
    "save_automation",
    "save_draft",
    "schedule_campaign",
    "staff_address",
    "still_due",
    "turn_off_automation",
    "turn_on_automation",
    "unschedule_campaign",
]
