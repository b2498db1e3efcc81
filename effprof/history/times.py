"""When a report was made: read from it, and as the history shows it."""

from datetime import UTC, datetime

from effprof.base.errors import ReportError
from effprof.report.report import Report


def moment(report: Report) -> datetime:
    """In UTC, which is also taken where the report names no zone."""
    try:
        when = datetime.fromisoformat(report.created)
    except ValueError as bad:
        raise ReportError(f"{report.id}: created: {report.created!r} is no time") from bad
    return when.replace(tzinfo=when.tzinfo or UTC).astimezone(UTC)


def stamp(when: datetime | str) -> str:
    """To the second, in UTC: SQLite has it as text, PostgreSQL in the zone of the session."""
    text = when if isinstance(when, str) else when.astimezone(UTC).isoformat(" ")
    return f"{text[:10]}T{text[11:19]}Z"
