"""A customer who joined on the public page shows a card that waits: it earns, spends nothing, and is then confirmed."""

from __future__ import annotations

import re
from http.cookiejar import CookieJar
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener
from urllib.request import Request as PageRequest

from pos_integration.simulator.model import LineState, SaleState, SimulatedMember
from pos_integration.simulator.player import Player
from pos_integration.simulator.wire import TIMEOUT_SECONDS, Request

_FORGERY_TOKEN: Final = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_CARD: Final = re.compile(r"/card/([^/?#]+)")


class JoinPageError(Exception):
    """The join page gave no card; the message says what it gave."""


def join(url: str, *, name: str, phone: str) -> str:
    """Fill in the store's join page like a phone; return the token of its card. Raises JoinPageError."""
    browser = build_opener(HTTPCookieProcessor(CookieJar()))
    try:
        with browser.open(url, timeout=TIMEOUT_SECONDS) as page:
            forgery = _FORGERY_TOKEN.search(page.read().decode())
        fields = {"name": name, "phone": phone, "csrfmiddlewaretoken": forgery[1] if forgery else ""}
        sent = PageRequest(url, urlencode(fields).encode(), {"Referer": url})  # noqa: S310 - the operator's own address
        with browser.open(sent, timeout=TIMEOUT_SECONDS) as page:
            card = _CARD.search(page.geturl())
    except (HTTPError, URLError, OSError) as error:
        raise JoinPageError(f"{url}: {error}") from None
    if card is None:
        raise JoinPageError(f"{url} led to no card")
    return card[1]


def show_waiting_card(player: Player, join_url: str) -> None:
    """Take one customer from the join page to a confirmed card; other tills meet them only afterwards."""
    phone = f"08{player.chance.randrange(10**9, 10**10)}"
    try:
        token = join(join_url, name=f"Tamu {player.number}", phone=phone)
    except JoinPageError as error:
        player.journal.surprise(str(error))
        return
    found = player.ask("find by waiting card", f"/members?identifier={token}")
    if found is None:
        return
    member = found.body["member"]
    _expect_confirmed(player, member, False)
    sale = _sell_once(player, token, member["id"])
    body = {**player.cart(), "identifier": token, "redeem_points": 1}
    spending = Request("POST", "/sales", body, player.new_key())
    player.expect_refusal("spend by waiting card", spending, status=409, code="card_not_confirmed")
    confirmed = player.command("confirm card", f"/members/{member['id']}/cards/confirm", {"token": token})
    if confirmed is None:
        return
    _expect_confirmed(player, confirmed.body["member"], True)
    again = player.ask("find by confirmed card", f"/members?identifier={token}")
    if again is not None:
        _expect_confirmed(player, again.body["member"], True)
        earned = sale.earned if sale is not None else 0
        points = again.body["member"]["points"]
        had = int(points["available"] + points["pending"] + points["held"] - points["debt"]) - earned
        player.shop.add_member(SimulatedMember(member["id"], phone, had + earned))
        if sale is not None:
            player.shop.add_sale(sale)


def _sell_once(player: Player, token: str, member_id: str) -> SaleState | None:
    body = {**player.cart(), "identifier": token}
    answer = player.command("sale by waiting card", "/sales", body)
    if answer is None:
        return None
    sold = answer.body
    totals = {line["line_id"]: line["total_amount"] for line in sold["lines"]}
    lines = [
        LineState(line["line_id"], line["quantity"], line["quantity"] * line["unit_amount"], totals[line["line_id"]])
        for line in body["lines"]
    ]
    earned = player.shop.program.earned(lines)
    for name, said, expected in (
        ("member", sold["member"]["id"], member_id),
        ("points", sold["points_earned"], earned),
    ):
        if said != expected:
            player.journal.surprise(f"{name} of {body['reference']}: the server says {said}, the model {expected}")
    return SaleState(
        reference=body["reference"],
        sale_id=sold["id"],
        till=player.number,
        member=member_id,
        lines=lines,
        points_redeemed=0,
        points_value=0,
        earned=earned,
    )


def _expect_confirmed(player: Player, member: dict[str, Any], is_confirmed: bool) -> None:
    if member["card"]["confirmed"] is not is_confirmed:
        player.journal.surprise(f"the card of member {member['id']}: confirmed is not {is_confirmed}")
