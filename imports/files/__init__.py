"""A file's columns, rows and receipts: read, checked, grouped. No database."""

from imports.files.csv_rows import (
    Reject,
    SaleReader,
    SaleRow,
    UnreadableFile,
    check_columns,
    open_rows,
    read_reference,
)
from imports.files.mapping import (
    MEMBER_HEADINGS,
    PRESETS,
    MembersMapping,
    SalesMapping,
    read_mapping,
    usual_members_mapping,
)
from imports.files.receipts import FileReceipt, group_receipts, last_lines

__all__ = [
    "MEMBER_HEADINGS",
    "PRESETS",
    "FileReceipt",
    "MembersMapping",
    "Reject",
    "SaleReader",
    "SaleRow",
    "SalesMapping",
    "UnreadableFile",
    "check_columns",
    "group_receipts",
    "last_lines",
    "open_rows",
    "read_mapping",
    "read_reference",
    "usual_members_mapping",
]
