"""Clicks of a journey: a press is one, choosing from a list is two, typing and the keyboard are none."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Locator


@dataclass
class Clicks:
    count: int = 0

    def press(self, place: Locator) -> None:
        self.count += 1
        place.click()

    def choose(self, place: Locator, value: str) -> None:
        self.count += 2
        place.select_option(value)
