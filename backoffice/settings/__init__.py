"""The program, the rules of points, staff, tills and keys, the audit trail."""
