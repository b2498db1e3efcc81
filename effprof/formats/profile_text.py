"""A priority profile in words: what counts, how much, what is enough, and what a failure costs."""

import math
from collections.abc import Iterator

from effprof.base.metrics import CATALOGUE
from effprof.base.quantity import show, show_metric
from effprof.formats.text_look import Line, Look, Span, Style, wrap
from effprof.profile import Aim, Gate, Profile


def profile(profile: Profile, look: Look) -> list[Line]:
    """What a profile wants, and why; heaviest first."""
    head = f"{profile.name} ({profile.environment}): {profile.summary}"
    lines: list[Line] = _wrapped(head, look)
    total = sum(aim.weight for aim in profile.aims)
    for aim in sorted(profile.aims, key=lambda aim: -aim.weight):
        title = f"{aim.metric}, {show(aim.weight / total, '%')} of the weight"
        lines += [[], *_wrapped(title, look, style=Style.STRONG)]
        lines += _wrapped(_aim(aim, aim.weight / total, profile.floor), look, 2)
        lines += _wrapped(f"why: {aim.why}", look, 2, Style.DIM)
    if profile.gates:
        lines += [[], [Span("Quality, before anything else", Style.STRONG)]]
        for gate in profile.gates:
            lines += _wrapped(_gate(gate), look, 2)
            lines += _wrapped(f"why: {gate.why}", look, 2, Style.DIM) if gate.why else []
    return [*lines, [], [Span("How it adds up", Style.STRONG)], *_adds_up(profile, look)]


def _aim(aim: Aim, share: float, floor: float) -> str:
    """Full credit, none, and half of it; what a total failure of this one alone leaves."""
    unit = CATALOGUE[aim.metric].unit
    middle = math.sqrt(aim.good * aim.poor)
    good, poor, half = (show_metric(aim.metric, one, unit) for one in (aim.good, aim.poor, middle))
    less, more = ("less", "more") if aim.good < aim.poor else ("more", "less")
    return (
        f"Full credit at {good} or {less}, half of it at {half}, none at {poor} or {more}. "
        f"Without credit in this alone, {100 * floor**share:.0f} of 100 points are left."
    )


def _gate(gate: Gate) -> str:
    least = show_metric(gate.metric, gate.least)
    unknown = "Not known: no score either." if gate.required else "Not known: nothing changes."
    return f"{gate.metric} under {least}: no score. {unknown}"


def _adds_up(profile: Profile, look: Look) -> Iterator[Line]:
    yield from _wrapped(
        "Points are 100 times the weighted geometric mean of the credits, so a bad metric is felt "
        "and good ones cannot buy it off. A metric without credit still counts as "
        f"{show(profile.floor, '%')}, so that it does not hide the others. Between good and poor "
        "credit is linear in the logarithm: twice as good adds the same anywhere. Better than "
        "good adds nothing.",
        look,
        2,
    )


def _wrapped(text: str, look: Look, indent: int = 0, style: Style = Style.PLAIN) -> list[Line]:
    return [
        [Span(" " * indent), Span(line, style)] for line in wrap(text, look.width - indent, look)
    ]
