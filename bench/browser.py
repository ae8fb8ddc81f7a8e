"""How soon a real Chromium has a map that people can use."""

import shutil
import sys
from statistics import median
from typing import Any

from playwright.sync_api import Browser, Error, sync_playwright

from bench.load import UnexpectedAnswerError

LOADS = 5
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
DESK = {"width": 1280, "height": 800}
# The map's script has done its work (it shows the zoom's buttons last), and what it shows has been painted.
OVERVIEW_READY = "[data-zoom]"
SECTION_READY = "#hall-view[data-view=section] input.seat:not(:disabled)"
PAINTED = "() => new Promise(done => requestAnimationFrame(() => setTimeout(() => done(performance.now()), 0)))"


def measure_loads(url: str) -> dict[str, Any]:
    """Medians in milliseconds of some loads with nothing kept: the overview, and a section from a click on.

    Empty where there is no Chromium.
    """
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        print("No Chromium here: nothing is said about how soon the map is usable.", file=sys.stderr)
        return {}
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=FLAGS)
        try:
            loads = [load_once(browser, url) for _ in range(LOADS + 1)][1:]
        finally:
            browser.close()
    overview, section = zip(*loads, strict=True)
    return {
        "overview_usable_ms": round(median(overview)),
        "section_usable_ms": round(median(section)),
        "chromium_loads": {"overview": [round(ms) for ms in overview], "section": [round(ms) for ms in section]},
    }


def load_once(browser: Browser, url: str) -> tuple[float, float]:
    context = browser.new_context(viewport=DESK, reduced_motion="reduce")  # type: ignore[arg-type]
    try:
        page = context.new_page()
        page.goto(url, wait_until="commit")
        page.locator(OVERVIEW_READY).wait_for()
        overview = page.evaluate(PAINTED)
        began = page.evaluate(
            "() => { const areas = document.querySelectorAll('a.area'), began = performance.now();"
            " areas[Math.floor(areas.length / 2)].dispatchEvent("
            "new MouseEvent('click', {bubbles: true, cancelable: true})); return began; }"
        )
        page.locator(SECTION_READY).first.wait_for()
        return overview, page.evaluate(PAINTED) - began
    except Error as fault:
        raise UnexpectedAnswerError(f"the map did not become usable: {fault}") from fault
    finally:
        context.close()
