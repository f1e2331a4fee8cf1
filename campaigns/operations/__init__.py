"""Every write of campaigns; one file per noun, import from `campaigns.operations`."""

from campaigns.operations.claiming import (
    Claimed,
    begin_data,
    cancel_leftovers,
    claim_deliveries,
    give_back,
    recover_abandoned,
)
from campaigns.operations.drafts import CampaignNotEditable, discard_draft, duplicate_campaign, save_draft
from campaigns.operations.freezing import begin_freezing, freeze_audience
from campaigns.operations.people import absorb_member, forget_member
from campaigns.operations.review import pause_for_review
from campaigns.operations.settling import AttemptOutcome, clear_last_error, hold_campaign, settle, stop_for_sender
from campaigns.operations.steering import (
    WrongState,
    cancel_campaign,
    finish_campaign,
    pause_campaign,
    resume_campaign,
    schedule_campaign,
    unschedule_campaign,
)
from campaigns.operations.trial import ControlGetsNoTest, record_test, request_test, staff_address
from campaigns.operations.uncertain import resend_uncertain, resolve_uncertain
from campaigns.operations.welcome import (
    save_welcome,
    turn_off_welcome,
    turn_on_welcome,
    welcome_new_members,
    welcome_recent_members,
)
from campaigns.operations.work import restore_campaign_work

__all__ = [
    "AttemptOutcome",
    "CampaignNotEditable",
    "Claimed",
    "ControlGetsNoTest",
    "WrongState",
    "absorb_member",
    "begin_data",
    "begin_freezing",
    "cancel_campaign",
    "cancel_leftovers",
    "claim_deliveries",
    "clear_last_error",
    "discard_draft",
    "duplicate_campaign",
    "finish_campaign",
    "forget_member",
    "freeze_audience",
    "give_back",
    "hold_campaign",
    "pause_campaign",
    "pause_for_review",
    "record_test",
    "recover_abandoned",
    "request_test",
    "resend_uncertain",
    "resolve_uncertain",
    "restore_campaign_work",
    "resume_campaign",
    "save_draft",
    "save_welcome",
    "schedule_campaign",
    "settle",
    "staff_address",
    "stop_for_sender",
    "turn_off_welcome",
    "turn_on_welcome",
    "unschedule_campaign",
    "welcome_new_members",
    "welcome_recent_members",
]
