"""The catalogue and what was set up, as a person reads it."""

from collections.abc import Sequence
from pathlib import Path

from effprof.base.quantity import show
from effprof.environment import Made
from effprof.formats.text_look import Line, Look, Span, Style, wrap
from effprof.formats.text_table import Cell, entries
from effprof.target import Listed, Target

Pairs = list[tuple[Cell, Sequence[Cell]]]
_MEANS = {
    "run": ("run here with", "run on this machine"),
    "emulate": ("emulated by", "its instructions executed in an emulator"),
    "model": ("worked out by", "worked out from a model"),
}


def targets(listed: Sequence[Listed], folders: Sequence[Path], look: Look) -> list[Line]:
    """Each target; those with a broken file after them; where all were looked for."""
    usable: Pairs = [_entry(one.target) for one in listed if one.target]
    broken: Pairs = [(one.id, [one.error]) for one in listed if one.target is None]
    lines: list[Line] = [*entries(usable, look)] if usable else [[Span("no targets")]]
    if broken:
        lines += [[], [Span("cannot be used", Style.BAD)], *entries(broken, look)]
    places = [Span(str(folder), Style.DIM) for folder in folders]
    return [*lines, [], *entries([(Span("searched", Style.DIM), places)], look)]


def _entry(target: Target) -> tuple[Cell, Sequence[Cell]]:
    what = f"{target.environment}; {_means(target)}"
    return Span(target.id, Style.STRONG), [target.summary, Span(what, Style.DIM)]


def _means(target: Target) -> str:
    """By which plugin, in a few words."""
    told = f"{_MEANS[target.means][0]} {target.estimator or target.backend}"
    both = target.estimator and target.backend
    return f"{told}, answers by {target.backend} here" if both else told


def target(target: Target, look: Look) -> list[Line]:
    """All a target file says, and where the file is."""
    limit = target.memory_limit_bytes
    said: Pairs = [
        ("file", [str(target.path)]),
        ("environment", [target.environment]),
        ("means", [_MEANS[target.means][1]]),
        ("device", [", ".join(target.device.values())]),
        *((("estimator", [target.estimator]),) if target.estimator else ()),
        ("backend", [target.backend or "none"]),
        *((f"  {key}", [str(value)]) for key, value in target.options.items()),
        ("meters", [", ".join(target.meters) or "none"]),
        ("memory limit", ["none" if limit is None else show(limit, "B")]),
        ("profile", [target.profile]),
    ]
    lines: list[Line] = [[Span(target.id, Style.STRONG)], *_paragraph(target.summary, look), []]
    lines += entries(said, look)
    if target.facts:
        facts: Pairs = [
            (key, [fact.text, Span(fact.source, Style.DIM)]) for key, fact in target.facts.items()
        ]
        lines += [[], [Span("facts", Style.STRONG)], *entries(facts, look)]
    return lines


def _paragraph(text: str, look: Look) -> list[Line]:
    return [[Span(line)] for line in wrap(text, look.width, look)]


def environments(made: Sequence[Made], look: Look) -> list[Line]:
    """What `effprof setup` has made, and where it lies."""
    if not made:
        return [
            [Span("no environments yet")],
            [Span("make one: effprof setup mobile", Style.DIM)],
        ]
    pairs: Pairs = [
        (
            Span(one.key, Style.STRONG),
            [
                f"Python {one.python}, {show(one.size_bytes, 'B')} on disk, in {one.path.name}",
                Span(", ".join(one.packages), Style.DIM),
            ],
        )
        for one in made
    ]
    return [*entries(pairs, look), [], *_paragraph(f"all in {made[0].path.parent}", look)]
