"""Whatever a report holds and however wide the terminal is, lines fit and steer nothing."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from rich.cells import cell_len

from effprof.base.metrics import CATALOGUE
from effprof.formats.text import text
from effprof.formats.text_look import Look, cells, shorten, wrap
from effprof.formats.text_metrics import REPEATS_P50
from effprof.report.report import Metric, MissingPart, OperatorPart, Report, WarningPart
from tests.formats.sample import BIMODAL, FULL

WORDS = st.text(max_size=60) | st.text("ab/[]\x1b\n漢é\u0301 ", max_size=200)
FIGURES = st.floats(allow_nan=False, allow_infinity=False)
LIKELY = st.floats(1e-9, 1e12)
WIDTHS = st.integers(40, 200)


@st.composite
def metrics(draw: st.DrawFn, figures: st.SearchStrategy[float] = FIGURES) -> Metric:
    value = draw(figures)
    ends = draw(st.none() | st.tuples(figures, figures))
    return Metric(
        value=value,
        unit="1",
        origin=draw(st.sampled_from(("measured", "emulated", "modelled"))),
        source=draw(WORDS),
        low=min(value, *ends) if ends else None,
        high=max(value, *ends) if ends else None,
        n=draw(st.none() | st.integers(0, 10**9)),
        scope=draw(st.none() | WORDS),
    )


@st.composite
def reports(draw: st.DrawFn) -> Report:
    name, word = draw(WORDS), draw(WORDS)
    found = draw(st.dictionaries(st.sampled_from(sorted(CATALOGUE)), metrics(), max_size=12))
    found = {key: replace(one, unit=CATALOGUE[key].unit) for key, one in found.items()}
    share = draw(st.none() | FIGURES)
    return replace(
        FULL,
        model=replace(FULL.model, name=name, inputs=(replace(FULL.model.inputs[0], name=word),)),
        target=replace(FULL.target, id=word),
        metrics=found | ({word: draw(metrics())} if draw(st.booleans()) else {}),
        missing=(MissingPart(name, word, name), MissingPart(word, name)),
        operators=(OperatorPart(name, word, 10**15, 1, share, share), OperatorPart(word, name)),
        trials=(replace(BIMODAL[0], ending=word, first_s=share, detail=name),),
        warnings=(WarningPart(word, name, word),),
        unfinished=draw(st.none() | WORDS),
        sweep=({word: share or 0.0, "batch": 1.0},),
        score=draw(st.none() | st.just(FULL.score)),
        verdicts=draw(st.just(()) | st.just(FULL.verdicts)),
    )


@given(reports(), WIDTHS, st.booleans(), st.booleans(), st.booleans())
@settings(max_examples=150, deadline=None)
def test_every_line_fits_and_steers_nothing(
    report: Report, width: int, verbose: bool, colour: bool, ascii_only: bool
) -> None:
    shown = text(report, width=width, verbose=verbose, colour=colour, ascii_only=ascii_only)
    assert shown.endswith("\n")
    for line in re.sub(r"\x1b\[[0-9;]*m", "", shown).split("\n"):
        assert line.isprintable()
        assert cell_len(line) <= width
        assert line.isascii() or not ascii_only


@given(st.dictionaries(st.sampled_from(sorted(CATALOGUE)), metrics(LIKELY)), st.integers(80, 200))
@settings(max_examples=80, deadline=None)
def test_no_likely_figure_is_cut(found: dict[str, Metric], width: int) -> None:
    """Keys and values stand whole from 80 columns on; sources may be shortened."""
    plain = {
        key: replace(one, unit=CATALOGUE[key].unit, source="clock", scope=None)
        for key, one in found.items()
    }
    lines = text(replace(FULL, metrics=plain, score=None, verdicts=()), width=width).splitlines()
    table = lines[1 : next(at for at, line in enumerate(lines) if "of the time" in line)]
    assert not any("…" in line for line in table)
    p50 = plain.get("latency.p50")
    told_by_p50 = REPEATS_P50 if p50 and p50.origin == "emulated" else frozenset()
    for key, one in plain.items():
        if key not in told_by_p50 or one != p50:
            assert any(f" {key} " in line for line in table), key


@pytest.mark.parametrize("key", ["latency.first", "latency.load", "latency.under_load.p99"])
def test_an_emulated_latency_of_something_else_stands_though_it_equals_p50(key: str) -> None:
    one = Metric(value=0.01, unit="s", origin="emulated", source="emulator")
    found = {"latency.p50": one, "latency.p90": one, key: one}
    shown = text(replace(FULL, metrics=found, score=None, verdicts=()))
    assert f" {key} " in shown
    assert " latency.p90 " not in shown


@given(WORDS, st.integers(0, 80), st.booleans())
def test_shortened_text_fits(word: str, width: int, ascii_only: bool) -> None:
    assert cells(shorten(word, width, Look(ascii_only=ascii_only))) <= width


@given(WORDS, st.integers(2, 80), st.booleans())
def test_wrapped_text_fits_and_loses_nothing(word: str, width: int, ascii_only: bool) -> None:
    look = Look(ascii_only=ascii_only)
    lines = wrap(word, width, look)
    assert all(cells(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(look.clean(word).split())


@given(WORDS, st.booleans())
def test_cleaning_twice_changes_nothing(word: str, ascii_only: bool) -> None:
    look = Look(ascii_only=ascii_only)
    assert look.clean(look.clean(word)) == look.clean(word)
