"""A request as it was seen when its answer was there, and what of it the log keeps."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote
from uuid import UUID

from merchants.facts import LoggedRequestFacts, TillCredential
from pos_integration.fields import UUID_TEXT
from pos_integration.request_log.kept_fields import KEPT_QUERY
from pos_integration.request_log.redaction import HIDDEN, NO_BODY, redact_answer, redact_request
from pos_integration.serializers import StrictSerializer

LONGEST_ADDRESS: Final = 600
_CODE: Final = re.compile(r'"code":"([a-z0-9_]{1,60})"')


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """One request with its answer, as they went over the wire; never written like this."""

    credential: TillCredential
    request_id: UUID
    at: datetime
    milliseconds: int
    method: str
    route: str
    path: Mapping[str, str]
    query: Sequence[tuple[str, str]]
    idempotency_key: str
    sent: bytes
    serializer: type[StrictSerializer]
    status: int
    answer: bytes
    answer_shape: str
    replayed: str

    def __len__(self) -> int:
        return len(self.sent) + len(self.answer)

    def redact(self) -> LoggedRequestFacts:
        """Return what the log keeps."""
        request = redact_request(self.sent, self.serializer)
        answer = redact_answer(self.answer, self.answer_shape) if self.answer_shape else NO_BODY
        code = _CODE.search(self.answer.decode(errors="replace")) if self.status >= 400 else None
        return LoggedRequestFacts(
            id=self.request_id,
            till_id=self.credential.till_id,
            key_prefix=self.credential.key_prefix,
            at=self.at,
            method=self.method,
            route=self.route,
            address=_write_address(self.route, self.path, self.query),
            status=self.status,
            milliseconds=self.milliseconds,
            problem_code=code[1] if code else "",
            idempotency_key=self.idempotency_key,
            reference=_find_receipt_number(self.path, self.query, request.text),
            replayed=self.replayed,
            request_bytes=len(self.sent),
            answer_bytes=len(self.answer),
            request_body=request.text,
            answer_body=answer.text,
            is_whole=request.is_whole,
        )


def _write_address(route: str, path: Mapping[str, str], query: Sequence[tuple[str, str]]) -> str:
    """Return the address: ids and receipt numbers as they were sent, whatever else they may have been hidden."""
    address = route
    for name, value in path.items():
        keeps = name == "reference" or UUID_TEXT.fullmatch(value)
        address = address.replace(f"{{{name}}}", quote(value, safe="") if keeps else HIDDEN)
    asked = [
        f"{_write_parameter(name)}={quote(value[:64], safe='') if name in KEPT_QUERY else HIDDEN}"
        for name, value in query
    ]
    return (address + ("?" + "&".join(asked) if asked else ""))[:LONGEST_ADDRESS]


def _write_parameter(parameter: str) -> str:
    return parameter if re.fullmatch(r"[a-z_]{1,20}", parameter) else HIDDEN


def _find_receipt_number(path: Mapping[str, str], query: Sequence[tuple[str, str]], body: str) -> str:
    """Return the receipt number that the request is about: of its address, else of its body; '' without one."""
    for value in (path.get("reference"), dict(query).get("reference")):
        if value:
            return value[:64]
    found = re.search(r'"reference":"((?:[^"\\]|\\.){1,64})"', body)
    return found[1] if found else ""
