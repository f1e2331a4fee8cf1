"""T65: schemathesis over the whole document, every check and phase, with a key, against the real application.

All operations, all phases (examples, coverage, fuzzing, stateful). What JSON Schema cannot say (a phone number that
exists, line ids that differ, a basket within 10^12) is taught to the generator here; no check is switched off.
"""

from __future__ import annotations

import os
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
import schemathesis
from django.utils import timezone
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import from_schema
from schemathesis.engine.events import FatalError, NonFatalError, PhaseFinished, ScenarioFinished
from schemathesis.hooks import GLOBAL_HOOK_DISPATCHER
from schemathesis.schemas import BaseSchema

from common.quantities import MAX_AMOUNT
from loyalty.application import application
from pos_integration.schema.document import KEY_PATTERN
from pos_integration.schema.operations import OPERATIONS
from pos_integration.throttles import code_guard, name_search_guard
from tests.api.conftest import ApiShop, open_shop
from tests.api.serving import served
from tests.api.test_shown_without_a_cart import fill
from tests.api.till import WRITES, ApiTill, line, new_key

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


CARTS = "/(quotes|sales)"
DRAWN = frozenset({"examples", "fuzzing"})
UNIT = DRAWN | {"coverage"}
STATEFUL = frozenset({"stateful"})


@pytest.mark.timeout(590)
@pytest.mark.parametrize("carts", [True, False], ids=["carts", "everything else"])
def test_each_operation_does_what_the_document_says(real_commits: None, carts: bool) -> None:
    """In two halves, so that two test processes share them."""
    run_schemathesis(examples=15, phases=DRAWN, carts=carts)


@pytest.mark.gate
@pytest.mark.timeout(590)
@pytest.mark.parametrize("carts", [True, False], ids=["carts", "everything else"])
def test_each_operation_does_it_for_every_field_at_its_bounds_and_for_more_examples(
    real_commits: None, carts: bool
) -> None:
    run_schemathesis(examples=50, phases=UNIT, carts=carts)


@pytest.mark.timeout(590)
@pytest.mark.parametrize("examples", [5, pytest.param(50, marks=pytest.mark.gate)])
def test_operations_one_after_another_do_what_the_document_says(real_commits: None, examples: int) -> None:
    run_schemathesis(examples=examples, phases=STATEFUL)


@pytest.mark.proof
def test_the_document_and_the_server_agree_at_length(real_commits: None) -> None:
    run_schemathesis(examples=200, phases=UNIT | STATEFUL)


def run_schemathesis(*, examples: int, phases: frozenset[str], carts: bool | None = None) -> None:
    """`carts`: only the operations that price one, or only the others; None: all."""
    seed = int(os.environ.get("SCHEMATHESIS_SEED", random.SystemRandom().randrange(2**32)))
    shop = open_shop("Toko Uji")
    till = shop.till()
    teach_formats(till, things_of(shop, till))
    with served(as_a_careful_till) as url, possible_carts():
        schema = load_schema(url, till, examples=examples, seed=seed, phases=phases)
        if carts is not None:
            schema = (schema.include if carts else schema.exclude)(path_regex=CARTS)
        failures, calls, passed = execute(schema)
    sys.stdout.write(f"seed {seed}: {sum(calls.values())} calls of {len(calls)} operations, phases {sorted(passed)}\n")
    assert not failures, f"SCHEMATHESIS_SEED={seed}\n" + "\n\n".join(failures[:20])
    assert passed >= phases
    if phases >= DRAWN:
        assert len(calls) == expected_operations(carts), f"not every operation was called: {sorted(calls)}"
        without_parameters = {"GET /api/pos/v1/health"}
        assert all(count >= examples for name, count in calls.items() if name not in without_parameters), calls


def expected_operations(carts: bool | None) -> int:
    priced = sum(view.startswith(("Quote", "Sale")) for view, _ in OPERATIONS)
    return len(OPERATIONS) if carts is None else priced if carts else len(OPERATIONS) - priced


def load_schema(url: str, till: ApiTill, *, examples: int, seed: int, phases: frozenset[str]) -> BaseSchema:
    config = SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "workers": 1,
            "continue-on-failure": True,
            "generation": {"mode": "all", "max-examples": examples, "no-shrink": True, "allow-x00": False},
            "auth": {"openapi": {"tillKey": {"bearer": till.key}}},
            "checks": {"max_response_time": 10},
            "phases": {name: {"enabled": name in phases} for name in UNIT | STATEFUL},
        }
    )
    return schemathesis.openapi.from_url(f"{url}/api/schema/?format=json", config=config)


def execute(schema: BaseSchema) -> tuple[list[str], Counter[str], set[str]]:
    """Return failures in words, calls by operation, phases that ran."""
    failures: list[str] = []
    calls: Counter[str] = Counter()
    phases: set[str] = set()
    document: dict[str, Any] = schema.raw_schema
    for event in from_schema(schema).execute():
        if isinstance(event, PhaseFinished):
            phases |= {event.phase.name.value} if event.phase.is_enabled else set()
        elif isinstance(event, NonFatalError | FatalError):
            failures.append(str(event.value if isinstance(event, NonFatalError) else event.exception))
        elif isinstance(event, ScenarioFinished):
            recorder = event.recorder
            for case_id, case in recorder.cases.items():
                calls[case.value.operation.label] += case_id in recorder.interactions
            failures += failures_of(recorder, document)
    return failures, calls, phases


