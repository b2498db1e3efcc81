"""The worked example of the README: photo search on a phone, a verdict for every line."""

import json
from pathlib import Path

import pytest

from tests.conftest import EXAMPLES
from tests.e2e.command import effprof_here
from tests.model.tflite_build import network

BUDGET = EXAMPLES.parent / "photo-search.yaml"


@pytest.mark.usefixtures("two_trials")
def test_every_line_gets_a_verdict_here_and_on_a_named_phone(tmp_path: Path) -> None:
    model, saved = network(tmp_path / "net.tflite"), tmp_path / "reports.json"
    words = ("-t", "mobile", "-t", "pixel-9-pro", "--budget", BUDGET, "--time", 0.5)
    done = effprof_here("measure", model, *words, "--json", saved)
    assert done.returncode == 0, done.stderr
    here, phone = json.loads(saved.read_text())["reports"]
    for report in (here, phone):
        verdicts = {one["metric"]: one["verdict"] for one in report["verdicts"]}
        assert verdicts == dict.fromkeys(
            ("memory.peak", "latency.p90", "battery.share_per_hour"), "pass"
        )
    assert here["metrics"]["latency.p90"]["origin"] == "measured"
    assert phone["metrics"]["latency.p90"]["origin"] == "modelled"
    for report in (here, phone):
        assert report["metrics"]["battery.share_per_hour"]["origin"] == "modelled"
    scope = here["metrics"]["battery.share_per_hour"]["scope"]
    assert scope.startswith("this machine's own energy")
    assert "this machine" not in phone["metrics"]["battery.share_per_hour"]["scope"]
