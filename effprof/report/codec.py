"""Reports to and from JSON: checked key by key, migrated, no number that JSON does not have."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from effprof.base import yamlfile
from effprof.base.errors import ReportError, reason
from effprof.base.metrics import CATALOGUE
from effprof.report.ranking import Ranking
from effprof.report.report import SCHEMA, SCHEMA_MANY, Report, Reports

VERSION = 1
Migration = Callable[[dict[str, Any]], dict[str, Any]]
MIGRATIONS: Mapping[int, Migration] = {}  # from version n of a report to n + 1
_LIMIT_BYTES = 1 << 28


def load(path: Path) -> tuple[Report, ...]:
    """Every report a file holds, one or more, at the newest schema: also those of variants."""
    document = _document(path)
    if _version(document, "report", path) is not None:
        return (_report(document, str(path), path),)
    reports = document.get("reports")
    if not isinstance(reports, list) or not reports:
        raise ReportError(f"{path}: reports: holds no reports")
    return tuple(
        _report(report, f"{path}: reports.{number}", path) for number, report in enumerate(reports)
    )


def dump(reports: Report | Sequence[Report], rankings: Sequence[Ranking] = ()) -> str:
    """JSON of one report, or of the object that holds several. No NaN or infinity gets through."""
    if isinstance(reports, Report):
        value: Report | Reports = reports
    else:
        value = Reports(SCHEMA_MANY, tuple(reports), tuple(rankings))
    return dump_plain(value)


def dump_plain(value: msgspec.Struct) -> str:
    """JSON of any of our papers."""
    plain = _plain(msgspec.to_builtins(value), "")
    return msgspec.json.format(msgspec.json.encode(plain), indent=2).decode() + "\n"


def compact(value: msgspec.Struct) -> str:
    """The same on one line."""
    return msgspec.json.encode(_plain(msgspec.to_builtins(value), "")).decode()


def parse(text: str | bytes, where: str) -> Report:
    """One report out of JSON; `where` begins every message."""
    return checked(decoded(text, where), where)


def checked(document: Any, where: str) -> Report:
    """The report that an object out of JSON holds, at the newest schema."""
    return _report(document, where, Path(where))


def _document(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            raw = file.read(_LIMIT_BYTES + 1)
    except FileNotFoundError as bad:
        raise ReportError(f"{path}: no such file") from bad
    except OSError as bad:
        raise ReportError(f"{path}: {reason(bad)}") from bad
    if len(raw) > _LIMIT_BYTES:
        raise ReportError(f"{path}: larger than {_LIMIT_BYTES} bytes")
    return decoded(raw, str(path))


def decoded(raw: str | bytes, where: str) -> dict[str, Any]:
    """The object at the top of a JSON text."""
    try:
        document = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as bad:
        raise ReportError(f"{where}: not JSON: {bad}") from bad
    if not isinstance(document, dict):
        raise ReportError(f"{where}: not a report: no object at the top")
    return document


def _report(document: Any, where: str, path: Path) -> Report:
    if not isinstance(document, dict):
        raise ReportError(f"{where}: not a report: not an object")
    version = _version(document, "report", path)
    if version is None:
        raise ReportError(f"{where}: schema: {_said(document)} is not {SCHEMA}")
    report = yamlfile.check(migrate(document, version), Report, where, ReportError)
    for key, metric in report.metrics.items():
        known = CATALOGUE.get(key)  # a key we do not know is somebody's extension: kept
        if known and metric.unit != known.unit:
            raise ReportError(
                f"{where}: metrics.{key}.unit: {metric.unit} where {known.unit} is meant"
            )
        if metric.low is not None and metric.high is not None and metric.low > metric.high:
            raise ReportError(f"{where}: metrics.{key}: low {metric.low} above high {metric.high}")
    return report


def _version(document: Mapping[str, Any], kind: str, path: Path) -> int | None:
    """The schema's number where the document is of this kind; refuses what is newer or not ours."""
    said = _said(document)
    match = re.fullmatch(r"effprof\.(reports?|variants)/([1-9][0-9]{0,5})", said)
    if not match:
        raise ReportError(
            f"{path}: schema: {said or 'none'}: not a report of effprof",
            hint=f'a report begins with "schema": "{SCHEMA}"',
        )
    if int(match[2]) > VERSION:
        raise ReportError(
            f"{path}: report uses {said}, this effprof reads up to effprof.{match[1]}/{VERSION}",
            hint="upgrade effprof",
        )
    return int(match[2]) if match[1] == kind else None


def _said(document: Mapping[str, Any]) -> str:
    said = document.get("schema")
    return "".join(filter(str.isprintable, said))[:60] if isinstance(said, str) else ""


def migrate(
    document: dict[str, Any],
    version: int,
    steps: Mapping[int, Migration] = MIGRATIONS,
    newest: int = VERSION,
) -> dict[str, Any]:
    """The document at the newest schema, one step at a time."""
    for number in range(version, newest):
        document = {**steps[number](document), "schema": f"effprof.report/{number + 1}"}
    return document


def _plain(value: Any, key: str) -> Any:
    """The value with every number finite and every text encodable (file names need not be)."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ReportError(f"report: {key}: {value} is not a number that can be written")
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_plain(name, key): _plain(one, _under(key, name)) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one, _under(key, number)) for number, one in enumerate(value)]
    return value


def _under(key: str, name: object) -> str:
    return f"{key}.{name}" if key else str(name)