def failures_of(recorder: Any, document: dict[str, Any]) -> list[str]:
    found = []
    for case_id, checks in recorder.checks.items():
        for check in checks:
            if check.failure_info is not None:
                answer = recorder.interactions[case_id].response
                said = f"{answer.status_code} {answer.content[:600]!r}" if answer else "no answer"
                case = recorder.cases[case_id].value
                if check.name == "negative_data_rejection" and is_valid_after_all(
                    case, str(check.failure_info), document
                ):
                    continue
                found.append(
                    f"{check.name}: {check.failure_info.failure}\n  {case.method} {case.formatted_path} "
                    f"query={case.query} headers={case.headers} body={case.body!r:.1500}\n  {said}"
                )
    return found


def is_valid_after_all(case: Any, finding: str, document: dict[str, Any]) -> bool:
    """Return whether a body that was made to be wrong is right: it kept to a format that only we know, or to `null`."""
    if "Invalid component: in body" not in finding:
        return False
    operation = document["paths"][case.operation.path][case.method.lower()]
    body = operation["requestBody"]["content"]["application/json"]["schema"]
    formats = FormatChecker(["date", "email", "uuid"])
    schema = {**body, "components": document["components"]}
    return bool(Draft202012Validator(schema, format_checker=formats).is_valid(case.body))


def test_a_body_is_right_only_if_the_document_says_so() -> None:
    text = {"type": "string", "format": "printable"}
    body = {"properties": {"name": text, "email": {"type": "string", "format": "email"}}, "required": ["name"]}
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Body"}}}
    document = {
        "paths": {"/members": {"post": {"requestBody": {"content": content}}}},
        "components": {"schemas": {"Body": body}},
    }

    def judge(sent: dict[str, Any], finding: str = "Invalid component: in body") -> bool:
        case = SimpleNamespace(operation=SimpleNamespace(path="/members"), method="POST", body=sent)
        return is_valid_after_all(case, finding, document)

    assert judge({"name": "Ý", "email": "a@b.example"})
    assert not judge({"name": "Ý", "email": "nowhere"})
    assert not judge({"email": "a@b.example"})
    assert not judge({"name": "Ý"}, "Invalid component: in query")


# --- what the generator has to know ------------------------------------------------------------------------------


def things_of(shop: ApiShop, till: ApiTill) -> list[str]:
    """Return ids that exist, so that generated requests reach further than 404."""
    ids = []
    for n in range(3):
        member = till.enrol(f"0812 0000 {n:04}", name=f"Anggota {n}", email=f"anggota{n}@example.com")
        sale = till.sell(f"R-{n}", line(unit_amount=10_000_000), member_id=member["id"])
        anonymous = till.sell(f"A-{n}")
        ids += [member["id"], member["id"], sale["id"], anonymous["id"]]
    fill(shop, [("KOPI-1", "Kopi susu", 18_000), ("KOPI-2", "Kopi hitam", 12_000)])
    reward = str(shop.reward(points=1))
    taken = till.post("/redemptions", {"member_id": ids[0], "reward_id": reward, "hold": True}, status=201)
    quote = till.post("/quotes", {"lines": [line()], "reserve": True})
    ids += [till.post(f"/members/{ids[0]}/top-ups", {"amount": 500, "reference": "U-0"}, status=201)["id"]]
    ids += [till.post("/gift-cards", {"amount": 500, "reference": "G-0"}, status=201)["id"]]
    return [*ids, reward, reward, taken["id"], quote["quote_id"]]


def teach_formats(till: ApiTill, ids: list[str]) -> None:
    """Register strategies for formats that JSON Schema only names."""
    friend = till.get(f"/members/{ids[0]}")["member"]["referral_code"]
    schemathesis.openapi.format("referral-code", st.just(friend))
    cursor = till.get(f"/members/{ids[0]}/ledger", limit=1)["next"]
    schemathesis.openapi.format("cursor", st.just(cursor))
    place = till.get("/products", limit=1)["next"]
    schemathesis.openapi.format("cursor-of-products", st.just(place))
    latest = till.get("/sales", limit=1)["next"]
    schemathesis.openapi.format("cursor-of-sales", st.just(latest))
    digits = st.text("0123456789", min_size=8, max_size=9)
    prefix = st.sampled_from(["08{}", "628{}", "+628{}", "+62 8{}"])
    schemathesis.openapi.format("phone", st.builds(lambda p, d: p.format("12" + d), prefix, digits))
    word = st.text(LETTERS, min_size=1, max_size=20)
    schemathesis.openapi.format("email", st.builds("{}@{}.example".format, word, word))
    schemathesis.openapi.format("printable", st.text(LETTERS + " '-äñ名Ж", min_size=1, max_size=40).filter(str.strip))
    schemathesis.openapi.format("name-search", st.text(LETTERS.rstrip("0123456789"), min_size=3, max_size=20))
    number = st.text(LETTERS + "/#. -:é名", min_size=1, max_size=64).filter(lambda text: text == text.strip())
    schemathesis.openapi.format("reference", number)
    past = st.dates(date(1900, 1, 1), timezone.now().date())
    schemathesis.openapi.format("date", past.map(date.isoformat))
    schemathesis.openapi.format("uuid", st.one_of(st.sampled_from(ids), st.uuids().map(str)))


