"""The JSON Schema (2020-12) of each kind of file, from the Structs that read it."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from effprof.base.quantity import Quantity
from effprof.budget import BudgetFile
from effprof.budget.project import ProjectFile
from effprof.profile import ProfileFile
from effprof.report.comparison import Comparisons
from effprof.report.history import Entries, Kept
from effprof.report.report import Report, Reports
from effprof.report.trend import Trends
from effprof.report.variants import Variants
from effprof.target import TargetFile

Kind = Literal[
    "report", "target", "profile", "budget", "comparison", "variants", "history", "trend", "project"
]
KINDS: Mapping[Kind, tuple[str, tuple[type, ...]]] = {
    "report": ("What effprof measured: one report, or one for each target", (Report, Reports)),
    "target": ("A place where a model will live", (TargetFile,)),
    "profile": ("What counts in an environment, and how much", (ProfileFile,)),
    "budget": ("Limits a report is checked against", (BudgetFile,)),
    "comparison": ("Reports held against one, metric by metric", (Comparisons,)),
    "variants": (
        "What a model was made into for each target, and which is recommended",
        (Variants,),
    ),
    "history": (
        "Reports as they are kept, one a line of an export; and what a list says of them",
        (Kept, Entries),
    ),
    "trend": ("How metrics went over time, and where their level stepped", (Trends,)),
    "project": ("What a repository gates: effprof.yaml", (ProjectFile,)),
}
"""Title and what such a file may hold at its top."""


def schema(kind: Kind) -> dict[str, Any]:
    title, types = KINDS[kind]
    roots, definitions = msgspec.json.schema_components(
        types, schema_hook=_custom, ref_template="#/$defs/{name}"
    )
    whole = roots[0] if len(roots) == 1 else {"oneOf": list(roots)}
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:effprof:{kind}:1",
        "title": title,
        **whole,
        "$defs": definitions,
    }
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(document))  # tuples to lists
    return plain


def _custom(kind: type) -> dict[str, Any]:
    if kind is Quantity:
        return {"type": "string", "description": "a number with its unit", "examples": ["512 MiB"]}
    raise NotImplementedError(f"no JSON Schema of {kind}")
