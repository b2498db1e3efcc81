"""Warnings: each when its evidence is there, none when it is not."""

import pytest

from effprof.base.records import Ending
from effprof.measure.caution import cautions
from effprof.measure.collect import Evidence
from effprof.measure.trial import Trial
from tests.measure.build import block, failed, plan, trial

QUIET = {"wall_s": 1.0, "cores": 2.0, "others_cpu_s": 0.0, "steal_s": 0.0}


def codes(trials: list[Trial], precision: float | None = 0.001) -> list[str]:
    evidence = Evidence(list(trials), precision)
    good = [one for one in trials if one.blocks]
    return [caution.code for caution in cautions(plan(), evidence, good)]


def hosted(us: float = 1000, **host: float) -> Trial:
    return trial(block([us] * 50), found={"readings": [], "host": QUIET | host})


def test_a_quiet_run_warns_of_nothing() -> None:
    assert codes([hosted() for _ in range(6)]) == []


@pytest.mark.parametrize(
    ("host", "code"),
    [
        ({"others_cpu_s": 0.2}, "noisy-host"),
        ({"steal_s": 0.1}, "stolen-time"),
        ({"frequency_min_hz": 1.2e9, "frequency_max_hz": 3e9}, "frequency-varies"),
    ],
)
def test_the_host_is_watched(host: dict[str, float], code: str) -> None:
    assert codes([hosted(**host) for _ in range(6)]) == [code]


def test_two_speeds_are_said() -> None:
    trials = [hosted(1000 + step) for step in range(5)] + [hosted(1300)]
    assert codes(trials) == ["bimodal-trials"]


def test_few_processes_and_a_wide_interval_are_said() -> None:
    assert codes([hosted(), hosted()], precision=0.05) == ["precision-not-reached", "few-trials"]


def test_what_disturbs_this_machines_clock_is_nothing_to_a_device_that_is_not_here() -> None:
    trials = [hosted(others_cpu_s=0.2), hosted(1300), failed(Ending.CRASHED, "killed by SIGSEGV")]
    evidence = Evidence(trials, 0.05)
    found = cautions(plan(), evidence, trials[:2], timed_here=False)
    assert [one.code for one in found] == ["trial-crashed"]
    assert "noisy-host" in codes(trials, precision=0.05)


def test_a_trial_that_ended_badly_is_named() -> None:
    trials = [*(hosted() for _ in range(6)), failed(Ending.CRASHED, "killed by SIGSEGV")]
    assert codes(trials) == ["trial-crashed"]


def test_an_output_that_is_not_finite_is_said() -> None:
    loaded = {"load_ns": 1, "first_ns": 1, "warmup_runs": 1}
    outputs = [{"name": "y", "dtype": "float32", "shape": [1], "finite": False}]
    trials = [
        trial(block([1000] * 50), loaded=loaded | {"outputs": outputs}, found={"host": QUIET})
        for _ in range(6)
    ]
    assert codes(trials) == ["non-finite-output"]
