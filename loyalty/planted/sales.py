# ruff: noqa: E501, S608 - statements of our own, one to a line
"""Sales, their lines, returns and quotes."""

from __future__ import annotations

from typing import Final

from loyalty.planted.plant import NEW_ID, Plant, change, delete, row_of

SALES: Final = (
    Plant(
        "a sale that earned more", "sales", "I8", "sales_sale",
        change("sales_sale", "points_earned = points_earned + 100", "points_earned > 0"),
    ),
    Plant(
        "a sale that spent less", "sales", "I8", "sales_sale",
        change("sales_sale", "points_redeemed = points_redeemed - 1", "points_redeemed > points_returned + 1"),
    ),
    Plant(
        "a sale of another total", "sales", "I10", "sales_sale",
        change("sales_sale", "total_amount = total_amount - 1, subtotal_amount = subtotal_amount - 1",
                "total_amount > refunded_amount + 10"),
    ),
    Plant(
        "a sale that took in less", "sales", "I10", "sales_sale",
        change("sales_sale", "payable_amount = payable_amount - 1", "payable_amount > 10"),
    ),
    Plant(
        "a sale whose returns would give more money back", "sales", "I10", "sales_saleline",
        "UPDATE sales_sale s SET outcome = jsonb_set(s.outcome, '{lines,0,total_amount}', "
        "to_jsonb((s.outcome -> 'lines' -> 0 ->> 'total_amount')::bigint + 1000)) FROM sales_saleline l "
        "WHERE s.merchant_id = %(m)s AND l.merchant_id = %(m)s AND l.sale_id = s.id "
        "AND l.line_id = s.outcome -> 'lines' -> 0 ->> 'line_id' "
        f"AND s.id = {row_of('sales_sale', 'recorded_at IS NOT NULL')} RETURNING l.id",
    ),
    Plant(
        "a line of more units at another price", "sales", "I10", "sales_saleline",
        change("sales_saleline", "quantity = quantity + 1, unit_amount = unit_amount - 1", "returned_quantity = 0"),
    ),
    Plant("a line taken away", "sales", "I10", "sales_sale", delete("sales_saleline", returning="sale_id")),
    Plant(
        "a line with a discount nobody gave", "sales", "I10", "sales_saleline",
        change("sales_saleline", "discount_amount = discount_amount + 1"),
    ),
    Plant(
        "goods that came back and are sold again", "sales", "I10", "sales_saleline",
        change("sales_saleline", "returned_quantity = 0, returned_amount = 0", "returned_quantity > 0"),
    ),
    Plant(
        "a refund that handed out more", "sales", "I10", "sales_refund",
        change("sales_refund", "amount = goods_amount + 1000"),
    ),
    Plant("a refund's line taken away", "sales", "I10", "sales_refund",
          delete("sales_refundline", returning="refund_id")),
    Plant(
        "a return that took less back than it says", "sales", "I10", "sales_refund",
        change("sales_refund", "points_lost = points_lost + 1", "points_reversed > points_lost + points_expired"),
    ),
    Plant(
        "a return whose points had lapsed, it says", "sales", "I10", "sales_refund",
        change("sales_refund", "points_expired = points_reversed, points_lost = 0",
                "points_reversed > points_lost + points_expired"),
    ),
    Plant(
        "a return that left the cashback", "sales", "I10", "sales_refund",
        change("sales_refund", "cashback_lost_amount = cashback_reversed_amount - cashback_expired_amount",
                "cashback_reversed_amount > cashback_lost_amount + cashback_expired_amount"),
    ),
    Plant(
        "a return that took nothing back", "sales", "I10", "sales_sale",
        change("sales_refund", "points_reversed = 0, points_expired = 0, points_lost = 0", "points_reversed > 0",
                "sale_id"),
    ),
    Plant(
        "a quote that was sold, and no sale has it", "sales", "I9", "sales_quote",
        change("sales_quote", "state = 'sold'", "state = 'open'"),
    ),
    Plant(
        "a sale that was refunded and says it was not", "sales", "I10", "sales_sale",
        change("sales_sale", "status = 'completed'", "status IN ('refunded', 'partially_refunded')"),
    ),
    Plant(
        "a sale nobody had to pay", "sales", "I9", "sales_sale",
        change("sales_sale", "payable_amount = -1"),
    ),
    Plant(
        "points of a sale that is another's", "sales", "I8", "ledger_transfer",
        change("sales_sale", f"member_id = {row_of('members_member', 'purchase_count = 0')}", "points_earned > 0",
                "(SELECT transfer_id FROM ledger_movement t WHERE t.merchant_id = %(m)s AND t.source_id = sales_sale.id "
                "AND t.kind = 'earn' ORDER BY 1 LIMIT 1)"),
    ),
    Plant(
        "points for a sale that never was", "sales", "I8", "ledger_transfer",
        change("ledger_transfer", f"source_id = {NEW_ID}", "source_kind = 'sale' AND kind = 'earn'"),
    ),
    Plant(
        "a sale claimed and never recorded", "sales", "I9", "sales_sale",
        change("sales_sale", "recorded_at = NULL"),
    ),
    Plant(
        "a member who bought more than they did", "sales", "P5", "members_member",
        change("members_member", "spend_amount = spend_amount + 1000000"),
    ),
)  # fmt: skip
