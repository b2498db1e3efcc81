"""What the tests read out of the documents: sections, tables, code, links, headings."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
CHANGELOG = ROOT / "CHANGELOG.md"
REFERENCE = ROOT / "docs" / "reference.md"
TARGETS = ROOT / "docs" / "targets.md"
DOCUMENTS = (README, CONTRIBUTING, CHANGELOG, *sorted((ROOT / "docs").glob("*.md")))

_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def everything() -> str:
    return "\n".join(map(text, DOCUMENTS))


def blocks(path: Path, language: str) -> list[str]:
    """Fenced code of one language."""
    return [body for name, body in _FENCED.findall(text(path)) if name == language]


def prose(path: Path) -> str:
    """The document without its fenced code."""
    return _FENCED.sub("", text(path))


def ticked(words: str) -> list[str]:
    """Inline code."""
    return re.findall(r"`([^`\n]+)`", words)


def section(path: Path, heading: str) -> str:
    """What stands under a heading of the second level."""
    before, found, after = text(path).partition(f"\n## {heading}\n")
    assert found, f"{path.name} has no section {heading}, after {before[-60:]!r}"
    return after.partition("\n## ")[0]


def table(path: Path, heading: str, first: str) -> list[list[str]]:
    """The rows of the table in that section whose first column is titled `first`, its head left."""
    lines = section(path, heading).splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith(f"| {first} |"))
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def commands(path: Path) -> Iterator[list[str]]:
    """Words of each `effprof ...` line of shell code, inline code and indented code."""
    lines = [line for block in blocks(path, "sh") for line in block.splitlines()]
    lines += [line for line in prose(path).splitlines() if line.startswith("    effprof ")]
    lines += [code for code in ticked(prose(path)) if code.startswith("effprof ")]
    for line in lines:
        words = line.partition("  #")[0].split()
        if words[:1] == ["effprof"]:
            yield words[1:]


def links(path: Path) -> Iterator[str]:
    """Targets inside the project."""
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(path)):
        if "://" not in target:
            yield target


def anchors(path: Path) -> set[str]:
    """What a heading is called in a link: lower case, hyphens for spaces, no punctuation."""
    headings = re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).strip().replace(" ", "-") for one in headings}
