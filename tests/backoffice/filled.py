"""A form as a browser would send it: every box with what stands in it."""

from __future__ import annotations

from html.parser import HTMLParser


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
    """What the page's boxes hold, with some changed; a list ticks several, an empty one none."""
    boxes = _Boxes()
    boxes.feed(page)
    sent = {name: values for name, values in boxes.sent.items() if name not in ("q", "csrfmiddlewaretoken", "reason")}
    for name, value in changed.items():
        sent[name] = value if isinstance(value, list) else [value]
    return sent
