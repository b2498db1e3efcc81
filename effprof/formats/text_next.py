"""The one command that helps most after reading a report; none where all is well."""

import math
import re
import shlex
from pathlib import PurePath

from effprof.formats.text_headline import budget_verdict
from effprof.formats.text_look import Line, Look, Span, Style, cells, wrap
from effprof.report.report import Report

_LEAST_TIME_S = 30
_TIME = re.compile(r"--time (\d{1,6})\b")


def next_step(report: Report, look: Look, *, verbose: bool) -> list[Line]:
    """A command to copy whole, and what it is good for; words instead where it is too long."""
    step = _step(report, verbose=verbose)
    if step is None:
        return []
    command, added, why = step
    command = _without_time(command) if "--time" in added else command
    shown = look.clean(shlex.join([*command, *added]))
    if cells(shown) > look.width - len("next: "):
        words = shlex.join(added) if added else " ".join(command[:2])
        shown = f"the same command with {words}" if added else f"{words} ..."
    return [
        [Span("next: ", Style.DIM), Span(shown, Style.STRONG)],
        *([Span("      "), Span(text, Style.DIM)] for text in wrap(why, look.width - 6, look)),
    ]


def _step(report: Report, *, verbose: bool) -> tuple[list[str], list[str], str] | None:
    """A command, what to add to it, and why."""
    budget = budget_verdict(report)
    if report.unfinished:
        seen = verbose or not report.trials
        return None if seen else (_again(report), ["--verbose"], "shows how each trial ended")
    if budget == "fail":
        return None if verbose else (_again(report), ["--verbose"], "shows where the time goes")
    if _time_helps(report):
        return _again(report), ["--time", str(_more_time_s(report))], "narrows the intervals"
    for part in report.missing:
        if part.hint and part.hint.startswith("--"):
            return _again(report), part.hint.split(), f"adds {part.metric}"
    return None


def _time_helps(report: Report) -> bool:
    """A band that was worked out, for a device that is not here, no run on this machine narrows."""
    if report.target.estimator is not None:
        return False
    return budget_verdict(report) == "undecided" or _imprecise(report)


def _imprecise(report: Report) -> bool:
    goal, reached = report.scenario.precision_goal, report.scenario.precision_reached
    return goal is not None and reached is not None and reached > goal


def _more_time_s(report: Report) -> int:
    """The longest that any hint asks for; without one, four times as long, for half the width."""
    hints = [part.hint or "" for part in report.missing] + [one.advice for one in report.warnings]
    asked = [int(seconds) for hint in hints for seconds in _TIME.findall(hint)]
    taken_s = sum(trial.wall_s or 0 for trial in report.trials)
    return max(asked, default=max(_LEAST_TIME_S, math.ceil(taken_s * 4 / 10) * 10))


def _without_time(command: list[str]) -> list[str]:
    """`--time` is asked for anew: said twice it would only puzzle."""
    words, kept = iter(command), list[str]()
    for word in words:
        if word == "--time":
            next(words, None)
        elif not word.startswith("--time="):
            kept.append(word)
    return kept


def made_by(report: Report) -> str:
    """The command that made the report, to be run again."""
    return shlex.join(_again(report))


def _again(report: Report) -> list[str]:
    """The command that made the report; what is added to it later wins."""
    program, *words = report.scenario.command or ("",)
    if PurePath(program).name == "effprof" and words[:1] == ["measure"]:
        return ["effprof", *words]
    return ["effprof", "measure", report.model.name, "-t", report.target.id]
