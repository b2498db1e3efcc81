import json
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from effprof.base.errors import RequestError
from effprof.cli.schema import schema

app = typer.Typer()
app.command()(schema)


@pytest.mark.parametrize("kind", ["report", "target", "profile", "budget"])
def test_schema_of_each_kind(kind: str) -> None:
    result = CliRunner().invoke(app, [kind], catch_exceptions=False)
    assert json.loads(result.stdout)["$id"] == f"urn:effprof:{kind}:1"


def test_report_is_the_default() -> None:
    assert CliRunner().invoke(app, []).stdout == CliRunner().invoke(app, ["report"]).stdout


def test_an_unknown_kind() -> None:
    with pytest.raises(RequestError, match="schema reprot: no such kind of file") as caught:
        CliRunner().invoke(app, ["reprot"], catch_exceptions=False)
    assert caught.value.hint == "did you mean report?"


def test_these_commands_start_thin() -> None:
    names = "score, check, profiles, schema"
    code = f"import sys; from effprof.cli import {names}; print(*sys.modules)"
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"numpy", "rich", "yaml", "msgspec", "platformdirs", "onnxruntime", "psutil"}
    assert not heavy & set(seen.stdout.split())
