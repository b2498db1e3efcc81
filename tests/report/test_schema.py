import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from effprof.report.schema import KINDS, Kind, schema

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "report-1.json"


@pytest.mark.parametrize("kind", KINDS)
def test_schemas_are_schemas_and_name_themselves(kind: Kind) -> None:
    document = schema(kind)
    jsonschema.Draft202012Validator.check_schema(document)
    assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert document["$id"] == f"urn:effprof:{kind}:1"
    assert document["title"]
    assert json.loads(json.dumps(document)) == document


def test_the_golden_report_is_valid_alone_and_among_others() -> None:
    report = json.loads(GOLDEN.read_text())
    check(schema("report"), report)
    check(schema("report"), {"schema": "effprof.reports/1", "reports": [report, report]})


@pytest.mark.parametrize(
    ("key", "value"), [("schema", "effprof.report/2"), ("metrics", []), ("id", 3)]
)
def test_a_broken_report_is_not_valid(key: str, value: object) -> None:
    report = {**json.loads(GOLDEN.read_text()), key: value}
    with pytest.raises(jsonschema.ValidationError):
        check(schema("report"), report)


@pytest.mark.parametrize(
    ("kind", "pattern"),
    [("profile", "profiles/*.yaml"), ("budget", "examples/photo-search.yaml")],
)
def test_files_that_ship_are_valid(kind: Kind, pattern: str) -> None:
    paths = list(ROOT.glob(pattern))
    assert paths
    for path in paths:
        check(schema(kind), yaml.safe_load(path.read_text()))


def test_what_the_loader_refuses_the_schema_refuses_too() -> None:
    document = yaml.safe_load((ROOT / "profiles" / "edge.yaml").read_text())
    document["metrics"]["latency.p99"]["weight"] = 0
    with pytest.raises(jsonschema.ValidationError):
        check(schema("profile"), document)


def check(document: dict[str, Any], instance: object) -> None:
    jsonschema.Draft202012Validator(document).validate(instance)
