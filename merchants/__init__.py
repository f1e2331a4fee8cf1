"""Tenants: who runs a program, where and with what rights.

Owns: merchants, outlets, tills and their keys, users, memberships with roles, claimed idempotency keys, sent forms,
approvals, jobs, work that waits, the outbox, the audit trail, the record of night runs, and `tenancy.merchant_scope`.
Does not own: members, points, anything a customer of the shop would recognize.
"""
