"""Two reports side by side: what may be compared, every metric, what was not as believed."""

from collections.abc import Iterator, Sequence

from effprof.base.errors import ReportError
from effprof.base.metrics import CATALOGUE
from effprof.judge.alike import unlike
from effprof.judge.fallacies import fallacies
from effprof.judge.ratio import row
from effprof.judge.trade import sentence
from effprof.report.comparison import Comparison, Side
from effprof.report.names import named_apart
from effprof.report.report import Metric, Report

_DISTURBING = (
    *("noisy-host", "stolen-time", "frequency-varies", "bimodal-trials", "few-trials"),
    *("precision-not-reached", "quality-sampled"),
)


def compare(base: Report, other: Report, *, anyway: bool = False) -> Comparison:
    """Refused, every reason by name, where the figures mean different things, unless `anyway`."""
    apart = unlike(base, other)
    refusing = [one for one in apart if one.refuses]
    if refusing and not anyway:
        told = "; ".join(f"{one.what} {one.base} against {one.other}" for one in refusing)
        raise ReportError(
            f"{other.model.name} cannot be compared with {base.model.name}: {told}",
            hint="measure both alike, or show them side by side with --anyway",
        )
    _refuse_unfinished(base, other)
    one_machine = not {"host", "target"} & {one.what for one in refusing}
    one_batch = base.scenario.batch == other.scenario.batch
    keys = [
        key
        for key in CATALOGUE
        if (key in base.metrics or key in other.metrics)
        and (one_batch or refusing or not key.startswith("latency."))
    ]
    rows = tuple(
        row(
            key,
            base.metrics.get(key),
            other.metrics.get(key),
            one_machine=one_machine,
            timing=timing(base, other),
        )
        for key in keys
    )
    by_key = {one.metric: one for one in rows}
    trade = sentence(by_key)
    if refusing:
        trade = f"not like for like ({', '.join(one.what for one in refusing)}): {trade}"
    return Comparison(
        *_sides(base, other),
        trade,
        rows,
        apart,
        fallacies(base, other, by_key) if one_machine else (),
        tuple(_cautions(base, other)),
    )


def timing(base: Report, other: Report) -> tuple[Metric, Metric] | None:
    """The mean runs of both; None where one has none."""
    first, second = base.metrics.get("latency.mean"), other.metrics.get("latency.mean")
    return (first, second) if first is not None and second is not None else None


def pairs(bases: Sequence[Report], others: Sequence[Report]) -> list[tuple[Report, Report]]:
    """Each report beside the base of the same target, where there is one; else beside the first."""
    by_target = {base.target.id: base for base in reversed(bases)}
    return [(by_target.get(other.target.id, bases[0]), other) for other in others]


def _refuse_unfinished(base: Report, other: Report) -> None:
    for one in (base, other):
        if one.unfinished:
            raise ReportError(
                f"{one.model.name} on {one.target.id} was not finished: {one.unfinished}",
                hint="measure it again",
            )


def _cautions(base: Report, other: Report) -> Iterator[str]:
    """Warnings of either report that could explain a difference, which no interval holds."""
    for one in (base, other):
        for warning in one.warnings:
            if warning.code in _DISTURBING:
                yield f"{one.model.name}: {warning.code}: {warning.text}"


def _sides(base: Report, other: Report) -> tuple[Side, Side]:
    """Named so that a reader can tell them apart."""
    one, two = (
        Side(
            report.id,
            report.model.name,
            report.target.id,
            report.created,
            report.model.sha256,
            "" if name == report.model.name else name,
        )
        for report, name in zip((base, other), named_apart((base, other)), strict=True)
    )
    return one, two
