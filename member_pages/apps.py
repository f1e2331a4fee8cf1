from django.apps import AppConfig


class MemberPagesConfig(AppConfig):
    name = "member_pages"
