"""Statements about reports and their series, narrowed to those that are wanted."""

from typing import Any

from sqlalchemy import Select

from effprof.history import tables
from effprof.history.wanted import Wanted


def narrowed(query: Select[Any], wanted: Wanted) -> Select[Any]:
    """A query of reports and series to those wanted."""
    lines = tables.series.c
    if wanted.model is not None:
        query = query.where(lines.model == wanted.model)
    if wanted.target is not None:
        query = query.where(lines.target == wanted.target)
    if wanted.host is not None:
        query = query.where(lines.host.startswith(wanted.host, autoescape=True))
    if wanted.branch is not None:
        query = query.where(tables.reports.c.branch == wanted.branch)
    return query
