"""What phones and LiteRT's tool print, read: every version, and what is not there."""

import pytest

from effprof.base.errors import UnfinishedError
from effprof.device import adb, benchmark_tool, state
from tests.device import said


def test_a_new_version_tells_percentiles_memory_and_the_delegate() -> None:
    run = benchmark_tool.read(said.NEW)
    assert (run.runs, run.warmup_runs) == (101, 51)
    assert run.p50_s == pytest.approx(9.847e-3)
    assert run.p95_s == pytest.approx(10.655e-3)
    assert run.mean_s == pytest.approx(9.97905e-3)
    assert run.least_s == pytest.approx(9.009e-3)
    assert run.most_s == pytest.approx(14.822e-3)
    assert run.load_s == pytest.approx(8.001e-3)
    assert run.first_s == pytest.approx(11.701e-3)
    assert run.load_bytes == pytest.approx(30.7578 * 2**20)
    assert run.peak_bytes == pytest.approx(41.5 * 2**20)
    assert run.delegated == (70, 70)


def test_an_old_one_tells_fewer_things_and_none_is_made_up() -> None:
    run = benchmark_tool.read(said.OLD)
    assert run.mean_s == pytest.approx(2.95034)
    assert run.p50_s is None
    assert run.p95_s is None
    assert run.delegated is None
    assert run.peak_bytes == pytest.approx(46.0859 * 2**20)


def test_operators_are_those_of_the_runs_not_of_initialising() -> None:
    rows = benchmark_tool.operators(said.NEW + said.PROFILE)
    assert [row.type for row in rows] == ["CONV_2D", "DEPTHWISE_CONV_2D"]
    assert [row.latency_s for row in rows] == pytest.approx([4.1e-3, 2e-3])
    with_start = said.PROFILE.replace("\t  [first]", "\t[start]\t  [first]").replace(
        "\t    4.269", "\t    0.000\t    4.269"
    )
    first, *_ = benchmark_tool.operators(with_start)
    assert first.latency_s == pytest.approx(4.1e-3)
    assert benchmark_tool.operators(said.NEW) == ()


@pytest.mark.parametrize("text", [said.FAILED, "", "Segmentation fault\n", said.NEW[:900]])
def test_a_tool_that_did_not_finish_is_said_with_its_last_words(text: str) -> None:
    with pytest.raises(UnfinishedError, match="did not finish"):
        benchmark_tool.read(text)


def test_a_run_that_takes_no_time_is_no_measurement() -> None:
    with pytest.raises(UnfinishedError, match="takes no time"):
        benchmark_tool.read(said.NEW.replace("Inference (avg): 9979.05", "Inference (avg): 0"))


def test_what_is_no_number_is_no_figure() -> None:
    with pytest.raises(UnfinishedError, match="did not finish"):
        benchmark_tool.read(said.NEW.replace("Inference (avg): ", "Inference (avg): .."))
    assert benchmark_tool.operators(said.PROFILE.replace("4.1", "4.1.0")) == ()
    assert state.heat("Temperature{mValue=1.2.3, mType=3, mName=skin, mStatus=0}") == {}


def test_the_error_line_is_what_is_told() -> None:
    with pytest.raises(UnfinishedError, match="opcode 'CONV_2D' version '9'"):
        benchmark_tool.read(said.FAILED)


def test_what_a_phone_says_of_itself() -> None:
    assert state.device(said.GETPROP) == {
        "name": "Google Pixel 9 Pro",
        "soc": "Google Tensor G4",
        "android": "15",
        "abi": "arm64-v8a",
    }
    assert state.device("") == {"name": "an Android phone"}
    assert "\x1b" not in state.device("[ro.product.model]: [evil\x1b[2J]")["name"]


def test_battery_and_heat() -> None:
    assert state.battery(said.BATTERY) == {"battery_level": 0.67, "battery_celsius": 33.7}
    assert state.heat(said.THERMAL) == {"thermal_status": 0, "skin_celsius": 34.351}
    assert state.battery("Can't find service: battery") == {}
    assert state.heat("Can't find service: thermalservice") == {}
    assert state.hottest({"thermal_status": 0}, {"thermal_status": 2}, {}) == 2


def test_the_list_of_phones() -> None:
    started = "* daemon started successfully\nList of devices attached\n"
    listing = f"{started}R5CT\tdevice\n10.0.0.7:5555\toffline\n\n"
    assert adb.states(listing) == {"R5CT": "device", "10.0.0.7:5555": "offline"}


def test_nothing_of_a_command_line_needs_a_shells_quotes() -> None:
    words = benchmark_tool.command("/data/local/tmp/a/b", "/data/local/tmp/a/m", 4, 90, 0.5)
    assert not set(words) & set("'\"\\;&|<>$`(){}*?!#~\n")
