"""The table of variants: the chosen one marked, every reason there, no line too wide."""

from msgspec.structs import replace

from effprof.formats.text_look import Look, cells, render
from effprof.formats.variants_text import chosen
from effprof.report.report import Metric, Report
from effprof.report.variants import Chosen, Tried
from tests.formats.sample import FULL

FOUND = Chosen(
    "edge",
    "edge",
    "as is",
    (
        Tried("as is", 0),
        Tried("int8", 1, trade="2.0x faster", notes=("bought nothing else",)),
        Tried("pruned-50", None, "it has no weights"),
    ),
    "int8",
    "90.0 against 81.2: 2.0x faster",
)


def shown(found: Chosen, width: int = 80) -> str:
    look = Look(width)
    text = render(chosen(found, [FULL, replace(FULL, score=None)], look), look)
    assert all(cells(line) <= width for line in text.splitlines())
    return text


def test_the_chosen_one_is_marked_and_every_reason_is_there() -> None:
    text = shown(FOUND)
    rows = [line.split() for line in text.splitlines()]
    assert rows[0] == ["Variants", "on", "edge,", "by", "profile", "edge"]
    assert rows[2][:3] == ["as", "is", "81.2"]
    assert rows[3][:3] == ["→", "int8", "none"]
    assert "Take int8: 90.0 against 81.2: 2.0x faster" in text
    assert "bought nothing else" in text
    assert "not here: it has no weights" in text
    shown(FOUND, 40)


def test_a_sweep_shows_its_peak_and_what_a_million_costs_in_80_columns() -> None:
    many = {
        **FULL.metrics,
        "throughput.peak": Metric(62193.8, "1/s", "measured", "clock"),
        "cost.million": Metric(0.00076, "USD", "modelled", "stated"),
        "quality.accuracy": Metric(0.992, "1", "measured", "labels"),
    }
    look = Look(80)
    one = replace(FOUND, tried=(Tried("student student.onnx int8", 0),))
    text = render(chosen(one, [replace(FULL, metrics=many)], look), look)
    assert all(cells(line) <= 80 for line in text.splitlines())
    titles = text.splitlines()[1].split()
    assert {"score", "peak", "size", "energy", "accuracy"} <= set(titles)
    assert "62.2 k/s" in text
    assert "USD" in text
    assert "99.2 %" in text


def test_a_quality_of_other_items_than_its_neighbours_wears_their_count() -> None:
    def of(accuracy: float, items: int) -> Report:
        found = Metric(accuracy, "1", "measured", "labels", n=items)
        return replace(FULL, metrics={**FULL.metrics, "quality.accuracy": found})

    look = Look(100)
    both = replace(FOUND, tried=(Tried("as is", 0), Tried("int8", 1)))
    apart = render(chosen(both, [of(1.0, 33), of(0.97, 35)], look), look)
    assert "100 % of 33" in apart
    assert "97 % of 35" in apart
    alike = render(chosen(both, [of(1.0, 35), of(0.97, 35)], look), look)
    assert " of 35" not in alike


def test_keeping_and_having_nothing_to_recommend_are_said() -> None:
    assert "Keep as is: none is better" in shown(
        replace(FOUND, recommended="as is", reason="none is better")
    )
    empty = Chosen("edge", "edge", None, (Tried("as is", None, "no"),), None, "it lacks all")
    assert "Nothing to recommend: it lacks all" in shown(empty)
