"""What conversion always makes of an ONNX operator on data, where a target may have no kernel for
it: seen with onnx2tf and the quantisation to int8, one model an operator.
"""

from collections.abc import Mapping
from types import MappingProxyType

ALWAYS: Mapping[str, str] = MappingProxyType(
    {
        "Abs": "ABS",
        "ArgMax": "ARG_MAX",
        "ArgMin": "ARG_MIN",
        "Ceil": "CEIL",
        "ConvTranspose": "TRANSPOSE_CONV",
        "Cos": "COS",
        "DepthToSpace": "DEPTH_TO_SPACE",
        "Elu": "ELU",
        "Exp": "EXP",
        "Floor": "FLOOR",
        "GlobalMaxPool": "REDUCE_MAX",
        "LSTM": "UNIDIRECTIONAL_SEQUENCE_LSTM",
        "LeakyRelu": "LEAKY_RELU",
        "Log": "LOG",
        "PRelu": "PRELU",
        "RNN": "UNIDIRECTIONAL_SEQUENCE_RNN",
        "ReduceMax": "REDUCE_MAX",
        "ReduceMin": "REDUCE_MIN",
        "ReduceSum": "SUM",
        "Round": "ROUND",
        "Sign": "SIGN",
        "Sin": "SIN",
        "SpaceToDepth": "SPACE_TO_DEPTH",
        "Sqrt": "SQRT",
        "TopK": "TOPK_V2",
    }
)
