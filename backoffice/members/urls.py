"""Addresses of members."""

from django.urls import path

from backoffice.members.views import (
    activity,
    blocks,
    bulk,
    cards,
    consents,
    detail,
    export,
    join_page,
    listing,
    movements,
    profile,
    tags,
    tiers,
)

urlpatterns = [
    path("members/", listing.member_list, name="members"),
    path("members/export/", export.members_export, name="members_export"),
    path("members/bulk/", bulk.members_bulk, name="members_bulk"),
    path("members/tagged/<uuid:batch_id>/", bulk.member_tagging, name="tagging"),
    path("members/new/", detail.member_new, name="member_new"),
    path("members/<uuid:member_id>/", detail.member_detail, name="member"),
    path("members/<uuid:member_id>/activity/", activity.member_activity, name="member_activity"),
    path("members/<uuid:member_id>/edit/", profile.member_edit, name="member_edit"),
    path("members/<uuid:member_id>/block/", blocks.member_block, {"step": "block"}, name="member_block"),
    path("members/<uuid:member_id>/unblock/", blocks.member_block, {"step": "unblock"}, name="member_unblock"),
    path("members/<uuid:member_id>/consent/", consents.member_consents, name="member_consents"),
    path("members/<uuid:member_id>/consent/record/", consents.consent_record, name="consent_record"),
    path("members/<uuid:member_id>/tier/", tiers.member_tier, name="member_tier"),
    path("members/<uuid:member_id>/tags/", tags.member_tag, name="member_tag"),
    path("members/<uuid:member_id>/tags/<uuid:tag_id>/remove/", tags.member_untag, name="member_untag"),
    path("members/join-page/", join_page.join_page, name="join_page"),
    path("members/join-page/poster/", join_page.join_poster, name="join_poster"),
    path("members/<uuid:member_id>/card/", cards.member_card, name="member_card"),
    path("members/<uuid:member_id>/card/<uuid:card_id>/confirm/", cards.card_confirm, name="card_confirm"),
    path("members/<uuid:member_id>/card/revoke/", cards.card_revoke, name="card_revoke"),
    path("members/<uuid:member_id>/card/replace/", cards.card_replace, name="card_replace"),
    path("members/<uuid:member_id>/points/", movements.adjust_points, name="adjust_points"),
    path("members/<uuid:member_id>/debt/points/", movements.write_off, {"unit": "points"}, name="write_off_points"),
    path("members/<uuid:member_id>/debt/wallet/", movements.write_off, {"unit": "wallet"}, name="write_off_wallet"),
]
