"""Django's answer, collected whole in the thread, so that a slow reader holds none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from typing import Any, Final

from asgiref.wsgi import WsgiToAsgiInstance

from loyalty.serving.bodies import Body

Application = Callable[..., Iterable[bytes]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

IN_MEMORY_BYTES: Final = 1_048_576
CHUNK_BYTES: Final = 65_536


@dataclass(frozen=True)
class ServerAnswer:
    """What goes back to the client; a long one is a file."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes | SpooledTemporaryFile[bytes]

    def header(self, name: bytes) -> bytes | None:
        return next((value for key, value in self.headers if key == name), None)

    def without(self, name: bytes) -> ServerAnswer:
        return ServerAnswer(self.status, [pair for pair in self.headers if pair[0] != name], self.body)


def environ_of(scope: dict[str, Any], body: Body) -> dict[str, Any]:
    """Return the WSGI environment; the length is that of the body as it came. ValueError: headers do not fit."""
    translator = WsgiToAsgiInstance(None)
    translator.scope = scope
    environ: dict[str, Any] = translator.build_environ(scope, body.file)
    environ["CONTENT_LENGTH"] = str(body.size)
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    return environ


def run_application(application: Application, environ: dict[str, Any]) -> ServerAnswer:
    """Run in a thread of a lane, to the last byte of the answer."""
    status, headers = 500, []

    def start_response(line: str, fields: list[tuple[str, str]], exc_info: object = None) -> None:
        nonlocal status, headers
        status = int(line.split(" ", 1)[0])
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in fields]

    chunks = application(environ, start_response)
    try:
        body = _collect_body(chunks)
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
    return ServerAnswer(status, headers, body)


def _collect_body(chunks: Iterable[bytes]) -> bytes | SpooledTemporaryFile[bytes]:
    kept: list[bytes] = []
    size = 0
    rest = iter(chunks)
    for chunk in rest:
        kept.append(chunk)
        size += len(chunk)
        if size > IN_MEMORY_BYTES:
            break
    else:
        return kept[0] if len(kept) == 1 else b"".join(kept)
    file: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115
    for part in (*kept, *rest):
        file.write(part)
    file.seek(0)
    return file


async def send_answer(send: Send, answer: ServerAnswer) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    if isinstance(answer.body, bytes):
        await send({"type": "http.response.body", "body": answer.body})
        return
    with answer.body as file:
        while chunk := file.read(CHUNK_BYTES):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def plain_answer(status: int, text: str, *headers: tuple[bytes, bytes]) -> ServerAnswer:
    body = (text or HTTPStatus(status).phrase).encode()
    return ServerAnswer(status, [(b"content-type", b"text/plain; charset=utf-8"), *headers], body)
