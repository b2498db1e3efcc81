"""Reports as a table for spreadsheets and data frames: a row for each metric of each report."""

import csv as writer
import io
from collections.abc import Iterator

from effprof.report.bundle import Bundle
from effprof.report.report import Metric, Report

COLUMNS = (
    *("id", "created", "model", "sha256", "target", "environment", "host", "scenario", "batch"),
    *("threads", "precision", "of", "metric", "value", "unit", "low", "high", "n", "origin"),
    *("source", "scope", "missing"),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv(bundle: Bundle) -> str:
    """RFC 4180 with a line feed at the end of each row; the first one names the columns."""
    text = io.StringIO()
    rows = writer.DictWriter(text, COLUMNS, lineterminator="\n")
    rows.writeheader()
    for report in bundle.reports:
        for row in _rows(report):
            rows.writerow({name: _cell(value) for name, value in row.items()})
    return text.getvalue()


def _rows(report: Report) -> Iterator[dict[str, object]]:
    about = _about(report)
    for of, metrics in (("target", report.metrics), ("host", report.host_metrics)):
        for key, metric in metrics.items():
            yield about | {"of": of, "metric": key} | _figures(metric)
    for part in report.missing:
        yield about | {"of": "target", "metric": part.metric, "missing": part.reason}


def _about(report: Report) -> dict[str, object]:
    converted = report.model.converted or {}
    return {
        "id": report.id,
        "created": report.created,
        "model": report.model.name,
        "sha256": report.model.sha256,
        "target": report.target.id,
        "environment": report.target.environment,
        "host": report.host.fingerprint,
        "scenario": report.scenario.name,
        "batch": report.scenario.batch,
        "threads": report.target.settings.get("threads"),
        "precision": converted.get("precision") or report.model.precision,
    }


def _figures(metric: Metric) -> dict[str, object]:
    names = ("value", "unit", "low", "high", "n", "origin", "source", "scope")
    return {name: getattr(metric, name) for name in names}


def _cell(value: object) -> object:
    """A text that a spreadsheet would take for a formula gets an apostrophe before it.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    if not isinstance(value, str):
        return value
    line = "".join(char if char.isprintable() else " " for char in value)
    return f"'{line}" if value.startswith(_FORMULA) else line
