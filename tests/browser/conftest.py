"""A real Chromium in front of a live site with a real payment provider."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest
from django.conf import settings as django_settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from accounts.models import User
from tests.axe import find_violations
from tests.sandbox import Sandbox

T = TypeVar("T")
# A limit only for what never comes: machines that test are slow and busy.
expect.set_options(timeout=20_000)

# Playwright's own loop runs in this thread, and Django would take it for asynchronous code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
# A folder for screenshots, for looking at them.
SHOTS = os.environ.get("SCREENSHOTS", "")


@dataclass
class Visit:
    """One browser window: what its console complained of, and how its pages are looked at."""

    page: Page
    name: str
    site: str
    complaints: list[str] = field(default_factory=list)

    def listen(self) -> "Visit":
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda line: line.type == "error" and self.complaints.append(line.text))
        return self

    def sign_in(self, person: User) -> None:
        """Without the pages for it, which have tests of their own."""
        self.page.context.add_cookies([session_cookie(person, self.site)])

    def look(self, what: str) -> None:
        """The page as it is now breaks no rule of accessibility."""
        self.page.wait_for_load_state()
        if SHOTS:
            self.page.screenshot(path=Path(SHOTS) / f"{what}-{self.name}.png", full_page=True)
        # Unfold, which draws the back office, lays some of its own parts outside of landmarks.
        passed_over = "region" if "/admin/" in self.page.url else ""
        violations = [(rule, nodes) for rule, nodes in find_violations(self.page) if rule != passed_over]
        assert violations == [], f"{what}: {violations}"

    def forgive(self, text: str) -> None:
        """Chromium reports every refused request as an error, also those a page expects."""
        self.complaints = [line for line in self.complaints if text not in line]


def map_of(page: Page) -> Page:
    """The page once its map has its final size; a press while it still grows may land beside the seat."""
    expect(page.locator("#seat-map[data-ready]")).to_be_attached()
    return page


def arrive(page: Page, heading: str) -> Page:
    """The page of this heading once its scripts run: a click that leads to a page does not wait for them."""
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    page.wait_for_load_state()
    return page


def wait_for(page: Page, check: Callable[[], T], what: str, *, seconds: int = 30) -> T:
    """The first true answer of the check, for which browsers may have to do something meanwhile."""
    for _look in range(seconds * 20):
        if found := check():
            return found
        page.wait_for_timeout(50)
    raise AssertionError(f"in vain: {what}")


def session_cookie(person: User, site: str) -> dict[str, str]:
    """What the site gives the browser of somebody who signs in."""
    client = Client()
    client.force_login(person)
    cookie = client.cookies[django_settings.SESSION_COOKIE_NAME]
    return {"name": cookie.key, "value": cookie.value, "url": site}


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def launch(playwright: Playwright) -> Iterator[Callable[..., Browser]]:
    started: list[Browser] = []

    def start(*flags: str) -> Browser:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *flags])
        started.append(browser)
        return browser

    yield start
    for browser in started:
        browser.close()


@pytest.fixture(scope="session")
def browser(launch: Callable[..., Browser]) -> Browser:
    return launch()


@pytest.fixture
def site(live_server: Any, provider: Sandbox, settings: Any) -> str:
    """The site's address; its policy lets forms lead to the provider of this test."""
    settings.SITE_URL = live_server.url
    policy = django_settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {**policy, "form-action": ["'self'", provider.url]}}
    return str(live_server.url)


@pytest.fixture
def visit(browser: Browser, site: str) -> Iterator[Callable[..., Visit]]:
    """Open a window of its own (keywords are Playwright's context options); consoles must stay silent."""
    contexts: list[BrowserContext] = []
    visits: list[Visit] = []

    def open_window(name: str = "desk", **options: Any) -> Visit:
        context = browser.new_context(**(DESK | {"reduced_motion": "reduce", "base_url": site} | options))
        context.set_default_timeout(30_000)
        contexts.append(context)
        visits.append(Visit(context.new_page(), name, site).listen())
        return visits[-1]

    yield open_window
    complaints = [line for each in visits for line in each.complaints]
    for context in contexts:
        context.close()
    assert complaints == []
