"""From what a gate found to its lines, one verdict, and the report that says so."""

import math
from collections.abc import Sequence
from statistics import median

from msgspec.structs import replace

from effprof.base.metrics import CATALOGUE
from effprof.base.quantity import show, show_metric
from effprof.base.vocabulary import VerdictName
from effprof.gate import steady
from effprof.gate.pairs import Pairs
from effprof.gate.run import RACED, Found, Wanted
from effprof.gate.sequential import ALPHA, FIRST, holm
from effprof.report.gate import Gate, GateBase, GateLine
from effprof.report.judgement import Verdict
from effprof.report.report import Report

_QUALITY = ("quality.accuracy", "quality.agreement")
_USUAL = {
    "run": (RACED, "memory.peak", "size.model", *_QUALITY),
    "emulate": ("compute.cycles", "memory.ram", "size.flash", *_QUALITY),
    "model": (RACED, "size.model", *_QUALITY),
}
_IF_THERE = ("memory.peak", *_QUALITY)
"""Usual where the platform or the request brings them; asked for by name they are owed."""
_WEAKER = (
    "a stored baseline is the weaker form: the machine changed since; --baseline MODEL decides"
    " finer"
)


def lines(found: Found, wanted: Wanted, means: str) -> tuple[GateLine, ...]:
    """One a metric: asked for, else what this kind of target is usually gated by."""
    keys = wanted.metrics or tuple(
        key for key in _USUAL[means] if key not in _IF_THERE or _owed(key, found)
    )
    return tuple(
        _raced(found.race, found, wanted)
        if key == RACED and found.race is not None
        else steady.line(
            key,
            found.base,
            found.candidate,
            wanted.rule,
            allow_modelled=wanted.allow_modelled,
            drift=found.drift(key),
        )
        for key in dict.fromkeys(keys)
    )


def _owed(metric: str, found: Found) -> bool:
    """Known of the baseline and sought of the candidate, whether or not it could be had."""
    sought = {*found.candidate.metrics, *(one.metric for one in found.candidate.missing)}
    return metric in found.base.metrics and metric in sought


def _raced(race: Pairs, found: Found, wanted: Wanted) -> GateLine:
    line = GateLine(
        RACED,
        CATALOGUE[RACED].unit,
        "undecided",
        "paired" if found.together else "alternating",
        origin="measured",
        base=median(race.base_s) if race.base_s else None,
        candidate=median(race.candidate_s) if race.candidate_s else None,
        clock=found.clock,
        workers=len(race.units),
    )
    if race.decision is None:
        had = f"{len(race.units)} of the {FIRST} workers that a verdict takes"
        return replace(line, why=f"{had}{_why_no_more(race, wanted)}")
    ratio, low, high = race.decision.span()
    why = None
    if race.decision.contradicted:
        why = "wall time contradicts CPU time"
    elif race.decision.verdict == "undecided":
        why = f"the interval reaches from under {_zones(wanted)}{_why_no_more(race, wanted)}"
    return replace(
        line,
        verdict=race.decision.verdict,
        ratio=ratio,
        low=low,
        high=high,
        p=None if race.decision.contradicted else race.decision.p,
        why=why,
    )


def _zones(wanted: Wanted) -> str:
    rule = wanted.rule
    return f"{show(rule.margin, '%')} to over {show(rule.tolerance, '%')}"


def _why_no_more(race: Pairs, wanted: Wanted) -> str:
    match race.stopped:
        case "time":
            more_s = max(2 * wanted.time_s, math.ceil((FIRST + 2) * race.longest_s))
            return f", the time is up: --time {more_s:g}"
        case "failed" if race.failed is not None:
            return f", then one failed: {race.failed.detail}"
        case "interrupted":
            return ", then it was interrupted"
    return ""


def corrected(several: Sequence[Sequence[GateLine]]) -> list[tuple[GateLine, ...]]:
    """The lines of all models and targets, fails among the sampled ones held to Holm's rule.

    A race that its own interval fails, but not among so many, is undecided.
    """
    places = [
        (which, place)
        for which, found in enumerate(several)
        for place, line in enumerate(found)
        if line.p is not None
    ]
    fallen = holm([several[which][place].p or 0.0 for which, place in places], ALPHA)
    settled = [list(found) for found in several]
    for (which, place), fails in zip(places, fallen, strict=True):
        settled[which][place] = _settled(settled[which][place], fails, len(places))
    return [tuple(found) for found in settled]


