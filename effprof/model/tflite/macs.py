"""Multiply-accumulates of a TFLite operator from its shapes; the convention of model/macs.py.

Layouts as the kernels read them (tensorflow/lite/kernels/*.cc): activations NHWC; CONV_2D filters
(M, kh, kw, C / groups), DEPTHWISE_CONV_2D (1, kh, kw, M), TRANSPOSE_CONV (M, kh, kw, C),
CONV_3D (kd, kh, kw, C, M), FULLY_CONNECTED (M, K).
"""

from collections.abc import Callable, Mapping, Sequence
from math import prod

from effprof.model.macs import UnknownShapeError
from effprof.model.tflite.file import Operator, Sizes

Known = Sequence[Sizes | None]  # shapes of the inputs, then of the outputs
Formula = Callable[[Operator, Known, Known, Sequence[bool]], int]

BODIES = {
    "IF": "which branch runs depends on the data",
    "WHILE": "how often its body runs depends on the data",
    "STABLEHLO_WHILE": "how often its body runs depends on the data",
    "CALL": "what its body takes is not counted",
    "STABLEHLO_COMPOSITE": "what its body takes is not counted",
}


def macs(operator: Operator, inputs: Known, outputs: Known, constant: Sequence[bool]) -> int | None:
    """None for a type in no table; UnknownShapeError where a size is missing.

    `constant`: which of the inputs are weights.
    """
    if operator.type in ZERO:
        return 0
    formula = FORMULAS.get(operator.type)
    return formula(operator, inputs, outputs, constant) if formula else None


def _at(shapes: Known, index: int, what: str = "input") -> Sizes:
    shape = shapes[index] if index < len(shapes) else None
    if shape is None:
        raise UnknownShapeError(f"the shape of {what} {index} is not known")
    return shape


def _conv(_one: Operator, inputs: Known, outputs: Known, _constant: Sequence[bool]) -> int:
    return prod(_at(outputs, 0, "output")) * prod(_at(inputs, 1)[1:])


def _depthwise(_one: Operator, inputs: Known, outputs: Known, _constant: Sequence[bool]) -> int:
    return prod(_at(outputs, 0, "output")) * prod(_at(inputs, 1)[:3])


def _conv_3d(_one: Operator, inputs: Known, outputs: Known, _constant: Sequence[bool]) -> int:
    return prod(_at(outputs, 0, "output")) * prod(_at(inputs, 1)[:4])


