"""What a format writes down: reports, and what was judged of them together."""

from dataclasses import dataclass

from effprof.report.comparison import Comparison
from effprof.report.ranking import Ranking
from effprof.report.report import Report


@dataclass(frozen=True, slots=True)
class Bundle:
    """`comparisons`: every other report held against the first; `apart`: why one could not be.

    Reports are named by their place in `reports`, from 0, also in the rankings.
    """

    reports: tuple[Report, ...]
    comparisons: tuple[Comparison, ...] = ()
    rankings: tuple[Ranking, ...] = ()
    apart: tuple[str, ...] = ()
