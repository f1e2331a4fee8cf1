"""Addresses of the staff's pages."""

from django.conf import settings
from django.urls import path

from backoffice.views import (
    appearance,
    audit,
    members,
    merchants,
    overview,
    products,
    receipts,
    rules,
    search,
    segments,
    signing_up,
    simulator,
    staff,
    style_guide,
    tills,
)
from backoffice.views import settings as settings_page
from backoffice.views.campaigns import drafting, listing, reporting, welcoming
from backoffice.views.offers import moments

app_name = "backoffice"

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("sign-up/", signing_up.sign_up, name="sign_up"),
    path("search/", search.search_page, name="search"),
    path("receipts/<uuid:sale_id>/", receipts.receipt, name="receipt"),
    path("members/", members.member_list, name="members"),
    path("members/new/", members.member_new, name="member_new"),
    path("members/<uuid:member_id>/", members.member_detail, name="member"),
    path("members/<uuid:member_id>/points/", members.adjust_points, name="adjust_points"),
    path("segments/", segments.segments, name="segments"),
    path("segments/definition/", segments.definition, name="definition"),
    path("segments/<slug:code>/", segments.segment, name="segment"),
    path("campaigns/", listing.campaigns, name="campaigns"),
    path("campaigns/new/", drafting.audience, name="campaign_new"),
    path("campaigns/welcome/", welcoming.edit_welcome, name="welcome"),
    path("campaigns/<uuid:campaign_id>/", reporting.report, name="campaign"),
    path("campaigns/<uuid:campaign_id>/audience/", drafting.audience, name="campaign_audience"),
    path("campaigns/<uuid:campaign_id>/content/", drafting.content, name="campaign_content"),
    path("campaigns/<uuid:campaign_id>/review/", drafting.review, name="campaign_review"),
    path("campaigns/<uuid:campaign_id>/test/", drafting.test_mail, name="campaign_test"),
    path("campaigns/<uuid:campaign_id>/duplicate/", drafting.duplicate, name="campaign_duplicate"),
    path("campaigns/<uuid:campaign_id>/<slug:step>/", reporting.steer, name="campaign_steer"),
    path("simulator/", simulator.simulations, name="simulator"),
    path("simulator/check/", simulator.programme_check, name="simulator_check"),
    path("simulator/limits/", simulator.limits, name="simulator_limits"),
    path("simulator/new/", simulator.simulation_new, name="simulation_new"),
    path("simulator/<uuid:scenario_id>/", simulator.simulation, name="simulation"),
    path("simulator/<uuid:scenario_id>/cancel/", simulator.simulation_cancel, name="simulation_cancel"),
    path("products/", products.products, name="products"),
    path("products/adopt/", products.adopt_goods, name="products_adopt"),
    path("products/import/", products.import_new, name="product_import_new"),
    path("products/template.csv", products.import_template, name="product_template"),
    path("products/imports/<uuid:import_id>/", products.import_detail, name="product_import"),
    path("products/imports/<uuid:import_id>/rejects.csv", products.import_rejects, name="product_rejects"),
    path("offers/moments/", moments.moment_list, name="moments"),
    path("offers/moments/new/", moments.moment_new, name="moment_new"),
    path("offers/moments/<slug:code>/", moments.moment_detail, name="moment"),
    path("offers/moments/<slug:code>/rhythm/", moments.moment_rhythm, name="moment_rhythm"),
    path("offers/moments/<slug:code>/remove/", moments.moment_remove, name="moment_remove"),
    path("offers/moments/<slug:code>/<int:year>/<int:number>/", moments.moment_dates, name="moment_dates"),
    path("offers/moments/<slug:code>/<int:year>/<int:number>/reset/", moments.moment_reset, name="moment_reset"),
    path("settings/tills/", tills.tills, name="tills"),
    path("settings/tills/new/", tills.till_new, name="till_new"),
    path("settings/tills/<uuid:till_id>/keys/new/", tills.key_new, name="key_new"),
    path("settings/outlets/new/", tills.outlet_new, name="outlet_new"),
    path("settings/keys/<uuid:key_id>/revoke/", tills.key_revoke, name="key_revoke"),
    path("settings/programme/", settings_page.programme, name="programme"),
    path("settings/rules/", rules.rules, name="rules"),
    path("settings/audit/", audit.audit, name="audit"),
    path("settings/audit/export/", audit.audit_export, name="audit_export"),
    path("settings/staff/", staff.staff_list, name="staff"),
    path("settings/staff/new/", staff.staff_new, name="staff_new"),
    path("settings/staff/<uuid:user_id>/", staff.staff_edit, name="staff_edit"),
    path("settings/staff/<uuid:user_id>/end/", staff.staff_end, name="staff_end"),
    path("settings/staff/<uuid:user_id>/invite/", staff.staff_invite_again, name="staff_invite_again"),
    path("store/", merchants.switch_merchant, name="switch_merchant"),
    path("appearance/", appearance.set_theme, name="set_theme"),
]

if settings.DEBUG:
    urlpatterns.append(path("style-guide/", style_guide.style_guide, name="style_guide"))
