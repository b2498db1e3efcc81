"""The JSON Schema (2020-12) of each kind of file, from the Structs that read it."""

from typing import Any, Literal, get_args

import msgspec

from effprof.base.quantity import Quantity
from effprof.report.comparison import Comparisons
from effprof.report.history import Entries, Kept
from effprof.report.report import Report, Reports
from effprof.report.trend import Trends
from effprof.report.variants import Variants

Kind = Literal[
    "report", "target", "profile", "budget", "comparison", "variants", "history", "trend", "project"
]
KINDS: tuple[Kind, ...] = get_args(Kind)

_TITLES = {
    "report": "What effprof measured: one report, or one for each target",
    "target": "A place where a model will live",
    "profile": "What counts in an environment, and how much",
    "budget": "Limits a report is checked against",
    "project": "What a repository gates: effprof.yaml",
    "comparison": "Reports held against one, metric by metric",
    "history": "Reports as they are kept, one a line of an export; and what a list says of them",
    "trend": "How metrics went over time, and where their level stepped",
    "variants": "What a model was made into for each target, and which is recommended",
}


def schema(kind: Kind) -> dict[str, Any]:
    types = _types(kind)
    roots, definitions = msgspec.json.schema_components(
        types, schema_hook=_custom, ref_template="#/$defs/{name}"
    )
    whole = roots[0] if len(roots) == 1 else {"oneOf": list(roots)}
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:effprof:{kind}:1",
        "title": _TITLES[kind],
        **whole,
        "$defs": definitions,
    }
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(document))  # tuples to lists
    return plain


def _types(kind: Kind) -> tuple[type, ...]:
    if kind == "target":
        from effprof.target.file import TargetFile

        return (TargetFile,)
    if kind == "profile":
        from effprof.profile import ProfileFile

        return (ProfileFile,)
    if kind == "budget":
        from effprof.budget import BudgetFile

        return (BudgetFile,)
    if kind == "project":
        from effprof.budget.project import ProjectFile

        return (ProjectFile,)
    if kind == "comparison":
        return (Comparisons,)
    if kind == "history":
        return (Kept, Entries)
    if kind == "trend":
        return (Trends,)
    if kind == "variants":
        return (Variants,)
    return (Report, Reports)


def _custom(kind: type) -> dict[str, Any]:
    if kind is Quantity:
        return {"type": "string", "description": "a number with its unit", "examples": ["512 MiB"]}
    raise NotImplementedError(f"no JSON Schema of {kind}")
