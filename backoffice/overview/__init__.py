"""The first page: how the shop does and what waits."""
