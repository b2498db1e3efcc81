"""`python -m benchmarks.conversion.table`: results/conversion.json as a table in Markdown."""

import json
import re
from collections.abc import Iterator, Sequence

from benchmarks.conversion.tried import PRECISIONS, Tried
from benchmarks.outcome import RESULTS

HEAD = ("model", "asked", "ran", "seconds", "cosine", "ONNX Runtime", "LiteRT", "size", "why")
LONGEST = 90
_DISAGREED = re.compile(
    r"its outputs have a cosine of ([0-9.-]+) with the (?:original|float model)'s"
)


def main() -> None:
    held = json.loads((RESULTS / "conversion.json").read_text(encoding="utf-8"))
    tried = [Tried(**line) for line in held["details"]]
    print("\n".join((*summary(tried), "", *table(tried))))


def summary(tried: Sequence[Tried]) -> Iterator[str]:
    """A line for each precision: how many ran as asked, and what that bought."""
    floats = {one.model: one for one in tried if one.asked == "fp32"}
    agree = sum(one.agrees for one in floats.values())
    yield f"- fp32: {agree} of {len(floats)} convert and agree (cosine over 0.999)."
    for precision in PRECISIONS[1:]:
        theirs = [one for one in tried if one.asked == precision]
        ran = [one for one in theirs if one.as_asked]
        pairs = [
            (one.litert_s, other.litert_s)
            for one in ran
            if (other := floats.get(one.model)) and one.litert_s and other.litert_s
        ]
        faster = sum(made < plain for made, plain in pairs)
        yield (
            f"- {precision}: {len(ran)} of {len(theirs)} ran so; in LiteRT {faster} of "
            f"{len(pairs)} took less time than their fp32."
        )


def table(tried: Sequence[Tried]) -> Iterator[str]:
    yield f"| {' | '.join(HEAD)} |"
    yield "|" + "---|" * len(HEAD)
    for one in tried:
        *cells, why = one.cells()
        yield f"| {' | '.join(_plain(cell) for cell in (*cells, _short(why)))} |"


def _short(text: str) -> str:
    """Where ways disagreed, by how much."""
    text = _DISAGREED.sub(r"cosine \1", text)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1].rstrip()}…"


def _plain(cell: str) -> str:
    """A bar would end the cell."""
    return cell.replace("|", "/").replace("\n", " ")


if __name__ == "__main__":
    main()
