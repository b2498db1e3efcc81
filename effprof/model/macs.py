"""Multiply-accumulates of one operator from its shapes: pure arithmetic, no onnx.

Convention, as fvcore, ptflops and torchvision count: only contractions (convolutions, matrix
products, recurrences, attention) have multiply-accumulates. Element-wise arithmetic, activations,
normalisation (also where it is not folded), pooling, resizing and data movement have none. A type
in neither table is unknown, and its count is None, never 0. Padding is counted as if it were data.
Shapes follow onnx/docs/Operators.md (opset 25) and onnxruntime/docs/ContribOperators.md.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

from effprof.model.model import Shape

Sizes = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """One operator with what is known of its shapes; "" inputs and unknown ranks are None."""

    type: str
    inputs: Sequence[Shape | None]
    outputs: Sequence[Shape | None]
    attributes: Mapping[str, Any] = field(default_factory=dict)


class UnknownShapeError(Exception):
    """A formula needs a size nobody knows."""


def macs(call: Call) -> int | None:
    """None for a type in no table; UnknownShapeError where a size is missing."""
    if call.type in ZERO:
        return 0
    formula = FORMULAS.get(call.type)
    return formula(call) if formula else None


def _input(call: Call, index: int) -> Sizes:
    shape = call.inputs[index] if index < len(call.inputs) else None
    return _known(shape, f"input {index}")


def _output(call: Call, index: int = 0) -> Sizes:
    shape = call.outputs[index] if index < len(call.outputs) else None
    return _known(shape, f"output {index}")


def _known(shape: Shape | None, where: str) -> Sizes:
    if shape is None or not all(isinstance(dim, int) for dim in shape):
        raise UnknownShapeError(f"the shape of {where} is not known")
    return tuple(int(dim) for dim in shape)


def _conv(weights: int) -> Callable[[Call], int]:
    """W is (M, C/group, kernel...): each output element takes C/group x kernel products."""
    return lambda call: prod(_output(call)) * prod(_input(call, weights)[1:])


def _conv_transpose(call: Call) -> int:
    """W is (C, M/group, kernel...): each input element is spread over M/group x kernel.

    What `pads` crops away is counted: it is computed in most kernels.
    """
    return prod(_input(call, 0)) * prod(_input(call, 1)[1:])


def _matmul(left: int = 0, transposed: str = "") -> Callable[[Call], int]:
    """(..., M, K) x (..., K, N): each output element takes K products."""

    def formula(call: Call) -> int:
        shape = _input(call, left)
        axis = -2 if transposed and call.attributes.get(transposed) and len(shape) > 1 else -1
        return prod(_output(call)) * (shape[axis] if shape else 1)

    return formula


def _matmul_nbits(call: Call) -> int:
    """B is packed; its columns are stated by the attribute K."""
    return prod(_output(call)) * int(call.attributes["K"])


def _recurrent(call: Call) -> int:
    """X is (steps, batch, input) or with layout=1 (batch, steps, input); W is (directions,
    gates x hidden, input), R (directions, gates x hidden, hidden): each step takes both products.

    Peepholes and biases are element-wise.
    """
    steps_x_batch = prod(_input(call, 0)[:2])
    return steps_x_batch * (prod(_input(call, 1)) + prod(_input(call, 2)))


def _attention(call: Call) -> int:
    """Q K^T and then A V; all of the square, also where a causal mask hides half of it.

    Q (batch, heads, steps, size) or (batch, steps, heads x size), Y alike: with L keys, each
    element of Q takes part in L products, and each of Y is made of L.
    """
    keys = _input(call, 1)
    length = keys[2] if len(keys) == 4 else keys[1]
    if len(call.inputs) > 4 and call.inputs[4] is not None:  # past keys
        length += _input(call, 4)[2]
    return length * (prod(_input(call, 0)) + prod(_output(call)))


def _multi_head_attention(call: Call) -> int:
    """com.microsoft: query, key, value of rank 3, projected before; packed forms are unknown."""
    query, key = _input(call, 0), _input(call, 1)
    if len(query) != 3 or len(key) != 3 or any(shape is not None for shape in call.inputs[6:8]):
        raise UnknownShapeError("packed or cached attention is not counted")
    return key[1] * (prod(query) + prod(_output(call)))


def _fused_attention(call: Call) -> int:
    """com.microsoft: (batch, steps, hidden) x weights (hidden, 3 x hidden), then attention."""
    batch, steps, hidden = _input(call, 0)
    columns = _input(call, 1)[1]
    if len(call.inputs) > 4 and call.inputs[4] is not None:
        raise UnknownShapeError("cached attention is not counted")
    values = _output(call)[2]
    queries = (columns - values) // 2
    return batch * steps * (hidden * columns + steps * (queries + values))


def _einsum(call: Call) -> int:
    """Two operands, plain letters: the product of all sizes that appear."""
    equation = str(call.attributes.get("equation", "")).replace(" ", "")
    terms = equation.split("->")[0].split(",")
    if len(terms) != 2 or "." in equation:
        raise UnknownShapeError(f"the equation {equation} is not counted")
    sizes: dict[str, int] = {}
    for index, term in enumerate(terms):
        sizes.update(zip(term, _input(call, index), strict=True))
    return prod(sizes.values())


FORMULAS: Mapping[str, Callable[[Call], int]] = {
    "Conv": _conv(1), "FusedConv": _conv(1), "ConvInteger": _conv(1), "QLinearConv": _conv(3),
    "DeformConv": _conv(1), "ConvTranspose": _conv_transpose,
    "MatMul": _matmul(), "MatMulInteger": _matmul(), "QLinearMatMul": _matmul(),
    "Gemm": _matmul(transposed="transA"), "FusedMatMul": _matmul(transposed="transA"),
    "FusedGemm": _matmul(transposed="transA"), "QGemm": _matmul(transposed="transA"),
    "MatMulIntegerToFloat": _matmul(), "DynamicQuantizeMatMul": _matmul(),
    "MatMulNBits": _matmul_nbits, "Einsum": _einsum,
    "LSTM": _recurrent, "GRU": _recurrent, "RNN": _recurrent,
    "Attention": _attention, "com.microsoft.Attention": _fused_attention,
    "MultiHeadAttention": _multi_head_attention,
}  # fmt: skip

# What has none by convention. Types of com.microsoft and ai.onnx.ml stand beside the standard ones.
ZERO = frozenset({
    # element-wise
    "Abs", "Acos", "Acosh", "Add", "And", "Asin", "Asinh", "Atan", "Atanh", "BitShift",
    "BitwiseAnd", "BitwiseNot", "BitwiseOr", "BitwiseXor", "Cast", "CastLike", "BitCast",
    "Ceil", "Clip", "Cos", "Cosh", "Div", "Equal", "Erf", "Exp", "Floor", "Greater",
    "GreaterOrEqual", "IsInf", "IsNaN", "Less", "LessOrEqual", "Log", "Max", "Mean", "Min",
    "Mod", "Mul", "Neg", "Not", "Or", "Pow", "Reciprocal", "Round", "Sign", "Sin", "Sinh",
    "Sqrt", "Sub", "Sum", "Tan", "Where", "Xor", "Binarizer", "Scaler",
    # activations
    "Celu", "Elu", "Gelu", "HardSigmoid", "HardSwish", "Hardmax", "LeakyRelu", "LogSoftmax",
    "Mish", "PRelu", "Relu", "Selu", "Shrink", "Sigmoid", "Softmax", "Softplus", "Softsign",
    "Swish", "Tanh", "ThresholdedRelu", "BiasGelu", "FastGelu", "QuickGelu", "QLinearSigmoid",
    "QLinearLeakyRelu", "QLinearSoftmax", "BiasSoftmax",
    # normalisation
    "BatchNormalization", "GroupNormalization", "InstanceNormalization", "LRN",
    "LayerNormalization", "LpNormalization", "MeanVarianceNormalization", "RMSNormalization",
    "SimplifiedLayerNormalization", "SkipLayerNormalization",
    "SkipSimplifiedLayerNormalization", "EmbedLayerNormalization", "Dropout",
    # pooling and reduction
    "AveragePool", "GlobalAveragePool", "GlobalLpPool", "GlobalMaxPool", "LpPool", "MaxPool",
    "MaxRoiPool", "MaxUnpool", "RoiAlign", "QLinearAveragePool", "QLinearGlobalAveragePool",
    "ArgMax", "ArgMin", "CumSum", "CumProd", "ReduceL1", "ReduceL2", "ReduceLogSum",
    "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum",
    "ReduceSumSquare",
    # quantisation
    "DequantizeLinear", "DynamicQuantizeLinear", "QuantizeLinear", "QLinearAdd", "QLinearMul",
    "QLinearConcat",
    # data movement, shapes, selection, resampling
    "AffineGrid", "ArrayFeatureExtractor", "CenterCropPad", "Col2Im", "Compress", "Concat",
    "ConcatFromSequence", "Constant", "ConstantOfShape", "DepthToSpace", "Expand", "EyeLike",
    "Flatten", "Gather", "GatherElements", "GatherND", "GatherBlockQuantized", "GridSample",
    "Identity", "NonMaxSuppression", "NonZero", "OneHot", "Pad", "Range", "Reshape", "Resize",
    "ReverseSequence", "RotaryEmbedding", "ScatterElements", "ScatterND", "Scatter",
    "SequenceAt", "SequenceConstruct", "SequenceEmpty", "SequenceErase", "SequenceInsert",
    "SequenceLength", "Shape", "Size", "Slice", "SpaceToDepth", "Split", "SplitToSequence",
    "Squeeze", "TensorScatter", "Tile", "TopK", "Transpose", "Trilu", "Unique", "Unsqueeze",
    "Upsample", "ZipMap", "BlackmanWindow", "HammingWindow", "HannWindow", "MelWeightMatrix",
    "Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform",
    "RandomUniformLike", "Optional", "OptionalGetElement", "OptionalHasElement",
})  # fmt: skip