def _settled(line: GateLine, fails: bool, count: int) -> GateLine:
    if fails:
        return replace(line, verdict="fail", why=None)
    if line.verdict == "fail":
        why = f"not beyond doubt among {count} comparisons (Holm)"
        return replace(line, verdict="undecided", why=why)
    return line


def worst(verdicts: Sequence[VerdictName]) -> VerdictName:
    """One verdict of many: a fail outweighs a doubt, a doubt a pass; nothing at all is a doubt."""
    if not verdicts or "undecided" in verdicts:
        return "fail" if "fail" in verdicts else "undecided"
    return "fail" if "fail" in verdicts else "pass"


def report(found: Found, lines: Sequence[GateLine], wanted: Wanted) -> Report:
    """The candidate's report with the key `gate`, and every line that gates among its verdicts.

    Where the baseline's figure is not known there is no limit to be named.
    """
    race = found.race
    failed = race.failed if race is not None else None
    told = Gate(
        verdict=worst([line.verdict for line in lines if line.gates]),
        baseline=baseline(found.base, stored=found.stored),
        margin=wanted.rule.margin,
        tolerance=wanted.rule.tolerance,
        lines=tuple(lines),
        threads=found.threads,
        seconds=found.seconds,
        workers=tuple({"cpu": one.cpu.log, "wall": one.wall.log} for one in race.units)
        if race
        else (),
        notes=(*found.notes, *([_WEAKER] if any(one.how == "stored" for one in lines) else [])),
    )
    unfinished = found.candidate.unfinished
    if failed is not None:
        unfinished = failed.detail
    elif race is not None and race.stopped == "interrupted":
        unfinished = "interrupted"
    unfinished = unfinished or ungated(lines)
    verdicts = (
        _verdict(one, one.base, wanted) for one in lines if one.gates and one.base is not None
    )
    return replace(
        found.candidate,
        gate=told,
        verdicts=(*found.candidate.verdicts, *verdicts),
        unfinished=unfinished,
    )


def ungated(lines: Sequence[GateLine]) -> str | None:
    """What was to be gated and was not looked at; None where every line had its figures.

    That is no doubt which `--undecided` may turn into a pass.
    """
    if not any(line.gates for line in lines):
        return "nothing was gated: " + ", ".join(f"{line.metric} is shown only" for line in lines)
    bare = next((line for line in lines if line.gates and not _looked_at(line)), None)
    return None if bare is None else f"{bare.metric} was not gated: {bare.why}"


def _looked_at(line: GateLine) -> bool:
    if line.base is None or line.candidate is None:
        return False
    return line.ratio is not None or line.workers is None


def baseline(report: Report, *, stored: bool = False) -> GateBase:
    model = report.model
    return GateBase(
        model.name,
        model.sha256,
        model.size_bytes,
        dict(report.host.packages),
        report.id if stored else None,
    )


def _verdict(line: GateLine, base: float, wanted: Wanted) -> Verdict:
    """The line as a limit: the baseline's figure and the margin on it."""
    higher = line.metric in CATALOGUE and CATALOGUE[line.metric].better == "higher"
    margin = wanted.rule.margin
    value, low, high, limit = _absolute(line, base, -margin if higher else margin)
    than = "under" if higher else "over"
    points = "points" if line.difference is not None else "%"
    shown = show_metric(line.metric, base, line.unit)
    told = f"{margin * 100:g} {points} {than} the baseline's {shown}"
    return Verdict(
        metric=line.metric,
        limit=limit,
        verdict=line.verdict,
        unit=line.unit,
        value=value,
        low=low,
        high=high,
        why=f"at most {told}" + (f"; {line.why}" if line.why else ""),
        bound="min" if higher else "max",
    )


def _absolute(
    line: GateLine, base: float, margin: float
) -> tuple[float | None, float | None, float | None, float]:
    """Value, low and high of the candidate in the metric's unit, and the limit."""
    if line.difference is not None:
        ends = [
            None if end is None else base + end for end in (line.difference, line.low, line.high)
        ]
        return ends[0], ends[1], ends[2], base + margin
    if line.ratio is None:
        return line.candidate, None, None, base * (1 + margin)
    ends = [None if end is None else base * end for end in (line.ratio, line.low, line.high)]
    return ends[0], ends[1], ends[2], base * (1 + margin)
