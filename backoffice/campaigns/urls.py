"""Addresses of campaigns."""

from django.urls import path

from backoffice.campaigns.views import (
    blocked_addresses,
    drafts,
    listing,
    mails,
    people,
    recent_members,
    report,
    sender,
    uncertain,
    welcome,
)

urlpatterns = [
    path("campaigns/", listing.campaigns, name="campaigns"),
    path("campaigns/new/", drafts.audience, name="campaign_new"),
    path("campaigns/welcome/", welcome.edit_welcome, name="welcome"),
    path("campaigns/welcome/recent/", recent_members.recent_members, name="welcome_recent"),
    path("campaigns/mail/", mails.unsaved_mail, name="campaign_mail_unsaved"),
    path("campaigns/<uuid:campaign_id>/", report.report, name="campaign"),
    path("campaigns/<uuid:campaign_id>/audience/", drafts.audience, name="campaign_audience"),
    path("campaigns/<uuid:campaign_id>/content/", drafts.content, name="campaign_content"),
    path("campaigns/<uuid:campaign_id>/review/", drafts.review, name="campaign_review"),
    path("campaigns/<uuid:campaign_id>/test/", drafts.test_mail, name="campaign_test"),
    path("campaigns/<uuid:campaign_id>/mail/", mails.saved_mail, name="campaign_mail"),
    path("campaigns/<uuid:campaign_id>/discard/", drafts.discard, name="campaign_discard"),
    path("campaigns/<uuid:campaign_id>/duplicate/", drafts.duplicate, name="campaign_duplicate"),
    path("campaigns/<uuid:campaign_id>/people/", people.people, name="campaign_people"),
    path("campaigns/<uuid:campaign_id>/coupons/", people.coupons, name="campaign_coupons"),
    path("campaigns/<uuid:campaign_id>/uses/", people.uses, name="campaign_uses"),
    path("campaigns/<uuid:campaign_id>/uncertain/", uncertain.uncertain, name="campaign_uncertain"),
    path("campaigns/<uuid:campaign_id>/<slug:step>/", report.change_status, name="campaign_change_status"),
    path("mail/sender/", sender.sender, name="sender"),
    path("mail/blocked/", blocked_addresses.blocked_addresses, name="blocked_addresses"),
    path("mail/blocked/find/", blocked_addresses.find_or_block, name="blocked_address_find"),
    path("mail/blocked/<uuid:suppression_id>/", blocked_addresses.blocked_address, name="blocked_address"),
]
