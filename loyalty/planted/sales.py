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
        change("sales_sale", "total_amount = total_amount - 1, subtotal_amount = subtotal_amount - 1, "
               "payable_amount = payable_amount - 1", "total_amount > refunded_amount + 10"),
    ),
    Plant(
        "a sale that took in less", "sales", "I10", "sales_sale",
        change("sales_sale", "payable_amount = payable_amount - 1, points_value_amount = points_value_amount + 1",
               "payable_amount > 10"),
    ),
    Plant(
        "a sale with a tip that its outcome does not know", "sales", "I10", "sales_sale",
        change("sales_sale", "tip_amount = tip_amount + 10, payable_amount = payable_amount + 10"),
    ),
    Plant(
        "a line with a tax that nobody sent", "sales", "I10", "sales_sale",
        change("sales_saleline", "tax_amount = tax_amount + 10", "true", "sale_id"),
    ),
    Plant(
        "a return of a tip that nobody gave", "sales", "I10", "sales_sale",
        change("sales_refund", "tip_amount = tip_amount + 10", "true", "sale_id"),
    ),
    Plant(
        "a sale of which more counts as spending", "sales", "P5", "members_member",
        change("sales_sale", "spend_change_amount = spend_change_amount + 10",
               "member_id IS NOT NULL AND total_amount > 0", "member_id"),
    ),
    Plant(
        "a return that left the member their spending", "sales", "I10", "sales_sale",
        change("sales_refund", "spend_change_amount = spend_change_amount + 10", "true", "sale_id"),
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
    Plant(
        "a receipt that handed out more for goods exchanged", "sales", "I10", "sales_sale",
        change("sales_sale", "exchanged_amount = coalesce(exchanged_amount, 0) + 1"),
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
    Plant(
        "a return dated before its sale", "sales", "I10", "sales_refund",
        change("sales_refund", "occurred_at = occurred_at - interval '400 days'"),
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
        "a late sale that earns although nobody approved it", "sales", "I24", "sales_sale",
        change("sales_sale", "quarantine = 'approved'", "quarantine = ''"),
    ),
    Plant(
        "a late sale whose earnings were posted twice", "sales", "I8", "sales_sale",
        change("sales_sale", "quarantine = 'approved', points_earned = points_earned - 1", "points_earned > 0"),
    ),
    Plant(
        "a sale of a batch that never got into the book", "sales", "I8", "merchants_terminalnumber",
        "INSERT INTO merchants_terminalnumber (merchant_id, id, till_id, device_id, number, item_fingerprint, operation, "
        f"reference, status, claimed_at) SELECT %(m)s, {NEW_ID}, t.id, 'planted', 1, '\\x00', 'sale', 'PLANTED', 201, now() "
        f"FROM merchants_till t WHERE t.merchant_id = %(m)s AND t.id = {row_of('merchants_till')} RETURNING id",
    ),
    Plant(
        "a return of a batch that never got into the book", "sales", "I8", "merchants_terminalnumber",
        "INSERT INTO merchants_terminalnumber (merchant_id, id, till_id, device_id, number, item_fingerprint, operation, "
        f"reference, status, claimed_at) SELECT %(m)s, {NEW_ID}, t.id, 'planted', 2, '\\x00', 'void', 'PLANTED', 202, now() "
        f"FROM merchants_till t WHERE t.merchant_id = %(m)s AND t.id = {row_of('merchants_till')} RETURNING id",
    ),
    Plant(
        "a parked return that waits beside its sale", "sales", "I10", "sales_parkedreturn",
        "INSERT INTO sales_parkedreturn (merchant_id, id, till_id, reference, kind, refund_reference, request_fingerprint, lines, "
        "reason, occurred_at, received_at, state, problem, note) "
        f"SELECT %(m)s, {NEW_ID}, s.till_id, s.reference, 'refund', 'planted', '\\x00', '[]', '', now(), now(), 'waiting', '', '' "
        f"FROM sales_sale s WHERE s.merchant_id = %(m)s AND s.id = {row_of('sales_sale')} RETURNING id",
    ),
    Plant(
        "a parked return applied by the refund of another receipt", "sales", "I10", "sales_parkedreturn",
        "INSERT INTO sales_parkedreturn (merchant_id, id, till_id, reference, kind, refund_reference, request_fingerprint, lines, "
        "reason, occurred_at, received_at, state, refund_id, settled_at, problem, note) "
        f"SELECT %(m)s, {NEW_ID}, s.till_id, s.reference || '-', r.kind, r.refund_reference, '\\x00', '[]', '', now(), now(), "
        "'applied', r.id, now(), '', '' FROM sales_refund r JOIN sales_sale s ON s.merchant_id = %(m)s AND s.id = r.sale_id "
        f"WHERE r.merchant_id = %(m)s AND r.id = {row_of('sales_refund')} RETURNING id",
    ),
    Plant(
        "a till whose day says it left less debt", "sales", "I5", "sales_tilldebtday",
        "INSERT INTO sales_tilldebtday (merchant_id, id, till_id, day, owed_amount, limit_amount) "
        f"SELECT %(m)s, {NEW_ID}, t.id, '2001-01-01', 5, 5 FROM merchants_till t WHERE t.merchant_id = %(m)s "
        "ORDER BY t.id LIMIT 1 RETURNING id",
    ),
    Plant(
        "a debt that no sale left", "sales", "I5", "sales_tilldebt",
        "INSERT INTO sales_tilldebt (merchant_id, id, sale_id, till_id, day, unit, owed, lost, owed_amount, noted_at) "
        f"SELECT %(m)s, {NEW_ID}, s.id, s.till_id, s.business_date, 'points', 0, 7, 0, now() FROM sales_sale s "
        "WHERE s.merchant_id = %(m)s ORDER BY s.id LIMIT 1 RETURNING id",
    ),
    Plant(
        "a sale that waits for a second member", "sales", "I9", "members_awaitedmember",
        "INSERT INTO members_awaitedmember (merchant_id, id, sale_id, kind, contact_hash, noted_at) "
        f"SELECT %(m)s, {NEW_ID}, s.id, 'email', '\\x00', now() FROM sales_sale s WHERE s.merchant_id = %(m)s "
        "AND s.member_id IS NOT NULL ORDER BY s.id LIMIT 1 RETURNING id",
    ),
    Plant(
        "a sale nobody had to pay", "sales", "I9", "sales_sale",
        change("sales_sale", "payable_amount = -1, rounding_amount = rounding_amount - payable_amount - 1"),
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
        "a promotion that gave more points, it says", "sales", "I8", "sales_sale",
        change("rewards_benefitgiven", "points = points + 100", "kind = 'given' AND points > 0", "sale_id"),
    ),
    Plant(
        "a discount that another promotion gave, it says", "sales", "I8", "sales_sale",
        change("rewards_benefitgiven",
               "promotion_id = (SELECT p.id FROM rewards_promotion p WHERE p.merchant_id = %(m)s "
               "AND NOT EXISTS (SELECT FROM rewards_benefitgiven b WHERE b.merchant_id = %(m)s AND b.promotion_id = p.id "
               "AND b.sale_id = rewards_benefitgiven.sale_id) ORDER BY p.id LIMIT 1)",
               "kind = 'given' AND discount_amount > 0", "sale_id"),
    ),
    Plant(
        "a discount that nobody wrote down", "sales", "I8", "sales_sale",
        delete("rewards_benefitgiven", "kind = 'given' AND discount_amount > 0", "sale_id"),
    ),
    Plant(
        "a benefit of a sale that never was", "sales", "I8", "sales_sale",
        change("rewards_benefitgiven", f"sale_id = {NEW_ID}", "kind = 'given'", "sale_id"),
    ),
    Plant(
        "a return that left the promotion its points", "sales", "I10", "sales_refund",
        change("rewards_benefitgiven", "points = points + 1", "kind = 'returned' AND points < 0", "cause_id"),
    ),
    Plant(
        "a benefit taken off by no return", "sales", "I10", "sales_refund",
        change("rewards_benefitgiven", f"cause_id = {NEW_ID}", "kind = 'returned'", "cause_id"),
    ),
    Plant(
        "a return that took more off a discount than it was", "sales", "I10", "sales_sale",
        change("rewards_benefitgiven", "discount_amount = discount_amount - 1000000",
               "kind = 'returned' AND discount_amount < 0", "sale_id"),
    ),
    Plant(
        "a member who bought more than they did", "sales", "P5", "members_member",
        change("members_member", "spend_amount = spend_amount + 1000000"),
    ),
)  # fmt: skip
