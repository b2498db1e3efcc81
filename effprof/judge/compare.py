"""Two reports side by side: every metric, what one wins and the other pays, in one sentence."""

from collections.abc import Iterator, Mapping, Sequence

from effprof.base.errors import ReportError
from effprof.base.metrics import CATALOGUE
from effprof.base.quantity import show_metric
from effprof.judge.alike import unlike
from effprof.judge.fallacies import fallacies
from effprof.judge.ratio import row
from effprof.report.comparison import Comparison, Row, Side
from effprof.report.report import Metric, Report

# What the sentence speaks of: the first of each group that is told apart, and its words.
_SPOKEN: tuple[tuple[tuple[str, str, str], ...], ...] = (
    (
        ("latency.under_load.p99", "faster", "slower"),
        ("throughput.peak", "more throughput", "less throughput"),
        ("latency.p50", "faster", "slower"),
        ("latency.mean", "faster", "slower"),
    ),
    (("size.flash", "smaller", "larger"), ("size.model", "smaller", "larger")),
    (("memory.ram", "less memory", "more memory"), ("memory.peak", "less memory", "more memory")),
    (("energy.inference", "less energy", "more energy"),),
    (("cost.million", "cheaper", "dearer"),),
)
_DISTURBING = (
    *("noisy-host", "stolen-time", "frequency-varies", "bimodal-trials", "few-trials"),
    "precision-not-reached",
)
_LITTLE = 1.1  # under this a factor is told in percent


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
        _side(base),
        _side(other),
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


def sentence(rows: Mapping[str, Row]) -> str:
    """What got better, for what; only what is told apart."""
    gains, costs = [], []
    for group in _SPOKEN:
        apart = [
            (rows[key], better, worse)
            for key, better, worse in group
            if key in rows and rows[key].ratio and rows[key].verdict in ("better", "worse")
        ]
        for one, better, worse in apart[:1]:
            if one.verdict == "better":
                gains.append(f"{_factor(one)} {better}{_origin(one)}")
            else:
                costs.append(f"{_factor(one)} {worse}{_origin(one)}")
    gain, cost, note = _quality(rows)
    gains, costs = [*gains, *gain], [*costs, *cost]
    if not gains and not costs:
        told = "nothing that these reports can tell apart"
    elif not gains:
        told = f"nothing gained: {_listed(costs)}"
    else:
        told = _listed(gains) + (f", for {_listed(costs)}" if costs else ", at no cost seen here")
    return "; ".join([told, *note])


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


def _factor(one: Row) -> str:
    """How many times; always above 1."""
    assert one.ratio is not None
    times = max(one.ratio, 1 / one.ratio)
    if times < _LITTLE:
        return f"{(times - 1) * 100:.2g} %"
    return f"{times:.0f}x" if times >= 10 else f"{times:.1f}x"


def _origin(one: Row) -> str:
    return "" if one.base is None or one.base.origin == "measured" else f" ({one.base.origin})"


def _listed(parts: Sequence[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _quality(rows: Mapping[str, Row]) -> tuple[list[str], list[str], list[str]]:
    """Gains, costs and notes of quality: accuracy, else agreement with the reference."""
    accuracy = rows.get("quality.accuracy")
    if accuracy is None or accuracy.difference is None:
        return [], [], [_agreement(rows.get("quality.agreement"))]
    points = f"{abs(accuracy.difference) * 100:.2g} points"
    if accuracy.verdict == "better":
        return [f"{points} more accuracy"], [], []
    if accuracy.verdict == "worse":
        return [], [f"{points} of accuracy"], []
    return [], [], ["accuracy cannot be told apart" if accuracy.difference else "same accuracy"]


def _agreement(one: Row | None) -> str:
    if one is None or one.other is None:
        return "quality was not measured"
    return f"it answers as its reference in {show_metric(one.metric, one.other.value)} of items"


def _side(report: Report) -> Side:
    return Side(report.id, report.model.name, report.target.id, report.created, report.model.sha256)
