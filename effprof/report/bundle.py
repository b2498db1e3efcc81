"""What a format writes down: reports, and what was judged of them together."""

from dataclasses import dataclass

from effprof.report.comparison import Comparison
from effprof.report.ranking import Ranking
from effprof.report.report import Report
from effprof.report.trend import SeriesTrend


@dataclass(frozen=True, slots=True)
class Bundle:
    """`comparisons`: every other report held against the first; `apart`: why one could not be.

    Reports are named by their place in `reports`, from 0, also in the rankings. `knees`: of each
    report with a sweep the batch behind which more throughput costs most latency.
    """

    reports: tuple[Report, ...]
    comparisons: tuple[Comparison, ...] = ()
    rankings: tuple[Ranking, ...] = ()
    apart: tuple[str, ...] = ()
    knees: tuple[float | None, ...] = ()
    trends: tuple[SeriesTrend, ...] = ()
