"""Markdown for pull requests: a snapshot, and what a hostile name may not do, by a real parser."""

import os
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from msgspec.structs import replace

from effprof.cli.report import together
from effprof.formats.markdown import markdown
from effprof.formats.markdown_words import code, plain
from effprof.report.bundle import Bundle
from effprof.report.report import MissingPart, OperatorPart, WarningPart
from tests.formats.sample import FULL, GATE, TINY, UNFINISHED

GOLDEN = Path(__file__).parent / "golden"
SHOWN = markdown(together([FULL, replace(FULL, id="other"), TINY, UNFINISHED]))
EVIL = (
    "<script>alert(1)</script>",
    "a|b\\|c\\\\|d",
    "`x` ``` **b** _i_ ~~s~~ [l](http://evil) ![p](http://evil/p.png)",
    "</details><!-- \n\n# head\n\n| t |\n|---|",
    "@everyone fixes #1 http://evil.example www.evil.example",
    "&lt;b&gt; &#124; $x$",
    "\x1b[2J\u202e\udc80",
)
MINE = {
    *("h3", "p", "table", "thead", "tbody", "tr", "th", "td", "code", "pre", "strong"),
    *("details", "summary", "ul", "li"),
}


class Seen(HTMLParser):
    """Tags and text as a browser would have them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def seen(text: str) -> Seen:
    html = MarkdownIt("commonmark", {"html": True}).enable("table").enable("strikethrough")
    reader = Seen()
    reader.feed(html.render(text))
    return reader


def test_snapshot() -> None:
    path = GOLDEN / "several.md"
    if os.environ.get("EFFPROF_UPDATE_GOLDEN") == "1":
        path.write_text(SHOWN, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == SHOWN


def test_verdicts_stand_outside_the_folds() -> None:
    open_ = re.sub(r"<details>.*?</details>", "", SHOWN, flags=re.DOTALL)
    assert "❔ undecided | `throughput.items`" in open_
    assert "❌ not finished" in open_
    assert "p50 7.21 ms" in open_
    assert "`latency.mean`" not in open_
    assert len([line for line in open_.splitlines() if line]) < 60
    assert seen(SHOWN).tags <= MINE


@pytest.mark.parametrize("evil", EVIL)
def test_a_hostile_name_is_text(evil: str) -> None:
    report = replace(
        FULL,
        model=replace(FULL.model, name=evil),
        target=replace(FULL.target, id=evil),
        operators=(OperatorPart(evil, evil, share=1.0, latency=1.0),),
        missing=(MissingPart(evil, evil, evil),),
        warnings=(WarningPart(evil, evil, evil),),
        unfinished=evil,
        scenario=replace(FULL.scenario, command=("effprof", "measure", evil)),
    )
    bundle = Bundle((report,), apart=(evil,))
    found = seen(markdown(bundle))
    plainly = seen(markdown(replace_names(bundle)))
    assert found.tags <= MINE
    assert found.tags == plainly.tags
    shown = " ".join(evil.split()) if "\n" not in evil else "</details>"
    assert shown.isprintable() is False or shown in "".join(found.text)


def replace_names(bundle: Bundle) -> Bundle:
    """The same with a name that is none."""
    (one,) = bundle.reports
    model = replace(one.model, name="calm, and long enough")
    return Bundle((replace(one, model=model),), apart=("calm",))


@pytest.mark.parametrize("evil", EVIL[:3] + EVIL[4:6])
def test_a_name_is_read_back_whole(evil: str) -> None:
    table = f"| a | b |\n| --- | --- |\n| {code(evil)} | {plain(evil)} |\n"
    found = seen(table)
    assert "".join(found.text).count(evil) == 2
    assert found.tags == {"table", "thead", "tbody", "tr", "th", "td", "code"}


def test_a_gate_stands_open_with_its_worst_verdict_above() -> None:
    shown = markdown(Bundle((replace(TINY, gate=GATE),)))
    assert shown.startswith("### `kws.onnx` on `nrf52840`: ❌ fail\n")
    assert "Gate: ❌ fail, against `old.onnx`: fails above 3 %" in shown
    assert "| ❌ fail | `latency.p50` | 10 ms | 12 ms | +20" in shown
    assert "| shown | `latency.p99` |" in shown
    assert seen(shown).tags <= MINE


def test_nobody_is_mentioned_and_nothing_referred_to() -> None:
    assert "@everyone" not in plain(EVIL[4])
    assert "#1" not in plain(EVIL[4])
    assert "://" not in plain(EVIL[4])


def test_so_many_that_no_comment_holds_them_are_counted() -> None:
    shown = markdown(Bundle((FULL,) * 1000))
    assert 50_000 < len(shown) < 65_000
    told = shown.count("### ")
    assert f" {1000 - told} more comparisons and reports are left out." in shown


def test_what_is_too_long_for_a_comment_leaves_the_details_out() -> None:
    many = tuple(replace(FULL, id=str(at)) for at in range(20))
    shown = markdown(Bundle(many))
    assert len(shown) < 60_000
    assert "they are in the JSON reports" in shown
    assert shown.count("❌ fail\n") == 20
