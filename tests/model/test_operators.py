from pathlib import Path

import numpy as np
import pytest
from onnx import GraphProto, ModelProto
from onnx.helper import make_graph, make_node, make_opsetid

from effprof.model.count import count, known_inputs
from effprof.model.dims import resolve, settle
from effprof.model.inputs import make_feeds
from effprof.model.model import Counts
from effprof.model.open import open_model
from tests.model import build


def _count(path: Path, **shapes: tuple[int, ...]) -> Counts:
    model = open_model(path)
    return count(model, dict(resolve(model, {}, shapes).shapes))


def test_resnet50(tmp_path: Path) -> None:
    model = open_model(build.resnet50(tmp_path))
    counts = count(model, dict(settle(model, {}, {}).shapes))
    assert model.parameters == 25_557_032  # torchvision's documented number
    assert counts.macs is not None
    assert 4.089e9 <= counts.macs <= 4.12e9
    assert counts.weight_bytes == pytest.approx(4 * 25.6e6, rel=0.01)
    assert counts.unknown == ()
    assert counts.outputs[0].shape == (1, 1000)


def test_mobilenet_v2(tmp_path: Path) -> None:
    model = open_model(build.mobilenet_v2(tmp_path))
    counts = count(model, dict(settle(model, {}, {}, batch=2).shapes))
    assert model.parameters == 3_504_872  # torchvision's documented number
    assert counts.macs is not None
    assert 0.30e9 <= counts.macs / 2 <= 0.32e9


def test_names_and_bytes(tmp_path: Path) -> None:
    counts = _count(build.save(build.small(), tmp_path / "m.onnx"))
    gemm, relu = counts.operators
    assert [gemm.name, relu.name] == ["Gemm_0", "act"]
    assert gemm.outputs == ("z",)
    assert (gemm.macs, gemm.weight_bytes, gemm.activation_bytes) == (12, 60, 4 * (4 + 3))
    assert (relu.macs, relu.bytes, relu.output_shapes) == (0, 24, ((1, 3),))
    assert (counts.macs, counts.weight_bytes, counts.activation_bytes) == (12, 60, 52)
    assert counts.intensity == pytest.approx(24 / 112)


def test_what_is_quantised_is_moved_as_it_is_stored(tmp_path: Path) -> None:
    """Conv and Relu between DequantizeLinear and QuantizeLinear, as ONNX Runtime writes int8."""
    nodes = [
        make_node("QuantizeLinear", ["x", "s", "z"], ["xq"], name="in"),
        make_node("DequantizeLinear", ["xq", "s", "z"], ["xd"], name="back"),
        make_node("DequantizeLinear", ["Wq", "s", "z"], ["W"], name="weights"),
        make_node("Conv", ["xd", "W"], ["c"], name="conv"),
        make_node("Relu", ["c"], ["r"], name="relu"),
        make_node("QuantizeLinear", ["r", "s", "z"], ["rq"], name="out"),
        make_node("DequantizeLinear", ["rq", "s", "z"], ["y"], name="last"),
    ]
    weights = [
        build.weight("Wq", np.ones((2, 3, 1, 1), np.int8)),
        build.weight("s", np.float32(0.1)),
        build.weight("z", np.int8(0)),
    ]
    ends = [build.tensor("x", [1, 3, 8, 8])], [build.tensor("y", [1, 2, 8, 8])]
    counts = _count(build.save(build.model(nodes, *ends, weights), tmp_path / "q.onnx"))
    moved = {one.name: one.activation_bytes for one in counts.operators}
    read, written = 3 * 64, 2 * 64
    assert moved["in"] == (4 + 1) * read  # the user's floats are floats
    assert moved["conv"] == read + written
    assert moved["relu"] == 2 * written
    assert moved["back"] == moved["out"] == 0
    assert moved["last"] == (1 + 4) * written


def test_floats_that_others_take_too_stay_floats(tmp_path: Path) -> None:
    nodes = [
        make_node("Relu", ["x"], ["r"], name="relu"),
        make_node("QuantizeLinear", ["r", "s", "z"], ["q"], name="quantise"),
        make_node("Softmax", ["r"], ["y"], name="softmax"),
    ]
    weights = [build.weight("s", np.float32(0.1)), build.weight("z", np.int8(0))]
    ends = [build.tensor("x", [1, 8])], [build.tensor("y", [1, 8]), build.tensor("q", [1, 8], 3)]
    counts = _count(build.save(build.model(nodes, *ends, weights), tmp_path / "q.onnx"))
    moved = {one.name: one.activation_bytes for one in counts.operators}
    assert moved == {"relu": 64, "quantise": 8 * 5, "softmax": 64}


