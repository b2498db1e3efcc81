"""Whatever a report holds, every format writes it; what is no report ends with exit code 2."""

import csv
import io
import json
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from hypothesis import given, settings
from msgspec.structs import replace
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from effprof.cli.report import together
from effprof.formats.csv import csv as as_csv
from effprof.formats.junit import junit
from effprof.formats.markdown import markdown
from effprof.formats.openmetrics import openmetrics
from effprof.report import codec
from effprof.report.report import Report
from tests.e2e.command import effprof, effprof_here
from tests.formats.sample import FULL
from tests.formats.test_text_property import reports

OPTIONS = ("--markdown", "--junit", "--csv", "--openmetrics")


@given(reports(), reports())
@settings(max_examples=40, deadline=None)
def test_any_report_is_written_and_read_back(one: Report, other: Report) -> None:
    bundle = together([one, replace(other, id="other", created=one.model.name)])
    lines = markdown(bundle)
    assert lines.count("<details>") == lines.count("</details>")
    assert len(list(Xml.fromstring(junit(bundle).encode()))) == 2
    rows = list(csv.reader(io.StringIO(as_csv(bundle))))
    assert {len(row) for row in rows} == {len(rows[0])}
    list(text_string_to_metric_families(openmetrics(bundle)))  # type: ignore[no-untyped-call]


def broken() -> dict[str, str]:
    good = json.loads(codec.dump(FULL))
    unit = good | {"metrics": {"latency.p50": good["metrics"]["latency.p50"] | {"unit": "ms"}}}
    return {
        "nothing": "",
        "half": codec.dump(FULL)[:2000],
        "newer": json.dumps(good | {"schema": "effprof.report/7"}),
        "another tool's": '{"schema": "cyclonedx"}',
        "a list": "[1, 2]",
        "a wrong unit": json.dumps(unit),
        "a text for a number": json.dumps(good | {"metrics": {"latency.p50": {"value": "x"}}}),
        "NaN": codec.dump(FULL).replace("0.007214", "NaN", 1),
        "deep": "[" * 100_000,
        "no reports": '{"schema": "effprof.reports/1", "reports": []}',
    }


@pytest.mark.parametrize("name", broken())
def test_what_is_no_report_is_one_line_and_writes_nothing(name: str, tmp_path: Path) -> None:
    file, out = tmp_path / "r.json", tmp_path / "out"
    file.write_text(broken()[name], encoding="utf-8")
    for option in OPTIONS:
        done = effprof_here("report", file, option, out)
        assert done.returncode == 2, (name, option)
        assert done.stderr.startswith(f"effprof: {file}: ")
        assert not out.exists()


def test_formats_go_where_they_are_sent(tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    file.write_text(codec.dump([FULL, replace(FULL, id="two")]), encoding="utf-8")
    words = [word for option in OPTIONS[1:] for word in (option, tmp_path / option)]
    done = effprof("report", file, "--markdown", "-", *words)
    assert (done.returncode, done.stderr) == (0, "")
    assert all((tmp_path / option).stat().st_size for option in OPTIONS[1:])
    assert "### `mobilenetv2-1.0.onnx`" in done.stdout
    done = effprof_here("report", file, "--csv", "-", "--junit", "-")
    assert done.returncode == 2
    done = effprof_here("report", file, "--csv", tmp_path / "nowhere" / "x.csv")
    assert done.returncode == 2
