"""The first and the last stretch of a run without a pause, which is kept as rows in time order.

A row has `start`, `seconds` and `throughput`, as the report's key `sustained` has them.
"""

from collections.abc import Sequence

MINUTE_S = 60.0
SHORT_S = 2 * MINUTE_S
"""Runs shorter than this have no first and last minute: their first and last tenth count."""

Row = dict[str, float]


def span_s(run_s: float) -> float:
    """How long either stretch is."""
    return MINUTE_S if run_s >= SHORT_S else run_s / 10


def first(rows: Sequence[Row], within_s: float) -> list[Row]:
    return [row for row in rows if _middle(row) < within_s]


def last(rows: Sequence[Row], within_s: float) -> list[Row]:
    end = rows[-1]["start"] + rows[-1]["seconds"] if rows else 0.0
    return [row for row in rows if _middle(row) > end - within_s]


def rate(rows: Sequence[Row]) -> float:
    """Mean throughput, by time."""
    seconds = sum(row["seconds"] for row in rows)
    return sum(row["throughput"] * row["seconds"] for row in rows) / seconds


def _middle(row: Row) -> float:
    return row["start"] + row["seconds"] / 2
