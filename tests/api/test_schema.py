"""T65: schemathesis over the whole document, every check and phase, with a key, against the real application.

All operations, all phases (examples, coverage, fuzzing, stateful). What JSON Schema cannot say (a phone number that
exists, line ids that differ, a basket within 10^12) is taught to the generator here; no check is switched off.
"""

from __future__ import annotations

import os
import random
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
import schemathesis
from django.utils import timezone
from hypothesis import strategies as st
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import from_schema
from schemathesis.engine.events import FatalError, NonFatalError, PhaseFinished, ScenarioFinished
from schemathesis.hooks import GLOBAL_HOOK_DISPATCHER
from schemathesis.schemas import BaseSchema

from common.quantities import MAX_AMOUNT
from loyalty.wsgi import application
from pos_integration.schema.document import KEY_PATTERN
from pos_integration.schema.operations import OPERATIONS
from pos_integration.throttles import code_guard
from tests.api.conftest import Shop, open_shop
from tests.api.serving import served
from tests.api.till import Till, line, new_key

PHASES = {"examples", "coverage", "fuzzing", "stateful"}
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


@pytest.mark.timeout(400)
def test_the_document_and_the_server_agree(real_commits: None) -> None:
    run_schemathesis(examples=50)


@pytest.mark.proof
def test_the_document_and_the_server_agree_at_length(real_commits: None) -> None:
    run_schemathesis(examples=200)


def run_schemathesis(*, examples: int) -> None:
    seed = int(os.environ.get("SCHEMATHESIS_SEED", random.SystemRandom().randrange(2**32)))
    shop = open_shop("Toko Uji")
    till = shop.till()
    teach_formats(till, things_of(shop, till))
    with served(as_a_careful_till) as url, possible_carts():
        schema = load_schema(url, till, examples=examples, seed=seed)
        failures, calls, phases = execute(schema)
    print(f"seed {seed}: {sum(calls.values())} calls, {len(calls)} operations, phases {sorted(phases)}")
    assert not failures, f"SCHEMATHESIS_SEED={seed}\n" + "\n\n".join(failures[:20])
    assert phases >= PHASES
    names = {row.name for row in OPERATIONS.values()}
    assert len(calls) == len(names), f"not called: {names} against {sorted(calls)}"
    assert min(calls.values()) >= examples, calls


def load_schema(url: str, till: Till, *, examples: int, seed: int) -> BaseSchema:
    config = SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "workers": 1,
            "continue-on-failure": True,
            "generation": {"mode": "all", "max-examples": examples, "no-shrink": True, "allow-x00": False},
            "auth": {"openapi": {"tillKey": {"bearer": till.key}}},
            "checks": {"max_response_time": 10},
        }
    )
    return schemathesis.openapi.from_url(f"{url}/api/schema/?format=json", config=config)


def execute(schema: BaseSchema) -> tuple[list[str], Counter[str], set[str]]:
    """Failures in words, calls by operation, phases that ran."""
    failures: list[str] = []
    calls: Counter[str] = Counter()
    phases: set[str] = set()
    for event in from_schema(schema).execute():
        if isinstance(event, PhaseFinished):
            phases.add(event.phase.name.value.lower().replace(" testing", ""))
        elif isinstance(event, NonFatalError | FatalError):
            failures.append(str(event.value if isinstance(event, NonFatalError) else event.exception))
        elif isinstance(event, ScenarioFinished):
            recorder = event.recorder
            for case_id, case in recorder.cases.items():
                calls[case.value.operation.label] += case_id in recorder.interactions
            failures += failures_of(recorder)
    return failures, calls, phases


def failures_of(recorder: Any) -> list[str]:
    found = []
    for case_id, checks in recorder.checks.items():
        for check in checks:
            if check.failure_info is not None:
                answer = recorder.interactions[case_id].response
                said = f"{answer.status_code} {answer.content[:600]!r}" if answer else "no answer"
                case = recorder.cases[case_id].value
                found.append(
                    f"{check.name}: {check.failure_info.failure}\n  {case.method} {case.formatted_path} "
                    f"query={case.query} headers={case.headers} body={case.body!r:.1500}\n  {said}"
                )
    return found


# --- what the generator has to know ------------------------------------------------------------------------------