def _transpose_conv(
    one: Operator, inputs: Known, _outputs: Known, _constant: Sequence[bool]
) -> int:
    """Inputs are (output shape, filter, x): each element of x is spread over M x kernel."""
    weights = _at(inputs, 1)
    channels = weights[-1]
    return prod(_at(inputs, 2)) * (prod(weights) // max(channels, 1))


def _fully_connected(
    _one: Operator, inputs: Known, outputs: Known, _constant: Sequence[bool]
) -> int:
    return prod(_at(outputs, 0, "output")) * _at(inputs, 1)[-1]


def _batch_matmul(one: Operator, inputs: Known, outputs: Known, _constant: Sequence[bool]) -> int:
    left = _at(inputs, 0)
    return prod(_at(outputs, 0, "output")) * left[-2 if one.option("adj_x") else -1]


def _recurrent(_one: Operator, inputs: Known, _outputs: Known, constant: Sequence[bool]) -> int:
    """Every step takes every matrix of weights once: gates, recurrent, projection."""
    matrices = [shape or () for shape, held in zip(inputs, constant, strict=True) if held and shape]
    steps = prod(_at(inputs, 0)[:-1])
    return steps * sum(prod(shape) for shape in matrices if len(shape) == 2)


FORMULAS: Mapping[str, Formula] = {
    "CONV_2D": _conv, "DEPTHWISE_CONV_2D": _depthwise, "CONV_3D": _conv_3d,
    "TRANSPOSE_CONV": _transpose_conv, "FULLY_CONNECTED": _fully_connected,
    "BATCH_MATMUL": _batch_matmul, "SVDF": _recurrent, "RNN": _recurrent, "LSTM": _recurrent,
    "UNIDIRECTIONAL_SEQUENCE_RNN": _recurrent, "UNIDIRECTIONAL_SEQUENCE_LSTM": _recurrent,
    "BIDIRECTIONAL_SEQUENCE_RNN": _recurrent, "BIDIRECTIONAL_SEQUENCE_LSTM": _recurrent,
}  # fmt: skip

# What has none by convention; every other builtin operator is unknown.
ZERO = frozenset({
    # element-wise and activations
    "ABS", "ADD", "ADD_N", "ATAN2", "BITCAST", "BITWISE_XOR", "CAST", "CEIL", "COMPLEX_ABS", "COS",
    "DIV", "ELU", "EQUAL", "EXP", "FLOOR", "FLOOR_DIV", "FLOOR_MOD", "GELU", "GREATER",
    "GREATER_EQUAL", "HARD_SWISH", "IMAG", "LEAKY_RELU", "LESS", "LESS_EQUAL", "LOG", "LOGICAL_AND",
    "LOGICAL_NOT", "LOGICAL_OR", "LOGISTIC", "LOG_SOFTMAX", "MAXIMUM", "MINIMUM", "MUL", "NEG",
    "NOT_EQUAL", "POW", "PRELU", "REAL", "RELU", "RELU6", "RELU_0_TO_1", "RELU_N1_TO_1",
    "RIGHT_SHIFT", "ROUND", "RSQRT", "SELECT", "SELECT_V2", "SIGN", "SIN", "SOFTMAX", "SQRT",
    "SQUARE", "SQUARED_DIFFERENCE", "SUB", "TANH", "WHERE", "ZEROS_LIKE",
    # normalisation, pooling, reduction
    "ARG_MAX", "ARG_MIN", "AVERAGE_POOL_2D", "CUMSUM", "L2_NORMALIZATION", "L2_POOL_2D",
    "LOCAL_RESPONSE_NORMALIZATION", "MAX_POOL_2D", "MEAN", "REDUCE_ALL", "REDUCE_ANY", "REDUCE_MAX",
    "REDUCE_MIN", "REDUCE_PROD", "REDUCE_WINDOW", "SEGMENT_SUM", "SUM", "UNSORTED_SEGMENT_MAX",
    "UNSORTED_SEGMENT_MIN", "UNSORTED_SEGMENT_PROD", "UNSORTED_SEGMENT_SUM",
    # quantisation
    "DENSIFY", "DEQUANTIZE", "FAKE_QUANT", "QUANTIZE",
    # data movement, shapes, selection, resampling, state
    "ASSIGN_VARIABLE", "BATCH_TO_SPACE_ND", "BROADCAST_ARGS", "BROADCAST_TO", "BUCKETIZE",
    "CALL_ONCE", "CONCATENATION", "DEPTH_TO_SPACE", "DILATE", "DYNAMIC_UPDATE_SLICE",
    "EMBEDDING_LOOKUP", "EXPAND_DIMS", "FILL", "GATHER", "GATHER_ND", "HASHTABLE", "HASHTABLE_FIND",
    "HASHTABLE_IMPORT", "HASHTABLE_LOOKUP", "HASHTABLE_SIZE", "MATRIX_DIAG", "MATRIX_SET_DIAG",
    "MIRROR_PAD", "MULTINOMIAL", "NON_MAX_SUPPRESSION_V4", "NON_MAX_SUPPRESSION_V5", "ONE_HOT",
    "PACK", "PAD", "PADV2", "RANDOM_STANDARD_NORMAL", "RANDOM_UNIFORM", "RANGE", "RANK",
    "READ_VARIABLE", "RESHAPE", "RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR", "REVERSE_SEQUENCE",
    "REVERSE_V2", "SCATTER_ND", "SHAPE", "SLICE", "SPACE_TO_BATCH_ND", "SPACE_TO_DEPTH",
    "SPARSE_TO_DENSE", "SPLIT", "SPLIT_V", "SQUEEZE", "STRIDED_SLICE", "TILE", "TOPK_V2",
    "TRANSPOSE", "UNIQUE", "UNPACK", "VAR_HANDLE",
})  # fmt: skip
