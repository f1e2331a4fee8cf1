"""The till's REST API: interface only, no tables and no rules of the program.

Owns: the key of a till, strict JSON, problem answers, idempotent POSTs, the OpenAPI document, the till simulator.
Does not own: anything a sale, a member or a coupon means; each view makes one domain call and renders its answer.
The contract is docs/api.md; the road of one POST is `pipeline.py`.
"""
