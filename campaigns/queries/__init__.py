"""Every read of campaigns that other code may use; one file per noun, import from `campaigns.queries`."""

from campaigns.queries.audience import estimate_audience
from campaigns.queries.automations import automation_of, count_missed_members, missed_members
from campaigns.queries.campaigns import (
    campaign,
    campaign_count,
    campaign_list,
    campaigns_named,
    mails_of_member,
    members_of_campaign,
)
from campaigns.queries.coupons import CampaignCouponUse, coupon_results, coupon_uses
from campaigns.queries.draws import in_control
from campaigns.queries.given_coupons import (
    CouponGiver,
    campaigns_giving,
    coupon_conditions,
    coupon_problem,
    coupon_problem_of,
)
from campaigns.queries.people import Group, PeopleFilter, campaign_people, campaign_people_totals
from campaigns.queries.recipients import Recipient, recipients, sample_values, unsubscribe_url
from campaigns.queries.report import campaign_report
from campaigns.queries.triggers import trigger_events
from campaigns.queries.work import (
    campaign_names,
    campaigns_at_work,
    campaigns_to_freeze,
    next_campaign_look,
)

__all__ = [
    "CampaignCouponUse",
    "CouponGiver",
    "Group",
    "PeopleFilter",
    "Recipient",
    "automation_of",
    "campaign",
    "campaign_count",
    "campaign_list",
    "campaign_names",
    "campaign_people",
    "campaign_people_totals",
    "campaign_report",
    "campaigns_at_work",
    "campaigns_giving",
    "campaigns_named",
    "campaigns_to_freeze",
    "count_missed_members",
    "coupon_conditions",
    "coupon_problem",
    "coupon_problem_of",
    "coupon_results",
    "coupon_uses",
    "estimate_audience",
    "in_control",
    "mails_of_member",
    "members_of_campaign",
    "missed_members",
    "next_campaign_look",
    "recipients",
    "sample_values",
    "trigger_events",
    "unsubscribe_url",
]