def test_constants_take_no_index_in_a_name(tmp_path: Path) -> None:
    """As ONNX Runtime counts: it turns Constant nodes into initializers first."""
    nodes = [
        make_node("Constant", [], ["c"], value=build.weight("c", np.ones(4, np.float32))),
        make_node("Add", ["x", "c"], ["a"]),
        make_node("Relu", ["a"], ["y"]),
    ]
    proto = build.model(nodes, [build.tensor("x", [1, 4])], [build.tensor("y", [1, 4])])
    names = [one.name for one in _count(build.save(proto, tmp_path / "m.onnx")).operators]
    assert names == ["Add_0", "Relu_1"]


def test_the_names_are_those_of_the_runtime(tmp_path: Path) -> None:
    import json

    import onnxruntime

    path = build.save(build.small(1), tmp_path / "m.onnx")
    options = onnxruntime.SessionOptions()
    options.enable_profiling = True
    options.profile_file_prefix = str(tmp_path / "profile")
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    session.run(None, {"x": np.zeros((1, 4), np.float32)})
    events = json.loads(Path(session.end_profiling()).read_text())
    seen = {event["name"] for event in events if event.get("cat") == "Node"}
    assert seen == {f"{one.name}_kernel_time" for one in _count(path).operators}


def test_an_open_size_leaves_its_operators_unknown(tmp_path: Path) -> None:
    proto = build.small("sequence")
    counts = _count(build.save(proto, tmp_path / "m.onnx"))
    assert counts.macs is None
    assert counts.operators[0].macs is None
    assert counts.operators[0].why
    assert counts.operators[1].macs == 0
    assert counts.unknown == ("Gemm x 1: the shape of input 0 is not known",)


def test_stale_shapes_of_the_exporter_are_not_believed(tmp_path: Path) -> None:
    proto = build.small()
    proto.graph.value_info.append(build.tensor("z", [1, 3]))
    path = build.save(proto, tmp_path / "m.onnx")
    assert _count(path, x=(8, 4)).macs == 96


def test_an_unknown_operator_is_listed(tmp_path: Path) -> None:
    nodes = [
        make_node("Own", ["x"], ["a"], domain="com.example"),
        make_node("MatMul", ["a", "W"], ["y"]),
    ]
    weights = [build.weight("W", np.ones((4, 4), np.float32))]
    proto = build.model(nodes, [build.tensor("x", [1, 4])], [build.tensor("y", [1, 4])], weights)
    proto.opset_import.append(make_opsetid("com.example", 1))
    counts = _count(build.save(proto, tmp_path / "m.onnx"))
    assert counts.macs is None
    assert "Own x 1: operators of com.example are not known" in counts.unknown
    proto.graph.value_info.append(build.tensor("a", [1, 4]))  # what the exporter knew of it
    counts = _count(build.save(proto, tmp_path / "m.onnx"))
    assert counts.operators[1].macs == 16


def test_operators_of_onnxruntime_have_shapes(tmp_path: Path) -> None:
    nodes = [
        make_node("FusedMatMul", ["x", "W"], ["a"], domain="com.microsoft", alpha=1.0),
        make_node("BiasGelu", ["a", "b"], ["g"], domain="com.microsoft"),
        make_node("MatMul", ["g", "W"], ["y"]),
    ]
    weights = [
        build.weight("W", np.ones((4, 4), np.float32)),
        build.weight("b", np.ones(4, np.float32)),
    ]
    proto = build.model(nodes, [build.tensor("x", [2, 4])], [build.tensor("y", [2, 4])], weights)
    assert _count(build.save(proto, tmp_path / "m.onnx")).macs == 64


def test_an_embedding_reads_the_rows_it_picks(tmp_path: Path) -> None:
    table = build.weight("table", np.ones((1000, 8), np.float32))
    proto = build.model(
        [make_node("Gather", ["table", "ids"], ["y"])],
        [build.tensor("ids", [1, 3], build.INT64)],
        [build.tensor("y", [1, 3, 8])],
        [table],
    )
    model = open_model(build.save(proto, tmp_path / "m.onnx"))
    assert model.parameters == 8000
    assert count(model, {"ids": (1, 3)}).weight_bytes == 3 * 8 * 4


