"""What tax, service charge and tip mean for each line: their shares, and what of the line counts for what."""

from collections.abc import Sequence
from dataclasses import replace

from rewards.engine.basket import line_order
from rewards.engine.facts import NO_BILL, SERVICE, TAX, TIP, Bill, BillRules, Cart, Line, LineBases, Outcome
from rewards.engine.shares import split_by_weight, split_within, stored_value_shares


def with_bases(cart: Cart, rules: BillRules) -> Cart:
    """Return the cart with what counts of each line under the shop's rules; as it is where the till sent no bill."""
    if cart.bill is None:
        return cart
    bill = cart.bill
    lines = sorted(cart.lines, key=line_order)  # of equal remainders the earlier line's, however the till sent them
    prices = [line.subtotal_amount for line in lines]
    tax, service = share_bill(bill, lines, prices)
    tip = split_by_weight(bill.tip_amount, _list_weights(prices, lines))
    bases = {
        line.line_id: _bases_of(bill, rules, *parts) for line, *parts in zip(lines, tax, service, tip, strict=True)
    }
    return replace(cart, lines=tuple(replace(line, bases=bases[line.line_id]) for line in cart.lines))


def _bases_of(bill: Bill, rules: BillRules, tax: int, service: int, tip: int) -> LineBases:
    parts = ((TAX, tax, bill.prices_include_tax), (SERVICE, service, bill.prices_include_service), (TIP, tip, False))
    discounts = -sum(amount for name, amount, inside in parts if inside and name not in rules.discounts)
    return LineBases(discounts, *(_count_parts(parts, counting) for counting in (rules.minimums, rules.earning)))


def _count_parts(parts: Sequence[tuple[str, int, bool]], counting: frozenset[str]) -> int:
    """Return what the parts change of the price: those inside it that do not count, those on top of it that do."""
    outside = sum(amount for name, amount, inside in parts if not inside and name in counting)
    return outside - sum(amount for name, amount, inside in parts if inside and name not in counting)


def share_bill(bill: Bill, lines: Sequence[Line], left: Sequence[int]) -> tuple[list[int], list[int]]:
    """Return each line's tax and service charge: as the till sent them line by line, else shares of the totals.

    What is in the prices is shared by price, and no line holds more of it than its price; what comes on top is shared
    by what is `left` of each line after discounts.
    """
    room = [line.subtotal_amount for line in lines]
    tax = _sent_by_line([line.tax_amount for line in lines])
    service = _sent_by_line([line.service_amount for line in lines])
    for sent, inside in ((tax, bill.prices_include_tax), (service, bill.prices_include_service)):
        if sent is not None and inside:
            room = [price - part for price, part in zip(room, sent, strict=True)]
    if tax is None:
        tax = _share_part(bill.tax_amount, lines, left, room if bill.prices_include_tax else None)
        if bill.prices_include_tax:
            room = [price - part for price, part in zip(room, tax, strict=True)]
    if service is None:
        service = _share_part(bill.service_amount, lines, left, room if bill.prices_include_service else None)
    return tax, service


def _sent_by_line(sent: Sequence[int | None]) -> list[int] | None:
    """Return what the till sent line by line; None where it sent the whole bill alone."""
    return [amount or 0 for amount in sent] if any(amount is not None for amount in sent) else None


def _share_part(total: int, lines: Sequence[Line], left: Sequence[int], room: Sequence[int] | None) -> list[int]:
    """Share by price within the `room` that lines have; on top of the prices, by what is left of them."""
    if room is None:
        return split_by_weight(total, _list_weights(left, lines))
    return split_within(total, [line.subtotal_amount for line in lines], room)


def _list_weights(amounts: Sequence[int], lines: Sequence[Line]) -> Sequence[int]:
    """Return weights that are not all 0, so that shares add up: the amounts, else the prices, else the quantities."""
    if any(amounts):
        return amounts
    prices = [line.subtotal_amount for line in lines]
    return prices if any(prices) else [line.quantity for line in lines]


def bill_again(priced: Outcome, cart: Cart, rules: BillRules) -> Outcome:
    """Return a priced cart with the bill that the till tells now; discounts and points stay, what is earned too.

    Wallet money and gift cards pay at most what they did, and no more than there is to pay. `priced` itself where
    nothing changes.
    """
    bill = cart.bill or NO_BILL
    lines = sorted(with_bases(cart, rules).lines, key=line_order)
    sold = {line.line_id: line for line in priced.lines}
    tax, service = share_bill(bill, lines, [sold[line.line_id].total_amount for line in lines])
    left = [sold[line.line_id].total_amount - sold[line.line_id].points_value_amount for line in lines]
    due = max(0, sum(left) + bill.added_amount)
    wallet = min(priced.wallet_to_redeem_amount, due)
    gift_cards = min(priced.gift_card_to_redeem_amount, due - wallet)
    by_wallet, by_cards = stored_value_shares(left, wallet, gift_cards)
    billed = {
        line.line_id: sold[line.line_id]._replace(
            tax_amount=tax[i],
            service_amount=service[i],
            bases=line.bases,
            wallet_amount=by_wallet[i],
            gift_card_amount=by_cards[i],
        )
        for i, line in enumerate(lines)
    }
    return replace(
        priced,
        bill=cart.bill,
        wallet_to_redeem_amount=wallet,
        gift_card_to_redeem_amount=gift_cards,
        payable_amount=sum(left) + bill.added_amount - wallet - gift_cards,
        lines=tuple(billed[line.line_id] for line in priced.lines),
    )
