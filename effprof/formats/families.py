"""Reports as metric families of Prometheus and OpenMetrics, one set of names for every reader.

`latency.p50` becomes `effprof_latency_p50_seconds`, its interval `effprof_latency_p50_low_seconds`
and `..._high_seconds`. Labels say what the figure is of. What is missing has no sample: it is
named by `effprof_metric_missing`. A key that is not in the catalogue is somebody's own: it stands
under `effprof_own_`, so that it can be mistaken for none of ours.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric

from effprof.base.metrics import CATALOGUE
from effprof.base.metrics import Metric as Known
from effprof.formats.gate_text import limits_of
from effprof.report.report import Metric as Figure
from effprof.report.report import Report

PREFIX = "effprof"
_UNITS = {
    "s": "seconds",
    "B": "bytes",
    "J": "joules",
    "W": "watts",
    "g": "grams",
    "USD": "usd",
    "1/s": "per_second",
    "FLOP/B": "flop_per_byte",
}
_OF = ("model", "target", "host", "scenario", "batch", "threads", "precision")

Key = tuple[str, ...]
Values = Mapping[Key, float]  # values of the labels -> sample


def families(reports: Iterable[Report]) -> tuple[Metric, ...]:
    """Every family with a sample for each report that has it; of two alike the later one counts."""
    newest = {labels(one): one for one in reports}
    return tuple(one for one in _every(newest) if one.samples)


def labels(report: Report) -> Key:
    """Values of the labels that say what a report's figures are of."""
    threads = report.target.settings.get("threads", "")
    converted = report.model.converted or {}
    return (
        report.model.name,
        report.target.id,
        report.host.fingerprint,
        report.scenario.name,
        str(report.scenario.batch),
        str(threads),
        str(converted.get("precision") or report.model.precision or ""),
    )


def family(
    name: str, about: str, names: Iterable[str], samples: Values, unit: str = ""
) -> GaugeMetricFamily:
    made = GaugeMetricFamily(name, about, labels=list(names), unit=unit)
    for values, sample in samples.items():
        made.add_metric(list(values), sample)
    return made


def _every(newest: Mapping[Key, Report]) -> Iterator[Metric]:
    taken: set[str] = set()
    for key in _keys(newest.values()):
        found = {of: one.metrics[key] for of, one in newest.items() if key in one.metrics}
        yield from _of_metric(key, found, taken)
    missing = {(*of, part.metric): 1.0 for of, one in newest.items() for part in one.missing}
    told = "1 for each metric that was asked for and could not be had"
    yield family(f"{PREFIX}_metric_missing", told, (*_OF, "metric"), missing)
    yield from _judged(newest)
    yield from _about(newest)


def _keys(reports: Iterable[Report]) -> list[str]:
    """In the catalogue's order; somebody's own keys after those."""
    known = {key: None for one in reports for key in one.metrics}
    return [
        *(key for key in CATALOGUE if key in known),
        *(key for key in known if key not in CATALOGUE),
    ]


_PARTS = ("", "_low", "_high")


def _of_metric(key: str, found: Mapping[Key, Figure], taken: set[str]) -> Iterator[Metric]:
    stem = _stem(key, taken)
    taken |= {stem + part for part in _PARTS}
    known = CATALOGUE.get(key)
    about = known.meaning if known else key
    unit = _unit(known) if known else ""
    parts: Mapping[str, tuple[str, Mapping[Key, float | None]]] = {
        "": (about, {of: one.value for of, one in found.items()}),
        "_low": (f"{about}: lower end", {of: one.low for of, one in found.items()}),
        "_high": (f"{about}: upper end", {of: one.high for of, one in found.items()}),
    }
    for part, (told, values) in parts.items():
        samples = {
            (*of, found[of].origin): value for of, value in values.items() if value is not None
        }
        if samples:
            yield family(stem + part, told, (*_OF, "origin"), samples, unit)


def _unit(known: Known) -> str:
    """The suffix that Prometheus asks for: base units in the plural, a share as a ratio."""
    return "ratio" if known.share else _UNITS.get(known.unit, "")


def _stem(key: str, taken: set[str]) -> str:
    """A key of the catalogue by its name; another so that no two of them meet."""
    stem = f"{PREFIX}_{_word(key)}" if key in CATALOGUE else f"{PREFIX}_own_{_word(key)}"
    while any(stem + part in taken for part in _PARTS):
        stem += "_"
    return stem


def _word(key: str) -> str:
    return "".join(char if char.isascii() and char.isalnum() else "_" for char in key)


def _judged(newest: Mapping[Key, Report]) -> Iterator[Metric]:
    points = {
        (*of, one.score.profile): one.score.points
        for of, one in newest.items()
        if one.score is not None and one.score.points is not None
    }
    yield family(f"{PREFIX}_score_points", "score, 0 to 100", (*_OF, "profile"), points)
    verdicts = {
        (*of, verdict.metric, verdict.bound or "", verdict.verdict): 1.0
        for of, one in newest.items()
        for verdict in limits_of(one)
    }
    told = "1 for the verdict on each limit of the budget"
    names = (*_OF, "metric", "bound", "verdict")
    yield family(f"{PREFIX}_budget_verdict", told, names, verdicts)
    gated = {
        (*of, line.metric, line.verdict): 1.0
        for of, one in newest.items()
        for line in (one.gate.lines if one.gate else ())
        if line.gates
    }
    told = "1 for the verdict on each line of a gate"
    yield family(f"{PREFIX}_gate_verdict", told, (*_OF, "metric", "verdict"), gated)


def _about(newest: Mapping[Key, Report]) -> Iterator[Metric]:
    told = InfoMetricFamily(f"{PREFIX}_report", "what was measured, with what", labels=list(_OF))
    for of, one in newest.items():
        about = {
            "id": one.id,
            "sha256": one.model.sha256,
            "effprof": one.effprof,
            "runtime": _runtime(one),
        }
        told.add_metric(list(of), about)
    yield told
    made = {}
    for of, one in newest.items():
        with suppress(ValueError):  # no time: a report that effprof did not write
            made[of] = datetime.fromisoformat(one.created).timestamp()
    yield family(
        f"{PREFIX}_report_created_timestamp",
        "when the report was made, since 1970",
        _OF,
        made,
        "seconds",
    )


def _runtime(report: Report) -> str:
    return ", ".join(f"{name} {one}" for name, one in report.host.packages.items())
