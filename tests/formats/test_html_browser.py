"""The page in a real browser: it draws, sorts, asks for nothing, and fits a phone."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from effprof.cli.report import together
from effprof.formats.html import html
from effprof.report.report import Report
from tests.formats.pages import BOARD, HOSTILE, RICH, faster

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: make browser")
FLAGS = (
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
PATIENCE_MS = 120_000
MARKS = "g[aria-label]:not([aria-label*='axis']) :is(path, circle, rect, line)"


class Opened:
    """A page, and all it said and asked for since it was opened."""

    def __init__(self, page: "Page", path: Path) -> None:
        self.page, self.said, self.asked = page, list[str](), list[str]()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", lambda one: self.said.append(one.text))
        page.on("pageerror", lambda one: self.said.append(str(one)))
        page.on("request", lambda one: self.asked.append(one.url))
        page.goto(path.as_uri())
        page.wait_for_selector(".plot svg")

    def marks(self) -> dict[str, int]:
        """Shapes drawn in each chart that can be seen."""
        found: dict[str, int] = self.page.evaluate(
            """(marks) => Object.fromEntries([...document.querySelectorAll("figure[data-chart]")]
                .filter((one) => one.checkVisibility())
                .map((one) => [one.dataset.chart, one.querySelectorAll(marks).length]))""",
            MARKS,
        )
        return found

    def overflow(self) -> int:
        return int(self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))

    def column(self, number: int) -> list[str]:
        return self.page.locator(f"#r0-operators td:nth-child({number})").all_inner_texts()


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    with playwright.sync_playwright() as running:
        one = running.chromium.launch(
            executable_path=CHROMIUM, args=FLAGS, chromium_sandbox=False, timeout=PATIENCE_MS
        )
        yield one
        one.close()


def opened(browser: "Browser", folder: Path, *reports: Report) -> Opened:
    path = folder / "page.html"
    path.write_text(html(together(reports)), encoding="utf-8")
    page = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme="light")
    return Opened(page, path)


def test_one_report(browser: "Browser", tmp_path: Path) -> None:
    one = opened(browser, tmp_path, RICH)
    drawn = one.marks()
    names = ("spread", "trials", "sweep", "roofline", "memory", "costs", "sustained")
    assert drawn.keys() == {f"r0-{name}" for name in names}
    assert all(drawn.values()), drawn
    dots = one.page.locator("[data-chart='r0-trials'] g[aria-label='dot'] circle").count()
    assert dots == sum(len(trial.blocks) for trial in RICH.trials)
    assert HOSTILE in one.page.locator("h1").inner_text()
    assert one.page.evaluate("window.hacked") is None

    longest = one.column(3)
    one.page.click("#r0-operators thead button:text-is('time')")
    assert one.page.get_attribute("#r0-operators th:nth-child(3)", "aria-sort") == "descending"
    assert one.column(3) == longest
    one.page.click("#r0-operators thead button:text-is('time')")
    assert one.column(3) == [*reversed(longest[:-1]), ""]  # what has no time stays last
    one.page.click("#r0-operators thead button:text-is('operator')")
    assert one.column(1) == sorted((operator.name for operator in RICH.operators), key=str.lower)

    light = one.page.evaluate("getComputedStyle(document.body).backgroundColor")
    one.page.emulate_media(color_scheme="dark")
    assert one.page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    one.page.set_viewport_size({"width": 390, "height": 844})
    one.page.wait_for_function(
        "document.querySelector('[data-chart=r0-trials] svg').clientWidth < 390"
    )
    assert one.overflow() == 0
    assert one.said == []
    assert one.asked == [(tmp_path / "page.html").as_uri()]


def test_several_reports(browser: "Browser", tmp_path: Path) -> None:
    reports = (
        RICH,
        faster(2, "half.onnx", "2026-11-24T12:00:00Z"),
        faster(4, "quarter.onnx", "2026-11-25T12:00:00Z"),
        BOARD,
    )
    one = opened(browser, tmp_path, *reports)
    drawn = one.marks()
    assert drawn.keys() >= {"frontier-0", "forest-0", "forest-1", "forest-2"}
    assert all(drawn.values()), drawn
    assert not any(name.startswith("r3") for name in drawn)
    one.page.click("#r3 > summary")
    one.page.wait_for_selector("#r3 .plot svg")
    assert all(one.marks().values())
    assert {"r3-firmware", "r3-costs"} <= one.marks().keys()
    folded = one.page.locator("details:not([open])").count()
    one.page.pdf(path=tmp_path / "page.pdf")  # printing opens what is folded, and draws it
    assert one.page.locator("details:not([open])").count() == folded > 0
    assert one.page.locator("[data-chart='r1-trials'] svg").count() == 1
    one.page.set_viewport_size({"width": 390, "height": 844})
    assert one.overflow() == 0
    assert one.said == []
    assert one.asked == [(tmp_path / "page.html").as_uri()]
