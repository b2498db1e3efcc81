from pathlib import Path

import pytest

from effprof import budget
from effprof.base.errors import BudgetError

GOOD = """\
schema: 1
name: mine
limits:
  latency.p90: {max: 50 ms, why: feels immediate}
  throughput.items: {min: 100 1/s}
  utilization.cpu: {min: 10 %, max: 0.8}
"""


def test_limits_are_in_the_unit_of_the_metric(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(GOOD)
    assert budget.read(path).limits == (
        budget.Limit("latency.p90", "max", 0.05, "50 ms", "feels immediate"),
        budget.Limit("throughput.items", "min", 100.0, "100 1/s", ""),
        budget.Limit("utilization.cpu", "max", 0.8, "0.8", ""),
        budget.Limit("utilization.cpu", "min", 0.1, "10 %", ""),
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("max: 50 ms", "max: 50", "limits.latency.p90.max: 50 has no unit"),
        ("max: 50 ms", "max: 2 GB", "limits.latency.p90.max: 2 GB is an amount of data, a dur"),
        ("max: 50 ms", "max: -1 s", "limits.latency.p90.max: -1 s is below 0"),
        (
            "utilization.cpu: {min: 10 %, max: 0.8}",
            "quality.accuracy: {min: 95}",
            "limits.quality.accuracy.min: 95 is more than quality.accuracy can be, 100 %",
        ),
        (
            "utilization.cpu: {min: 10 %, max: 0.8}",
            "quality.cosine: {min: 1.01}",
            "limits.quality.cosine.min: 1.01 is more than quality.cosine can be, 1",
        ),
        (
            "utilization.cpu: {min: 10 %, max: 0.8}",
            "deadline.miss_rate: {max: 150 %}",
            "limits.deadline.miss_rate.max: 150 % is more than deadline.miss_rate can be, 100 %",
        ),
        ("max: 50 ms, ", "", "limits.latency.p90: no limit"),
        ("max: 50 ms", "most: 50 ms", "limits.latency.p90.most: unknown key"),
        ("{min: 10 %", "{min: 90 %", "limits.utilization.cpu: nothing is at most 0.8 and at"),
        ("latency.p90", "latency.p9", "limits.latency.p9: unknown metric"),
        ("latency.p90: {max: 50 ms", "latency.p90: {max: [1]", "limits.latency.p90.max: expected"),
        ("schema: 1", "schema: '1'", "schema: expected a whole number, got text ('1')"),
        ("limits:", "limit:", "limit: unknown key"),
    ],
)
def test_bad_budgets_are_told_by_file_key_and_value(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(BudgetError) as caught:
        budget.read(path)
    assert caught.value.message.startswith(f"{path}: {message}")


def test_a_share_that_may_be_over_1_is_taken_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("schema: 1\nname: a\nlimits: {latency.jitter: {max: 300 %}}\n")
    assert budget.read(path).limits[0].value == 3.0


def test_a_bare_number_is_offered_in_percent(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("schema: 1\nname: a\nlimits: {quality.accuracy: {min: 95}}\n")
    with pytest.raises(BudgetError) as caught:
        budget.read(path)
    assert caught.value.hint == "write 95 %"


def test_the_worked_example() -> None:
    example = Path(__file__).parents[1] / "examples" / "photo-search.yaml"
    limits = {limit.metric: (limit.bound, limit.value) for limit in budget.read(example).limits}
    assert limits == {
        "memory.peak": ("max", 2e9),
        "latency.p90": ("max", 0.05),
        "battery.share_per_hour": ("max", 0.1),
    }
