"""Addresses of requests about members' data."""

from django.urls import path

from backoffice.privacy.views import breaches, contacts, guardians, requests, touched

urlpatterns = [
    path("settings/data-requests/", requests.data_requests, name="data_requests"),
    path("settings/data-requests/<uuid:request_id>/", requests.data_request_page, name="data_request"),
    path("settings/data-requests/<uuid:request_id>/close/", requests.data_request_close, name="data_request_close"),
    path(
        "settings/data-requests/<uuid:request_id>/carry-out/",
        requests.data_request_carry_out,
        name="data_request_carry_out",
    ),
    path("settings/data-requests/<uuid:request_id>/erase/", requests.person_erase, name="person_erase"),
    path("settings/data-requests/<uuid:request_id>/file/", requests.person_file, name="person_file"),
    path("settings/data-requests/breaches/", breaches.breach_list, name="breaches"),
    path("settings/data-requests/breaches/new/", breaches.breach_new, name="breach_new"),
    path("settings/data-requests/breaches/<uuid:breach_id>/", breaches.breach_page, name="breach"),
    path("settings/data-requests/breaches/<uuid:breach_id>/edit/", breaches.breach_edit, name="breach_edit"),
    path("settings/data-requests/breaches/<uuid:breach_id>/letters/", breaches.breach_letters, name="breach_letters"),
    path("settings/data-requests/breaches/<uuid:breach_id>/send/", breaches.breach_send, name="breach_send"),
    path("settings/data-requests/breaches/<uuid:breach_id>/touch/", touched.breach_touch, name="breach_touch"),
    path("settings/data-requests/breaches/<uuid:breach_id>/untouch/", touched.breach_untouch, name="breach_untouch"),
    path("settings/data-requests/breaches/<uuid:breach_id>/members/", touched.breach_members, name="breach_members"),
    path(
        "settings/data-requests/breaches/<uuid:breach_id>/members/export/",
        touched.breach_members_file,
        name="breach_members_file",
    ),
    path("settings/data-requests/breaches/<uuid:breach_id>/told/", touched.breach_told, name="breach_told"),
    path(
        "settings/data-requests/breaches/<uuid:breach_id>/authority/",
        breaches.breach_authority,
        name="breach_authority",
    ),
    path(
        "settings/data-requests/breaches/<uuid:breach_id>/authority/told/",
        breaches.breach_authority_told,
        name="breach_authority_told",
    ),
    path("settings/data-requests/breaches/<uuid:breach_id>/close/", breaches.breach_close, name="breach_close"),
    path("members/<uuid:member_id>/requests/new/", requests.data_request_new, name="data_request_new"),
    path("members/<uuid:member_id>/contacts/", contacts.contacts_show, name="contacts_show"),
    path("members/<uuid:member_id>/contacts/now/", contacts.contacts_now, name="contacts_now"),
    path("members/<uuid:member_id>/guardian/", guardians.guardian_new, name="guardian_new"),
    path("members/<uuid:member_id>/guardian/end/", guardians.guardian_end, name="guardian_end"),
    path("members/<uuid:member_id>/unrestrict/", requests.member_unrestrict, name="member_unrestrict"),
]
