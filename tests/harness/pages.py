"""Reads a page as a person does: its visible texts, and the values of its form."""

from __future__ import annotations

from html.parser import HTMLParser


class Page(HTMLParser):
    """What stands on a page, and what its largest form would send."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.forms: list[dict[str, str]] = []
        self.links: list[str] = []
        self.options: dict[str, list[str]] = {}
        self._text: tuple[str, list[str]] | None = None
        self._select = ""
        self.feed(html)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    @property
    def form(self) -> dict[str, str]:
        """The fields of the largest form."""
        return max(self.forms, key=len)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            self.forms.append({})
        elif tag == "a":
            self.links.append(given.get("href", ""))
        elif tag == "input" and name and self.forms:
            if given.get("type") not in ("radio", "checkbox") or "checked" in given:
                self.forms[-1][name] = given.get("value", "")
        elif tag == "textarea" and self.forms:
            self._text = (name, [])
        elif tag == "select" and self.forms:
            self._select = name
        elif tag == "option" and self._select:
            value = given.get("value")
            if value is not None:
                self.options.setdefault(self._select, []).append(value)
            if "selected" in given or self._select not in self.forms[-1]:
                if value is None:
                    self._text = (self._select, [])
                else:
                    self.forms[-1][self._select] = value

    def handle_endtag(self, tag: str) -> None:
        if tag in ("textarea", "option") and self._text:
            name, parts = self._text
            self.forms[-1][name] = "".join(parts).removeprefix("\n")
            self._text = None
        elif tag == "select":
            self._select = ""

    def handle_data(self, data: str) -> None:
        if self._text:
            self._text[1].append(data)
        self.words.append(data)
