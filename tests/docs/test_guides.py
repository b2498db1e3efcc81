"""The guides: every one is named in the README, and the code they show does what they say."""

from collections.abc import Callable

from effprof.report.bundle import Bundle
from tests.docs import markdown
from tests.formats.sample import FULL, TINY


def test_the_readme_names_every_guide() -> None:
    linked = {link.partition("#")[0] for link in markdown.links(markdown.README)}
    assert {f"docs/{path.name}" for path in (markdown.ROOT / "docs").glob("*.md")} <= linked


def test_the_smallest_format_there_can_be_works() -> None:
    (block,) = markdown.blocks(markdown.ROOT / "docs" / "extending.md", "python")
    made: dict[str, Callable[[Bundle], str]] = {}
    exec(compile(block, "extending.md", "exec"), made)
    assert made["names"](Bundle((FULL, TINY))) == "mobilenetv2-1.0.onnx\nkws.onnx\n"
