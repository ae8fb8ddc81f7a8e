"""axe-core over a page that Playwright shows."""

from pathlib import Path

from django.conf import settings
from playwright.sync_api import Page

SCRIPT = Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js"


def find_violations(page: Page) -> list[tuple[str, list[str]]]:
    """Each broken rule with the elements that break it."""
    # The page's policy forbids inline scripts; the debugger's protocol is not held to it.
    page.evaluate(SCRIPT.read_text())
    violations = page.evaluate("axe.run().then(outcome => outcome.violations)")
    return [(each["id"], [node["html"][:300] for node in each["nodes"]]) for each in violations]