def things_of(shop: Shop, till: Till) -> list[str]:
    """Ids that exist, so that generated requests reach further than 404."""
    ids = []
    for n in range(3):
        member = till.enrol(f"0812 0000 {n:04}", name=f"Anggota {n}", email=f"anggota{n}@example.com")
        sale = till.sell(f"R-{n}", line(unit_amount=10_000_000), member_id=member["id"])
        anonymous = till.sell(f"A-{n}")
        ids += [member["id"], member["id"], sale["id"], anonymous["id"]]
    reward = str(shop.reward(points=1))
    taken = till.post("/redemptions", {"member_id": ids[0], "reward_id": reward, "hold": True}, status=201)
    quote = till.post("/quotes", {"lines": [line()], "reserve": True})
    return [*ids, reward, reward, taken["id"], quote["quote_id"]]


def teach_formats(till: Till, ids: list[str]) -> None:
    """Strategies for formats that JSON Schema only names."""
    friend = till.get(f"/members/{ids[0]}")["member"]["referral_code"]
    schemathesis.openapi.format("referral-code", st.just(friend))
    cursor = till.get(f"/members/{ids[0]}/ledger", limit=1)["next"]
    schemathesis.openapi.format("cursor", st.just(cursor))
    digits = st.text("0123456789", min_size=8, max_size=9)
    prefix = st.sampled_from(["08{}", "628{}", "+628{}", "+62 8{}"])
    schemathesis.openapi.format("phone", st.builds(lambda p, d: p.format("12" + d), prefix, digits))
    word = st.text(LETTERS, min_size=1, max_size=20)
    schemathesis.openapi.format("email", st.builds("{}@{}.example".format, word, word))
    schemathesis.openapi.format("printable", st.text(LETTERS + " '-äñ名Ж", min_size=1, max_size=40).filter(str.strip))
    past = st.dates(date(1900, 1, 1), timezone.now().date())
    schemathesis.openapi.format("date", past.map(date.isoformat))
    schemathesis.openapi.format("uuid", st.one_of(st.sampled_from(ids), st.uuids().map(str)))


@contextmanager
def possible_carts() -> Iterator[None]:
    """Line ids that differ, totals within bounds, charges for the lines there are: rules no JSON Schema can state."""

    def before_call(context: Any, case: Any, kwargs: Any) -> None:
        case.body = without_whole_floats(case.body)
        lines = case.body.get("lines") if isinstance(case.body, dict) else None
        if isinstance(lines, list) and lines and all(isinstance(each, dict) for each in lines):
            case.body = possible_cart(case.body, lines)

    schemathesis.hook(before_call)
    try:
        yield
    finally:
        GLOBAL_HOOK_DISPATCHER.unregister(before_call)


def without_whole_floats(value: Any) -> Any:
    """JSON Schema takes 1.0 for an integer; the contract does not."""
    if isinstance(value, dict):
        return {name: without_whole_floats(item) for name, item in value.items()}
    if isinstance(value, list):
        return [without_whole_floats(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def possible_cart(body: dict[str, Any], lines: list[dict[str, Any]]) -> dict[str, Any]:
    changed: list[dict[str, Any]] = []
    for n, each in enumerate(lines):
        cart_line = dict(each)
        if isinstance(cart_line.get("line_id"), str) and any(cart_line["line_id"] == c.get("line_id") for c in changed):
            cart_line["line_id"] = f"{cart_line['line_id'][:50]}#{n}"
        unit, quantity = cart_line.get("unit_amount"), cart_line.get("quantity")
        if type(unit) is int and type(quantity) is int and 0 < quantity <= 9999 and 0 <= unit <= MAX_AMOUNT:
            cart_line["unit_amount"] = min(unit, MAX_AMOUNT // (quantity * len(lines)))
        changed.append(cart_line)
    charged = body.get("charged")
    if isinstance(charged, dict) and isinstance(charged.get("lines"), list) and charged["lines"]:
        given = charged["lines"][0]
        rows = (
            [{**given, "line_id": c.get("line_id")} for c in changed] if isinstance(given, dict) else charged["lines"]
        )
        return {**body, "lines": changed, "charged": {**charged, "lines": rows}}
    return {**body, "lines": changed}


# --- the server ---------------------------------------------------------------------------------------------------


def as_a_careful_till(environ: dict[str, Any], start_response: Any) -> Any:
    """What a till does and a generator does not: a key of its own for every request. Codes are open again each time.

    A malformed or missing key stays as it is. Reuse of keys and the throttle of codes have tests of their own.
    """
    if environ["REQUEST_METHOD"] == "POST":
        code_guard().forget()
        if re.fullmatch(KEY_PATTERN, environ.get("HTTP_IDEMPOTENCY_KEY", "")):
            environ["HTTP_IDEMPOTENCY_KEY"] = new_key()
    return application(environ, start_response)
