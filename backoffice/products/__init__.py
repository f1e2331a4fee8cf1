"""The product catalogue, its files, and goods without points."""
