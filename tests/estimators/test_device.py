"""A device that is not here, by the roofline of each operator."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effprof import target
from effprof.base.records import Caution, Measurement, Missing, Origin
from effprof.base.work import Device, OperatorWork, Work
from effprof.estimators.device import Roofline
from effprof.estimators.device_class import CLASSES, UNSEEN_BAND, Constants, operator
from effprof.measure.estimate import described

GPU = Device(
    "gpu",
    facts={
        "peak_fp32": 10e12,
        "peak_fp16": 80e12,
        "memory_bandwidth": 1e12,
        "memory_size": 16e9,
        "power_busy": 200.0,
    },
    texts={"device_class": "gpu"},
)
PLAIN = Constants(0.5, 0.5, 1e-6, 2.0, "a test")


def conv(macs: int = 5_000_000_000, moved: int = 100_000, kind: str = "Conv") -> OperatorWork:
    return OperatorWork("c", kind, macs, weight_bytes=moved, activation_bytes=moved)


def work(*operators: OperatorWork, precision: str | None = "fp16", batch: int = 1) -> Work:
    return Work(
        format="onnx",
        precision=precision,
        batch=batch,
        size_bytes=1,
        macs=sum(one.macs or 0 for one in operators),
        weight_bytes=sum(one.weight_bytes for one in operators),
        activation_bytes=sum(one.activation_bytes or 0 for one in operators),
        operators=operators,
    )


def told(asked: Work, device: Device = GPU) -> dict[str, Any]:
    found = Roofline().estimate(asked, device, {})
    cautions = [one for one in found if isinstance(one, Caution)]
    return {one.metric: one for one in found if not isinstance(one, Caution)} | {
        "cautions": cautions
    }


def test_the_longer_of_compute_and_memory_and_a_launch() -> None:
    compute = operator(conv(macs=1_000_000_000, moved=10), PLAIN, 1e12, 1e12)
    assert compute.latency_s == pytest.approx(2e9 / 0.5e12 + 1e-6)
    assert compute.bound == "compute"
    memory = operator(conv(macs=10, moved=1_000_000_000), PLAIN, 1e12, 1e12)
    assert memory.latency_s == pytest.approx(2e9 / 0.5e12 + 1e-6)
    assert memory.bound == "memory"
    assert operator(conv(macs=10, moved=10), PLAIN, 1e12, 1e12).bound == "overhead"


def test_what_a_runtime_takes_in_costs_nothing_and_a_softmax_its_traffic() -> None:
    relu = OperatorWork("r", "Relu", None, 0, 1_000_000)
    assert operator(relu, PLAIN, 1e12, 1e12).latency_s == 0
    softmax = replace(relu, type="Softmax")
    assert operator(softmax, PLAIN, 1e12, 1e12).latency_s == pytest.approx(1e6 / 0.5e12)


def test_every_metric_is_modelled_with_a_band_or_missing_with_a_reason() -> None:
    found = told(work(conv()))
    assert set(found) - {"cautions"} == set(Roofline.metrics)
    for one in found.values():
        if isinstance(one, Measurement):
            assert one.origin is Origin.MODELLED
            assert one.low is None or one.low < one.value < (one.high or 0)
        elif isinstance(one, Missing):
            assert one.reason
    assert found["latency.p50"].high == pytest.approx(
        found["latency.p50"].value * CLASSES["gpu"].band
    )


def test_energy_is_power_times_time() -> None:
    found = told(work(conv(), batch=2))
    run_s = found["latency.p50"].value
    assert found["energy.inference"].value == pytest.approx(200 * run_s / 2)
    bare = replace(GPU, facts={key: v for key, v in GPU.facts.items() if key != "power_busy"})
    assert isinstance(told(work(conv()), bare)["energy.inference"], Missing)


def test_a_batch_serves_more_until_the_peak_and_scaling_tells_so() -> None:
    found = told(work(conv(macs=4_500_000, moved=100_000)))
    assert found["throughput.peak"].value > found["throughput.items"].value
    assert found["throughput.peak_batch"].value > 1
    assert 0 < found["throughput.scaling"].value <= 1
    assert 1 <= found["throughput.knee_batch"].value <= found["throughput.peak_batch"].value


def test_a_model_that_does_not_fit_the_memory() -> None:
    big = work(OperatorWork("c", "Conv", 5_000_000_000, 17_000_000_000, 1000))
    found = told(big)
    for metric in ("latency.p50", "throughput.peak", "energy.inference"):
        assert isinstance(found[metric], Missing)
        assert "the device has 14.9 GiB" in found[metric].reason
    assert [one.code for one in found["cautions"]] == ["does-not-fit"]
    assert Roofline().operators(big, GPU) == ()


def test_a_batch_that_does_not_fit_the_memory() -> None:
    one = conv(moved=100_000_000)
    assert isinstance(told(work(one))["latency.p50"], Measurement)
    grown = replace(one, activation_bytes=100_000_000_000)
    assert isinstance(told(work(grown, batch=1000))["latency.p50"], Missing)


def test_a_file_of_one_batch_has_no_peak_at_others() -> None:
    found = told(replace(work(conv(), batch=4), any_batch=False))
    assert isinstance(found["latency.p50"], Measurement)
    for metric in ("throughput.peak", "throughput.scaling", "throughput.knee_batch"):
        assert "a batch of 4 alone" in found[metric].reason


def test_a_device_that_gains_nothing_from_batches_scales_badly_and_has_no_knee() -> None:
    found = told(work(conv()))
    assert found["throughput.peak_batch"].value == 1
    assert found["throughput.scaling"].value == pytest.approx(1 / 32, rel=0.05)
    assert found["throughput.scaling"].scope == "batch 32 against 1"
    assert isinstance(found["throughput.knee_batch"], Missing)


def test_the_published_networks_are_inside_what_was_published() -> None:
    resnet50 = told(work(conv(macs=4_089_184_256)))
    assert not resnet50["cautions"]


@given(st.integers(1, 10**12), st.integers(1, 5 * 10**7), st.integers(2, 100))
def test_more_work_never_takes_less(macs: int, moved: int, more: int) -> None:
    one = told(work(conv(macs, moved)))["latency.p50"].value
    assert told(work(conv(macs * more, moved * more)))["latency.p50"].value >= one


@given(st.integers(1, 10**11), st.floats(1.01, 100))
def test_a_faster_device_is_never_slower(macs: int, more: float) -> None:
    slow = told(work(conv(macs)))["latency.p50"].value
    facts = {key: value * more for key, value in GPU.facts.items()}
    assert told(work(conv(macs)), replace(GPU, facts=facts))["latency.p50"].value <= slow


def test_fewer_threads_of_a_cpu_are_so_much_slower() -> None:
    facts = dict(GPU.facts) | {"cpu_threads": 4.0}
    whole = replace(GPU, facts=facts, texts={"device_class": "cpu"})
    one = replace(whole, options={"threads": 1})
    few = told(work(conv()), one)["latency.p50"].value
    assert few == pytest.approx(4 * told(work(conv()), whole)["latency.p50"].value, rel=0.05)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (work(conv(), precision=None), "no peak is known for an unknown precision"),
        (work(conv(), precision="int8"), "the target states no peak_int8"),
        (replace(work(conv()), macs=None), "MACs or bytes of some operators"),
        (work(replace(conv(), activation_bytes=None)), "not known: c"),
        (work(OperatorWork("r", "Relu", None, 0, 1000)), "take into the one before it"),
    ],
)
def test_what_cannot_be_worked_out(asked: Work, words: str) -> None:
    lost = told(asked)["latency.p50"]
    assert isinstance(lost, Missing)
    assert words in lost.reason
    assert Roofline().operators(asked, GPU) == ()


@pytest.mark.parametrize(
    "asked", [work(conv(kind="LSTM")), work(conv(macs=1000)), work(conv(macs=10**13))]
)
def test_graphs_unlike_the_published_ones_have_a_wider_band(asked: Work) -> None:
    found = told(asked)
    assert found["latency.p50"].high == pytest.approx(found["latency.p50"].value * UNSEEN_BAND)
    (caution,) = found["cautions"]
    assert caution.code == "outside-published"


@pytest.mark.parametrize(
    ("facts", "texts", "words"),
    [
        ({}, {}, "device_class: is not there"),
        ({}, {"device_class": "tpu"}, "one of gpu, jetson, cpu"),
        ({}, {"device_class": "gpu"}, "memory_bandwidth"),
        ({"memory_bandwidth": 1.0}, {"device_class": "gpu"}, "no peak_fp32"),
    ],
)
def test_lacking(facts: dict[str, float], texts: dict[str, str], words: str) -> None:
    assert words in str(Roofline().lacks(Device("x", facts, texts)))


def test_every_target_that_ships_states_what_it_needs() -> None:
    found = [one.target for one in target.catalogue() if one.target]
    mine = [one for one in found if one.estimator == "roofline"]
    assert len(mine) >= 14
    for one in mine:
        assert Roofline().lacks(described(one, None)) is None
        assert all(fact.source for fact in one.facts.values())
