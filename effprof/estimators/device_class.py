"""Classes of devices: what of peak and bandwidth their runtimes reach, and one operator's roofline.

An operator that has MACs takes 2 x MACs / (a x peak) or bytes / (b x bandwidth), whichever is
longer, and a fixed time c for its launch. Others take bytes / (b x bandwidth), but for those that a
runtime takes into the operator before them. a, b and c are constants of the class, fitted to
published results: what TensorRT, TensorFlow Lite, Arm NN and ONNX Runtime reached there.
`benchmarks/roofline.py` fits them again and foretells each device from the others; the bands below
are what it finds.
"""

from dataclasses import dataclass

from effprof.base.vocabulary import Bound
from effprof.base.work import OperatorBound, OperatorWork


@dataclass(frozen=True, slots=True)
class Constants:
    """Of a class of device: shares of peak and bandwidth, seconds a launch, and the band's factor.

    `by`: whose published results they are fitted to.
    """

    compute_share: float
    memory_share: float
    launch_s: float
    band: float
    by: str


CLASSES = {
    "gpu": Constants(0.34, 1.0, 3e-6, 1.8, "TensorRT on data-centre GPUs, int8"),
    "jetson": Constants(0.28, 0.93, 15e-6, 2.0, "TensorRT on Jetson modules, int8"),
    "cpu": Constants(0.47, 0.60, 10e-6, 1.8, "TensorFlow Lite, Arm NN and ONNX Runtime on CPUs"),
}
"""By the target's fact `device_class`. Each band holds all devices foretold from the others.

A GPU's share of its bandwidth is 1: what runtimes fuse and caches keep makes up for what is lost.
"""

UNSEEN_BAND = 3.0
"""An assumption, for graphs unlike the published ones: in operators, or in size."""
_CONVOLUTIONAL = frozenset({"Conv", "Gemm", "CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"})
SEEN = {"gpu": _CONVOLUTIONAL, "jetson": _CONVOLUTIONAL, "cpu": _CONVOLUTIONAL | {"MatMul"}}
"""Where the MACs of the published networks are: BERT was published on a CPU as it is."""
PUBLISHED_MACS = {"gpu": (4.0e9, 202e9), "jetson": (4.0e9, 202e9), "cpu": (0.38e9, 202e9)}
"""Of one item: ResNet-50's 4.09e9 and EfficientNet's 0.385e9 to RetinaNet's 201.9e9, rounded
outwards, so that each of them is inside.
"""
CALM = 0.95
"""Share of the MACs that must be in those operators."""

TAKEN_IN = frozenset(
    {
        *("Relu", "Clip", "LeakyRelu", "PRelu", "Sigmoid", "Tanh", "HardSwish", "HardSigmoid"),
        *("BatchNormalization", "Add", "Mul", "Sub", "Div", "Identity", "Reshape", "Flatten"),
        *("Squeeze", "Unsqueeze", "Constant", "Shape", "Cast", "Dropout", "Pad", "Erf", "Pow"),
        *("Sqrt", "QuantizeLinear", "DequantizeLinear", "RELU", "RELU6", "ADD", "MUL", "RESHAPE"),
    }
)
"""Operators that add no traffic of their own once a runtime has fused the graph."""


def operator(
    one: OperatorWork, of_class: Constants, peak: float, bytes_per_s: float
) -> OperatorBound:
    """The roofline of one operator: the longer of its two times, and its launch."""
    moved = one.weight_bytes + (one.activation_bytes or 0)
    memory_s = moved / (of_class.memory_share * bytes_per_s)
    if not one.macs:
        taken_in = one.type in TAKEN_IN
        return OperatorBound(one.name, one.type, 0.0 if taken_in else memory_s, "memory")
    compute_s = 2 * one.macs / (of_class.compute_share * peak)
    longer_s = max(compute_s, memory_s)
    nearer: Bound = "compute" if compute_s >= memory_s else "memory"
    bound: Bound = "overhead" if of_class.launch_s > longer_s else nearer
    return OperatorBound(one.name, one.type, longer_s + of_class.launch_s, bound)
