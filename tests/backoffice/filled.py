"""A form as a browser would send it: every box with its value."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any


class _Boxes(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[str, list[str]] = {}
        self.select = ""
        self.first: str | None = None
        self.area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name, kind = given.get("name", ""), given.get("type", "text")
        if tag == "input" and name and kind not in ("submit", "file"):
            if kind not in ("checkbox", "radio") or "checked" in given:
                usual = "on" if kind in ("checkbox", "radio") else ""
                self.sent.setdefault(name, []).append(given.get("value", usual))
        elif tag == "select":
            self.select, self.first = name, None
        elif tag == "option" and self.select:
            self.first = given.get("value", "") if self.first is None else self.first
            if "selected" in given:
                self.sent[self.select] = [given.get("value", "")]
        elif tag == "textarea":
            self.area = name
            self.sent[name] = [""]

    def handle_data(self, data: str) -> None:
        if self.area:
            self.sent[self.area][0] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            if self.select and self.select not in self.sent and self.first is not None:
                self.sent[self.select] = [self.first]
            self.select = ""
        elif tag == "textarea":
            self.area = ""


def filled(page: str, **changed: str | list[str]) -> dict[str, list[str]]:
    """Return the values of the page's boxes, with some changed; a list ticks several, an empty one none."""
    boxes = _Boxes()
    boxes.feed(page)
    sent = {name: values for name, values in boxes.sent.items() if name not in ("q", "csrfmiddlewaretoken", "reason")}
    for name, value in changed.items():
        sent[name] = value if isinstance(value, list) else [value]
    return sent


class FilledForms(HTMLParser):
    """The forms of a page with what each would send, the token included, and the names of its boxes for days."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, Any]] = []
        self._select, self._has_choice = "", False

    @classmethod
    def of(cls, page: str) -> list[dict[str, Any]]:
        reader = cls()
        reader.feed(page)
        return reader.found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            method, action = given.get("method", "get"), given.get("action", "")
            self.found.append({"method": method, "action": action, "fields": {}, "days": []})
        elif not self.found:
            return
        elif tag in ("input", "textarea") and given.get("name"):
            self._add(given)
        elif tag == "select":
            self._select, self._has_choice = given.get("name", ""), False
        elif tag == "option" and self._select and ("selected" in given or not self._has_choice):
            self._has_choice = True
            self.found[-1]["fields"][self._select] = given.get("value", "")

    def _add(self, given: dict[str, str]) -> None:
        form, name, kind = self.found[-1], given["name"], given.get("type", "")
        if kind in ("submit", "file") or (kind in ("checkbox", "radio") and "checked" not in given):
            return
        value = given.get("value", "on" if kind == "checkbox" else "")
        if kind == "checkbox" and name in form["fields"]:
            form["fields"][name] = [*form["fields"][name], value]
        else:
            form["fields"][name] = [value] if kind == "checkbox" else value
        if "data-day" in given:
            form["days"].append(name)

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
