"""Addresses of settings."""

from django.urls import path

from backoffice.settings.views import (
    attributes,
    audit,
    bill,
    program,
    requests,
    rules,
    sandbox,
    staff,
    stopped_work,
    tills,
)

urlpatterns = [
    path("settings/tills/", tills.tills, name="tills"),
    path("settings/tills/new/", tills.till_new, name="till_new"),
    path("settings/tills/<uuid:till_id>/keys/new/", tills.key_new, name="key_new"),
    path("settings/tills/<uuid:till_id>/requests/", requests.till_requests, name="till_requests"),
    path("settings/tills/requests/<uuid:request_id>/", requests.till_request, name="till_request"),
    path(
        "settings/tills/requests/<uuid:request_id>/send-again/", requests.request_send_again, name="request_send_again"
    ),
    path("settings/tills/test-mode/", sandbox.test_mode, name="test_mode"),
    path("settings/tills/test-mode/begin/", sandbox.test_mode_begin, name="test_mode_begin"),
    path("settings/tills/test-mode/coupons/<uuid:batch_id>/codes/new/", sandbox.test_code_new, name="test_code_new"),
    path("settings/tills/test-mode/data/", sandbox.test_data, name="test_data"),
    path("settings/tills/test-mode/tills/<uuid:till_id>/keys/new/", sandbox.test_key_new, name="test_key_new"),
    path("settings/tills/test-mode/keys/<uuid:key_id>/revoke/", sandbox.test_key_revoke, name="test_key_revoke"),
    path("settings/tills/test-mode/tills/<uuid:till_id>/requests/", requests.test_requests, name="test_requests"),
    path("settings/tills/test-mode/requests/<uuid:request_id>/", requests.test_request, name="test_request"),
    path("settings/outlets/new/", tills.outlet_new, name="outlet_new"),
    path("settings/keys/<uuid:key_id>/revoke/", tills.key_revoke, name="key_revoke"),
    path("settings/program/", program.program, name="program"),
    path("settings/bill/", bill.bill, name="bill"),
    path("settings/member-fields/", attributes.attribute_list, name="attributes"),
    path("settings/member-fields/new/", attributes.attribute_new, name="attribute_new"),
    path("settings/member-fields/<uuid:attribute_id>/", attributes.attribute_edit, name="attribute_edit"),
    path("settings/rules/", rules.rules, name="rules"),
    path("settings/audit/", audit.audit, name="audit"),
    path("settings/audit/export/", audit.audit_export, name="audit_export"),
    path("settings/work/", stopped_work.stopped_work, name="stopped_work"),
    path("settings/work/<uuid:work_id>/retry/", stopped_work.stopped_work_retry, name="stopped_work_retry"),
    path("settings/staff/", staff.staff_list, name="staff"),
    path("settings/staff/new/", staff.staff_new, name="staff_new"),
    path("settings/staff/<uuid:user_id>/", staff.staff_edit, name="staff_edit"),
    path("settings/staff/<uuid:user_id>/end/", staff.staff_end, name="staff_end"),
    path("settings/staff/<uuid:user_id>/invite/", staff.staff_invite_again, name="staff_invite_again"),
    path("settings/staff/<uuid:user_id>/withdraw/", staff.staff_withdraw, name="staff_withdraw"),
]
