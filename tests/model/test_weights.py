import numpy as np
import pytest
from onnx import NodeProto, TensorProto
from onnx.helper import make_node

from effprof.model.weights import Weights, weigh
from tests.model import build

X = [build.tensor("x", [1, 4])]
Y = [build.tensor("y", None)]


def _weigh(nodes: list[NodeProto], *weights: TensorProto) -> Weights:
    return weigh(build.model(nodes, X, Y, weights).graph)


def _w(name: str, *shape: int, kind: type = np.float32) -> TensorProto:
    return build.weight(name, np.ones(shape, np.dtype(kind)))


@pytest.mark.parametrize(
    ("kind", "precision"), [(np.float32, "fp32"), (np.float16, "fp16"), (np.float64, "fp64")]
)
def test_precision_is_that_of_the_weights(kind: type, precision: str) -> None:
    found = _weigh([make_node("MatMul", ["x", "W"], ["y"])], _w("W", 4, 4, kind=kind))
    assert (found.parameters, found.precision) == (16, precision)


def test_shapes_axes_and_scalars_are_no_parameters() -> None:
    nodes = [
        make_node("Reshape", ["x", "shape"], ["a"]),
        make_node("Mul", ["a", "half"], ["b"]),
        make_node("Clip", ["b", "low", "high"], ["y"]),
    ]
    weights = [build.weight("shape", [4, 1]), build.weight("half", np.float32(0.5))]
    found = _weigh(nodes, *weights, _w("low", 1), _w("high", 1))
    assert found.parameters == 0
    assert found.stored_bytes == 16 + 4 + 4 + 4


def test_running_statistics_are_no_parameters() -> None:
    node = make_node("BatchNormalization", ["x", "a", "b", "mean", "var"], ["y"])
    assert _weigh([node], *(_w(name, 4) for name in ("a", "b", "mean", "var"))).parameters == 8


def test_a_quantised_model_is_int8() -> None:
    nodes = [
        make_node("DequantizeLinear", ["q", "s", "z"], ["W"]),
        make_node("DequantizeLinear", ["bq", "s"], ["b"]),
        make_node("Gemm", ["x", "W", "b"], ["y"]),
    ]
    weights = [_w("q", 4, 4, kind=np.int8), _w("s", 4), _w("z", 4, kind=np.int8)]
    found = _weigh(nodes, *weights, _w("bq", 4, kind=np.int32))
    assert (found.parameters, found.precision) == (20, "int8")


def test_weights_quantised_on_loading_are_int8() -> None:
    nodes = [
        make_node("QuantizeLinear", ["W", "s"], ["q"]),
        make_node("DequantizeLinear", ["q", "s"], ["d"]),
        make_node("MatMul", ["x", "d"], ["y"]),
    ]
    found = _weigh(nodes, _w("W", 4, 4), build.weight("s", np.float32(1)))
    assert (found.parameters, found.precision) == (16, "int8")


def test_four_bit_weights_are_unpacked() -> None:
    node = make_node(
        "MatMulNBits", ["x", "B", "s"], ["y"], domain="com.microsoft", K=64, N=8, bits=4
    )
    found = _weigh([node], _w("B", 8, 2, 16, kind=np.uint8), _w("s", 16))
    assert (found.parameters, found.precision) == (8 * 64, "int4")


def test_two_types_make_a_mixed_model() -> None:
    nodes = [make_node("MatMul", ["x", "W"], ["a"]), make_node("MatMul", ["h", "V"], ["y"])]
    found = _weigh(nodes, _w("W", 4, 4), _w("V", 4, 4, kind=np.float16))
    assert found.precision == "mixed"


def test_without_weights_the_inputs_say_it() -> None:
    found = _weigh([make_node("Relu", ["x"], ["y"])])
    assert (found.parameters, found.precision) == (0, "fp32")


def test_a_transposed_weight_and_a_constant_node_count_once() -> None:
    nodes = [
        make_node("Constant", [], ["W"], value=_w("W", 4, 3)),
        make_node("Transpose", ["W"], ["T"]),
        make_node("MatMul", ["x", "T"], ["y"]),
        make_node("MatMul", ["x", "W"], ["z"]),
    ]
    assert _weigh(nodes).parameters == 12
