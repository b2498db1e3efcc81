"""What is asked of ONNX Runtime for a GPU, on its own CPU behind the provider's names."""

import sys
from typing import Any

import numpy as np
import pytest

from effprof.backends.cuda import TENSORRT, OnnxRuntimeCuda
from effprof.base.records import Measurement, Missing
from effprof.ports import Refusal
from effprof.worker.serve import runs_by_batch
from tests.backends.gpu_stand_in import CPU, CUDA, NO_ROOM, StandIn
from tests.conftest import EXAMPLES

MODEL = str(EXAMPLES / "student.onnx")
IMAGES = {"image": np.random.default_rng(0).random((4, 1, 8, 8), np.float32)}


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    module = StandIn()
    monkeypatch.setitem(sys.modules, "onnxruntime", module)
    return module


def loaded(**options: Any) -> Any:
    backend = OnnxRuntimeCuda()
    backend.start()
    return backend.load(MODEL, {"threads": 1} | options)


def test_a_bound_run_is_the_same_and_is_waited_for(gpu: StandIn) -> None:
    session = loaded()
    expected = np.array(session.run(IMAGES)["logits"])
    run = session.bind(IMAGES)
    assert expected.shape == (4, 10)
    waited = gpu.waits
    run()
    assert gpu.waits == waited + 1
    np.testing.assert_array_equal(session.run(IMAGES)["logits"], expected)


def test_each_bound_call_has_a_graph_of_its_own_and_a_plain_run_has_none(gpu: StandIn) -> None:
    """ONNX Runtime replays a graph by its number and checks no shape."""
    session = loaded()
    calls = runs_by_batch(session, IMAGES, {"image": 0}, 3)
    assert set(gpu.graphs) == {"-1", "1", "2", "3"}
    gpu.graphs.clear()
    for call in (*calls, calls[0]):
        call()
    assert gpu.graphs == ["1", "2", "3", "1"]


def test_a_graph_that_cannot_be_captured_whole_runs_without_and_says_so(gpu: StandIn) -> None:
    gpu.graphs_fail = "not all nodes are assigned to the CUDA provider"
    session = loaded()
    assert session.settings["cuda_graphs"] is False
    session.run(IMAGES)
    session.bind(IMAGES)()
    assert set(gpu.graphs) == {None}


def test_a_capture_that_fails_says_what_to_switch_off(gpu: StandIn) -> None:
    session = loaded()
    session.run(IMAGES)
    gpu.runs_fail = "operation not permitted when stream is capturing"
    with pytest.raises(Refusal, match="no CUDA graph could be made") as refusal:
        session.bind(IMAGES)
    assert "cuda_graphs: false" in refusal.value.hint


def test_a_device_without_room_is_out_of_memory_and_no_fault_of_the_graph(gpu: StandIn) -> None:
    session = loaded()
    session.run(IMAGES)
    gpu.runs_fail = "CUDA failure 2: out of memory"
    with pytest.raises(Refusal, match=r"^out of memory") as refusal:
        session.bind(IMAGES)
    assert "--batch" in refusal.value.hint


def test_an_output_that_finds_no_memory_is_out_of_memory_too(gpu: StandIn) -> None:
    """Taking memory of the device fails with an error that has no class of ONNX Runtime's."""
    session = loaded()
    many = {"image": np.zeros((NO_ROOM, 1, 8, 8), np.float32)}
    session.run(many)
    with pytest.raises(Refusal, match=r"^out of memory") as refusal:
        session.bind(many)
    assert refusal.value.kind == "failed"


def test_a_provider_that_fails_on_the_way_is_not_replaced_by_the_cpu(gpu: StandIn) -> None:
    """InferenceSession would make itself anew on the CPU, print so, and go on."""
    loaded()
    assert not gpu.may_fall_back


def test_a_provider_that_did_not_load_is_lacking_and_never_a_quiet_cpu(gpu: StandIn) -> None:
    gpu.loaded = False
    with pytest.raises(Refusal, match="does not load") as refusal:
        loaded()
    assert refusal.value.kind == "lacking"
    gpu.available = [CPU]
    with pytest.raises(Refusal, match="no CUDA provider"):
        OnnxRuntimeCuda().start()


def test_tensorrt_goes_first_and_captures_in_its_place(gpu: StandIn) -> None:
    gpu.available = [TENSORRT, CUDA, CPU]
    loaded(tensorrt=True)
    (first, trt), (second, cuda), last = gpu.asked[-1]
    assert (first, second, last) == (TENSORRT, CUDA, CPU)
    assert (trt["trt_cuda_graph_enable"], cuda["enable_cuda_graph"]) == ("True", "0")
    loaded(tf32=False)
    assert gpu.asked[-1][0][1] == {
        "device_id": "0", "use_tf32": "0", "enable_cuda_graph": "1",
    }  # fmt: skip


def test_tensorrt_that_is_listed_and_not_there_leaves_cuda_its_graphs(gpu: StandIn) -> None:
    """Its provider comes with ONNX Runtime, its libraries do not."""
    gpu.available = [TENSORRT, CUDA, CPU]
    gpu.tensorrt_fails = "Please install TensorRT libraries"
    session = loaded(tensorrt=True)
    assert session.settings["providers"] == [CUDA, CPU]
    assert session.settings["cuda_graphs"] is True
    assert gpu.asked[-1][0][1]["enable_cuda_graph"] == "1"


def test_copies_are_apart_and_the_arena_is_not_told(gpu: StandIn) -> None:
    session = loaded()
    session.run(IMAGES)
    session.bind(IMAGES)
    told = {one.metric: one for one in session.readings()}
    for metric in ("latency.host_to_device", "latency.device_to_host"):
        one = told[metric]
        assert isinstance(one, Measurement)
        assert one.value > 0
    assert isinstance(told["memory.device_arena"], Missing)


def test_operators_are_timed_without_graphs(gpu: StandIn) -> None:
    found = OnnxRuntimeCuda().operators(MODEL, {"threads": 1}, IMAGES, 0.01)
    assert not isinstance(found, str)
    assert {one.provider for one in found} == {CPU}
    assert gpu.asked[-1][0][1]["enable_cuda_graph"] == "0"
