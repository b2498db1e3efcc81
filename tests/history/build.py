"""Reports of one series, as a history keeps them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from effprof.base.metrics import CATALOGUE
from effprof.report.history import HISTORY, Kept
from effprof.report.report import Metric
from tests.judge import reports

BEGAN = datetime(2026, 11, 1, tzinfo=UTC)


def latency(value_s: float, share: float = 0.01) -> Metric:
    return Metric(
        value_s, "s", "measured", "clock", value_s * (1 - share), value_s * (1 + share), 1000
    )


def counted(key: str, value: float) -> Metric:
    return Metric(value, CATALOGUE[key].unit, "measured", "file")


def kept(number: int, *, p50_s: float = 0.01, commit: str | None = None, **changes: Any) -> Kept:
    """The report of hour `number`; `changes`: keys of the report, or metrics by `metrics`."""
    metrics = {"latency.p50": latency(p50_s), "size.model": counted("size.model", 1000)}
    plain = reports.report({**metrics, **changes.pop("metrics", {})})
    when = BEGAN + timedelta(hours=number)
    made = replace(
        plain, id=f"R{number:06}", created=when.strftime("%Y-%m-%dT%H:%M:%SZ"), **changes
    )
    return Kept(HISTORY, "measure", made, commit)
