"""The list of members: narrowed, sorted, kept as views, selected, tagged and taken out as a file."""

from backoffice.views.member_list.bulk import member_tagging, members_bulk
from backoffice.views.member_list.export import members_export
from backoffice.views.member_list.listing import member_list

__all__ = ["member_list", "member_tagging", "members_bulk", "members_export"]
