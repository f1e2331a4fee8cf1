"""Promotions: the list, one promotion, the editor, the trial of a draft."""
