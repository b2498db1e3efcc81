"""`effprof monitor` as a user runs it: a round, a scrape, Ctrl-C."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.e2e.command import effprof_here


def test_a_round_a_scrape_and_an_end(student: Path, tmp_path: Path) -> None:
    db = tmp_path / "history.db"
    words = ["monitor", student, "--time", 0.3, "--every", "1h", "--port", 0, "--db", db]
    process = subprocess.Popen(
        [sys.executable, "-m", "effprof", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        url = re.search(r"http://\S+", process.stderr.readline())
        assert url is not None
        shown = process.stdout.readline()
        assert "student.onnx on edge" in shown
        # The line is written before the report is on the board.
        found: set[str] = set()
        while "effprof_latency_p50_seconds" not in found:
            assert process.poll() is None
            found = names(url[0])
        assert "effprof_report_info" in found | {f"{name}_info" for name in found}
    finally:
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=200)
    assert process.returncode == 130
    assert said.endswith("effprof: interrupted\n")
    kept = json.loads(effprof_here("history", "list", "--json", "-", "--db", db).stdout)
    assert [one["made_by"] for one in kept["entries"]] == ["monitor"]


def names(url: str) -> set[str]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=30) as answer:
        text = answer.read().decode()
    return {one.name for one in text_string_to_metric_families(text) if one.samples}


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--every", "10"), "10"),
        (("--every", "0s"), "--every"),
        (("-t", "nowhere"), "nowhere"),
        ((), "off"),
    ],
)
def test_what_makes_no_sense_serves_nothing(
    student: Path, tmp_path: Path, words: tuple[str, ...], named: str
) -> None:
    db = () if named == "off" else ("--db", tmp_path / "history.db")
    said = effprof_here("monitor", student, "--port", 0, *words, *db)
    assert said.returncode == 2
    assert named in said.stderr
    assert "serving" not in said.stderr


def test_a_port_that_is_taken(student: Path, tmp_path: Path) -> None:
    import socket

    with socket.socket() as rival:
        rival.bind(("127.0.0.1", 0))
        rival.listen()
        port = rival.getsockname()[1]
        said = effprof_here("monitor", student, "--port", port, "--db", tmp_path / "history.db")
    assert said.returncode == 3
    assert f"port {port}" in said.stderr
