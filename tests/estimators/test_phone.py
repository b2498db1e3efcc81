"""The estimator of phones: its formula, its bands, and what it refuses to tell."""

from typing import Any

import pytest

from effprof.base.records import Caution, Measurement, Missing, Origin
from effprof.base.work import Device, OperatorWork, Work
from effprof.estimators import phone
from effprof.estimators.phone import Phone

FACTS = {"cpu_rate_fp32": 2 * 20e9, "cpu_power_busy": 1.0, "battery_energy": 54_000.0}
TEXTS = {"cpu_runtime": "xnnpack"}
HERE = {"memory.peak": Measurement("memory.peak", 50e6, Origin.MEASURED, "proc:VmHWM")}


def device(**changes: Any) -> Device:
    settings: dict[str, Any] = {
        "id": "some-phone",
        "facts": FACTS,
        "texts": TEXTS,
        "options": {"threads": 1},
        "duty_hz": 1.0,
    }
    return Device(**settings | changes)


def work(*kinds: str, macs: int = 300_000_000, **changes: Any) -> Work:
    """One operator with all the MACs, then others without any."""
    first, *others = kinds or ("CONV_2D",)
    settings: dict[str, Any] = {
        "format": "tflite",
        "precision": "fp32",
        "batch": 1,
        "size_bytes": 14_000_000,
        "macs": macs,
        "weight_bytes": 14_000_000,
        "activation_bytes": 20_000_000,
        "operators": (
            OperatorWork("conv", first, macs, 14_000_000, 20_000_000, 1_000_000),
            *(OperatorWork(kind, kind, 0, 0, 100, 50) for kind in others),
        ),
    }
    return Work(**settings | changes)


def told(given: Work, there: Device, host: Any = HERE) -> dict[str, Any]:
    spoken = Phone().estimate(given, there, host)
    return {one.code if isinstance(one, Caution) else one.metric: one for one in spoken}


def test_a_run_is_macs_elements_and_operators_over_the_rate() -> None:
    shape = phone.SHAPES["xnnpack", "fp32"]
    found = told(work("CONV_2D", "SOFTMAX"), device())["latency.p50"]
    worth = 300e6 + 1e6 * shape.element_macs + 2 * shape.operator_macs
    assert found.value == pytest.approx(worth / 20e9)
    assert found.low == pytest.approx(found.value / phone.FITTED)
    assert found.high == pytest.approx(found.value * phone.FITTED)


def test_all_it_promises_is_spoken_of_and_modelled() -> None:
    found = told(work(), device())
    missing = {key for key, one in found.items() if isinstance(one, Missing)}
    assert set(Phone().metrics) == set(found) - missing
    assert missing == {"latency.p99", "latency.gpu", "latency.npu"}
    assert {found[key].origin for key in Phone().metrics} == {Origin.MODELLED}


def test_a_gpu_and_an_npu_are_missing_and_the_reason_is_said() -> None:
    for given in (work(), work("WHILE")):
        found = told(given, device())
        assert "67 % in one of ten" in found["latency.gpu"].reason
        assert "NPU" in found["latency.npu"].reason


def test_an_accelerator_is_not_worked_out_as_if_it_were_the_cpu() -> None:
    assert Phone().lacks(device(options={"threads": 1, "accelerator": "cpu"})) is None
    lack = Phone().lacks(device(options={"threads": 1, "accelerator": "gpu"}))
    assert lack is not None
    assert "only a phone's CPU" in lack


def test_a_rate_from_the_peak_has_a_wider_band_than_a_fitted_one() -> None:
    facts = {key: value for key, value in FACTS.items() if key != "cpu_rate_fp32"}
    peak = told(work(), device(facts=facts | {"cpu_peak_fp32": 2 * 40e9}))["latency.p50"]
    fitted = told(work(), device())["latency.p50"]
    assert peak.high / peak.value > fitted.high / fitted.value
    assert peak.value == pytest.approx(fitted.value * 20 / (phone.PEAK_SHARE * 40))


def test_operators_never_published_widen_the_band_and_are_named() -> None:
    found = told(work("BATCH_MATMUL"), device())
    assert found["latency.p50"].high / found["latency.p50"].value == pytest.approx(phone.UNSEEN)
    assert "BATCH_MATMUL" in found["unseen-operators"].text


@pytest.mark.parametrize(
    ("given", "there", "why"),
    [
        (work("WHILE"), device(), "WHILE"),
        (work(macs=0, precision="int4"), device(), "int4"),
        (work(precision="int8"), device(), "int8"),
        (work(precision=None), device(), "precision"),
        (work(operators=()), device(), "MACs"),
        (work(), device(options={"threads": 4}), "threads"),
    ],
)
def test_what_is_not_known_is_missing_with_its_reason(given: Work, there: Device, why: str) -> None:
    found = told(given, there)
    for metric in ("latency.p50", "latency.first", "energy.inference", "battery.share_per_hour"):
        assert isinstance(found[metric], Missing), metric
        assert why in found[metric].reason
    assert isinstance(found["memory.peak"], Measurement)


def test_memory_is_this_machines_and_missing_without_it() -> None:
    peak = told(work(), device())["memory.peak"]
    assert peak.low < peak.value == 50e6 < peak.high
    assert isinstance(told(work(), device(), {})["memory.peak"], Missing)


def test_energy_counts_the_cores_that_run_and_its_band_holds_both_errors() -> None:
    found = told(work(), device())
    run, energy = found["latency.p50"], found["energy.inference"]
    assert energy.value == pytest.approx(run.value)  # one core of 1 W
    assert energy.low < 0.5 * energy.value
    assert energy.high > 1.5 * energy.value
    four = device(
        facts=FACTS | {"cpu_threads": 4.0, "cpu_power_awake": 0.5}, options={"threads": 4}
    )
    assert told(work(), four)["energy.inference"].value == pytest.approx(4.5 * run.value)


def test_another_phones_watts_have_a_wider_band() -> None:
    own = told(work(), device())["energy.inference"]
    other = told(work(), device(texts=TEXTS | {"cpu_power_basis": "stand-in"}))["energy.inference"]
    assert other.high / other.value > own.high / own.value
    assert "stand-in" in other.source


def test_no_watts_no_battery() -> None:
    found = told(work(), device(facts={"cpu_rate_fp32": 2 * 20e9}))
    assert isinstance(found["energy.inference"], Missing)
    assert isinstance(found["battery.share_per_hour"], Missing)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"texts": {}}, "cpu_runtime"),
        ({"texts": {"cpu_runtime": "magic"}}, "magic"),
        ({"texts": TEXTS | {"cpu_power_basis": "guess"}}, "guess"),
        ({"facts": {}}, "cpu_rate_fp32"),
    ],
)
def test_what_a_target_lacks(changes: dict[str, Any], why: str) -> None:
    lack = Phone().lacks(device(**changes))
    assert lack is not None
    assert why in lack
    assert Phone().lacks(device()) is None