@contextmanager
def possible_carts() -> Iterator[None]:
    """Make line ids differ and totals fit, with charges and returns for the lines there are.

    Only requests meant to be valid are touched; those meant to be refused go out as they were made.
    """

    def before_call(context: Any, case: Any, kwargs: Any) -> None:
        meant_to_fail = case.meta is not None and case.meta.generation.mode.is_negative
        if not meant_to_fail and isinstance(case.body, dict):
            case.body = possible_body(without_whole_floats(case.body))
            name_other_receipt(case.path_parameters)
        if not meant_to_fail and case.operation.label == "GET /api/pos/v1/members":
            case.query = one_way_to_find(dict(case.query or {}))

    schemathesis.hook(before_call)
    try:
        yield
    finally:
        GLOBAL_HOOK_DISPATCHER.unregister(before_call)


def one_way_to_find(query: dict[str, Any]) -> dict[str, Any]:
    """By identifier or by name: one of them, never both."""
    if "identifier" in query:
        query.pop("name", None)
    return query if query else {"name": "anggota"}


def without_whole_floats(value: Any) -> Any:
    """Return the body without whole floats: JSON Schema takes 1.0 for an integer; the contract does not."""
    if isinstance(value, dict):
        return {name: without_whole_floats(item) for name, item in value.items()}
    if isinstance(value, list):
        return [without_whole_floats(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def possible_body(body: dict[str, Any]) -> dict[str, Any]:
    if str(body.get("birth_date") or "") > timezone.now().date().isoformat():
        body = {**body, "birth_date": "1990-05-17"}
    if "" in (body.get("phone"), body.get("email")):
        # Whether it is a member's last contact, which stays, is a matter of the row.
        body = {name: value for name, value in body.items() if value != ""} or {"area": "Depok"}
    lines = body.get("lines")
    if not lines:
        return body
    if "refund_reference" in body:
        return {**body, "lines": [{**lines[0], "line_id": "1"}]}
    numbered = [{**each, "line_id": str(n)} for n, each in enumerate(lines, start=1)]
    for each in numbered:
        each["unit_amount"] = min(each["unit_amount"], MAX_AMOUNT // (2 * each["quantity"] * len(lines)))
    body = {**body, **possible_bill(body, numbered), "lines": numbered}
    if body.get("returns"):
        returned = {**body["returns"][0]}
        name_other_receipt(returned)
        body["returns"] = [{**returned, "lines": [{**returned["lines"][0], "line_id": "1"}]}]
    if body.get("charged"):
        paid = body["charged"]["lines"][0]
        body["charged"] = {**body["charged"], "lines": [{**paid, "line_id": each["line_id"]} for each in numbered]}
    return body


def name_other_receipt(named: dict[str, Any] | None) -> None:
    """Change a receipt's number into one that no request has recorded: what is recorded may lack a line 1.

    A request that is meant to be refused may be taken, with line ids of its own. Sales named by id have a line 1.
    """
    if named and isinstance(named.get("reference"), str) and not is_uuid(named["reference"]):
        named["reference"] = f"N-{named['reference'][:62]}".strip()


def is_uuid(text: str) -> bool:
    with suppress(ValueError):
        return str(UUID(text)) == text
    return False


def possible_bill(body: dict[str, Any], lines: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what is sent beside the goods as a till could: no more of it than the prices hold, on the bill or by line.

    The lines are changed where they are.
    """
    prices = [each["quantity"] * each["unit_amount"] for each in lines]
    bill = {"rounding_amount": abs(body.get("rounding_amount") or 0), "tip_amount": body.get("tip_amount")}
    for name in ("tax_amount", "service_amount"):
        bill[name] = body.get(name)
        for each, price in zip(lines, prices, strict=True):
            if each.get(name) is not None:
                each[name] = min(each[name], price // 4)
                bill[name] = None
    return {name: min(amount, sum(prices) // 4) if amount else amount for name, amount in bill.items()}


# --- the server ---------------------------------------------------------------------------------------------------


def as_a_careful_till(environ: dict[str, Any], start_response: Any) -> Any:
    """Do what a till does and a generator does not: a new key for every request; codes are open again each time.

    A malformed or missing key stays as it is. Reuse of keys and the throttle of codes have tests of their own.
    """
    if environ["REQUEST_METHOD"] in WRITES:
        code_guard().forget()
        if re.fullmatch(KEY_PATTERN, environ.get("HTTP_IDEMPOTENCY_KEY", "")):
            environ["HTTP_IDEMPOTENCY_KEY"] = new_key()
    name_search_guard().forget()
    return application(environ, start_response)
