"""A person with a browser but no JavaScript: plain HTTP, cookies, and the forms that pages hold."""

from html.parser import HTMLParser
from typing import Any

import requests

Attributes = dict[str, str]


class SmokeError(Exception):
    """A step did not end as it should; the text says what came instead."""


class Forms(HTMLParser):
    """Every form of a page with the fields a browser would send, and every checkbox by name."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[tuple[Attributes, Attributes]] = []
        self.boxes: list[Attributes] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((attributes, {}))
        elif tag == "input" and attributes.get("type") == "checkbox":
            self.boxes.append(attributes)
        elif tag == "input" and self.forms and "name" in attributes:
            self.forms[-1][1][attributes["name"]] = attributes.get("value", "")

    def fields_of(self, action: str) -> Attributes:
        for attributes, fields in self.forms:
            if attributes.get("action", "").endswith(action):
                return fields
        raise SmokeError(f"no form leads to {action}")


class Visitor:
    def __init__(self, site_url: str) -> None:
        self.site_url = site_url
        self.session = requests.Session()
        # A proxy of the machine has no business on the loopback.
        self.session.trust_env = False

    def get(self, path: str, *, status: int = 200) -> requests.Response:
        return self._ask("GET", path, status)

    def post(self, path: str, data: Any, *, status: int = 200, follow: bool = True) -> requests.Response:
        return self._ask("POST", path, status, data=data, allow_redirects=follow, headers={"Referer": self.site_url})

    def _ask(self, method: str, path: str, status: int, **options: Any) -> requests.Response:
        url = path if path.startswith("http") else self.site_url + path
        answer = self.session.request(method, url, timeout=20, **options)
        if answer.status_code != status:
            raise SmokeError(f"{method} {url} answered {answer.status_code} instead of {status}")
        return answer


def expect(text: str, words: str) -> None:
    if words not in text:
        raise SmokeError(f"the page does not say “{words}”")
