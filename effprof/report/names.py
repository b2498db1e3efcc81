"""What reports are called where several stand together: the model, and what tells it apart."""

from collections import defaultdict
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from effprof.report.report import Report


def named_apart(reports: Sequence[Report]) -> tuple[str, ...]:
    """One a report. What bears the same name on the same target gets what differs, until it is
    told apart: precision, batch, threads, the hash of its file, when it was measured.
    """
    names = [one.model.name for one in reports]
    for said in _DIFFERENCES:
        groups: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for at, one in enumerate(reports):
            groups[names[at], one.target.id].append(at)
        for alike in groups.values():
            if len({said(reports[at]) for at in alike}) > 1:
                for at in alike:
                    names[at] = f"{names[at]} {said(reports[at])}"
    return tuple(names)


def renamed(reports: Sequence[Report]) -> list[Report]:
    """For a reader: the same reports, their models under names that tell them apart."""
    return [
        replace(one, model=replace(one.model, name=name))
        for one, name in zip(reports, named_apart(reports), strict=True)
    ]


def _precision(report: Report) -> str:
    """Of the model as it ran: int8 may have been made of the file on the way."""
    made = (report.model.converted or {}).get("precision")
    return str(made or report.model.precision or "as it is")


_DIFFERENCES: tuple[Callable[[Report], str], ...] = (
    _precision,
    lambda one: f"batch {one.scenario.batch}",
    lambda one: f"threads {one.target.settings.get('threads', 'not set')}",
    lambda one: one.model.sha256[:8],
    lambda one: one.created[5:19].replace("T", " "),
)
