"""Words of GitHub's Markdown: text out of a file stays text, also inside a table.

Every ASCII character that could be markup becomes a numeric entity, which Markdown shows and never
takes for markup: https://spec.commonmark.org/0.31.2/#entity-and-numeric-character-references
"""

import re
from collections.abc import Sequence

from effprof.formats.text_look import Look

_LOOK = Look()
# A colon before slashes and the dot of www would make a link.
_MARKUP = re.compile(r"[\\`*_\[\]<>&|~$!]|:(?=//)|(?<=www)\.|[@#]", re.IGNORECASE)
_REACHING = "@#"  # GitHub makes mentions and references of these after entities are read back
_TAME = re.compile(r"\w[\w.+-]*", re.ASCII)


def plain(text: str) -> str:
    """One line of text that is no markup, mentions nobody and links nowhere."""
    return _MARKUP.sub(_apart, _LOOK.clean(text))


def code(text: str) -> str:
    """A name, set as code. Between backticks a pipe would still end a table's cell."""
    shown = _LOOK.clean(text)
    if _TAME.fullmatch(shown):
        return f"`{shown}`"
    return f"<code>{_MARKUP.sub(_entity, shown)}</code>"


def fenced(text: str) -> list[str]:
    """A block of code: its fence is longer than any in it."""
    shown = _LOOK.clean(text)
    longest = max(map(len, re.findall(r"`+", shown)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}sh", shown, fence]


def table(titles: Sequence[str], rows: Sequence[Sequence[str]], right: str = "") -> list[str]:
    """Lines of a table. Cells are Markdown already; columns named in `right` are set to the right.

    A column in which no row has anything is left out.
    """
    used = [at for at in range(len(titles)) if any(row[at] for row in rows)]
    rules = ["--:" if titles[at] and titles[at] in right.split() else "---" for at in used]
    lines = [[titles[at] for at in used], rules, *([row[at] for at in used] for row in rows)]
    return [f"| {' | '.join(line)} |" for line in lines] if rows else []


def folded(summary: str, lines: Sequence[str]) -> list[str]:
    """What is shown on a click. The empty lines let Markdown go on inside; nothing for no lines."""
    if not lines:
        return []
    return ["<details>", f"<summary>{summary}</summary>", "", *lines, "", "</details>", ""]


def _apart(found: re.Match[str]) -> str:
    return f"{found[0]}<!-- -->" if found[0] in _REACHING else _entity(found)


def _entity(found: re.Match[str]) -> str:
    return f"&#{ord(found[0])};"
