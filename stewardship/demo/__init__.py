"""The demo shop's past: a subset of real sales, brought to today and to rupiah, with made-up names.

`online_retail_subset.csv.gz` holds the rows of 662 customers and an eighth of the anonymous receipts of UCI Online
Retail (Chen, D. (2015), doi 10.24432/C5BW33, CC BY 4.0), chosen by a hash of the customer or invoice number.
"""