def test_what_is_made_of_constants_is_made_once(tmp_path: Path) -> None:
    nodes = [make_node("Transpose", ["W"], ["T"]), make_node("MatMul", ["x", "T"], ["y"])]
    weights = [build.weight("W", np.ones((3, 4), np.float32))]
    proto = build.model(nodes, [build.tensor("x", [1, 4])], [build.tensor("y", [1, 3])], weights)
    counts = _count(build.save(proto, tmp_path / "m.onnx"))
    assert [one.type for one in counts.operators] == ["MatMul"]
    assert counts.weight_bytes == 48


def test_sizes_computed_in_the_graph_are_followed(tmp_path: Path) -> None:
    """Reshape to a size made with ConstantOfShape and Concat, which ONNX's inference gives up."""
    nodes = [
        make_node("Shape", ["x"], ["s"]),
        make_node("ReduceProd", ["s"], ["n"], keepdims=1),
        make_node("Concat", ["one", "n"], ["to"], axis=0),
        make_node("ConstantOfShape", ["to"], ["zeros"]),
        make_node("Reshape", ["x", "to"], ["flat"]),
        make_node("Add", ["flat", "zeros"], ["sum"]),
        make_node("MatMul", ["sum", "W"], ["y"]),
    ]
    weights = [build.weight("one", [1]), build.weight("W", np.ones((12, 5), np.float32))]
    proto = build.model(
        nodes, [build.tensor("x", ["N", 4])], [build.tensor("y", None)], weights, opset=13
    )
    assert _count(build.save(proto, tmp_path / "m.onnx"), x=(3, 4)).macs == 60


def _branching() -> ModelProto:
    def branch(width: int) -> GraphProto:
        held = [build.weight(f"w{width}", np.ones((4, width), np.float32))]
        node = make_node("MatMul", ["x", f"w{width}"], [f"o{width}"])
        return make_graph([node], f"b{width}", [], [build.tensor(f"o{width}", None)], held)

    nodes = [
        make_node("Equal", ["rate", "c"], ["is"]),
        make_node("If", ["is"], ["y"], then_branch=branch(3), else_branch=branch(5)),
    ]
    inputs = [build.tensor("x", [1, 4]), build.tensor("rate", [], build.INT64)]
    return build.model(
        nodes, inputs, [build.tensor("y", None)], [build.weight("c", np.int64(16000))]
    )


def test_a_branch_is_taken_where_its_condition_is_known(tmp_path: Path) -> None:
    model = open_model(build.save(_branching(), tmp_path / "m.onnx"))
    settled = settle(model, {}, {})
    counts = count(model, settled.shapes)
    assert counts.macs == 12
    assert counts.outputs[0].shape == (1, 3)
    assert counts.notices == ("counted for rate = 16000",)
    assert known_inputs(make_feeds(model, settled).feeds) == {"rate": 16000}
    assert count(model, settled.shapes, {"rate": 8000}).macs == 20
    assert model.parameters == 4 * 3 + 4 * 5  # both branches are in the file


def test_a_branch_that_depends_on_the_data_is_unknown(tmp_path: Path) -> None:
    model = open_model(build.save(_branching(), tmp_path / "m.onnx"))
    counts = count(model, settle(model, {}, {}).shapes, {})
    assert counts.macs is None
    assert counts.unknown == ("If x 1: which branch runs depends on the data",)


def test_nodes_out_of_order_are_counted_and_keep_their_names(tmp_path: Path) -> None:
    """ONNX Runtime's own float16 conversion appends the casts of the inputs."""
    sorted_ = build.model(
        [make_node("Relu", ["x"], ["r"]), make_node("MatMul", ["r", "W"], ["y"])],
        [build.tensor("x", [2, 4])],
        [build.tensor("y", [2, 3])],
        [build.weight("W", np.ones((4, 3), np.float32))],
    )
    nodes = [sorted_.graph.node[1], sorted_.graph.node[0]]
    shuffled = build.model(
        nodes, sorted_.graph.input, sorted_.graph.output, sorted_.graph.initializer
    )
    found = count(open_model(build.save(shuffled, tmp_path / "m.onnx")), {"x": (2, 4)})
    assert found.macs == 2 * 4 * 3
    assert {one.name for one in found.operators} == {"MatMul_0", "Relu_1"}
