"""Which function makes C of which operator; an operator that has none is refused by name."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from effprof.backends.mcu import activation, layout, limits, pointwise, window
from effprof.backends.mcu.core import Core
from effprof.backends.mcu.graph import Graph, Node
from effprof.backends.mcu.step import Lowering, Step
from effprof.ports import Refusal

OPERATORS: Mapping[str, Callable[[Lowering], Step]] = MappingProxyType(
    {
        "ADD": pointwise.pairwise,
        "AVERAGE_POOL_2D": window.pool_2d,
        "CONCATENATION": layout.concatenation,
        "CONV_2D": window.conv_2d,
        "DEPTHWISE_CONV_2D": window.depthwise_conv_2d,
        "DEQUANTIZE": pointwise.dequantize,
        "EXPAND_DIMS": layout.reshape,
        "FULLY_CONNECTED": window.fully_connected,
        "HARD_SWISH": activation.lookup,
        "LOGISTIC": activation.lookup,
        "MAX_POOL_2D": window.pool_2d,
        "MEAN": pointwise.mean,
        "MUL": pointwise.pairwise,
        "PAD": layout.pad,
        "PADV2": layout.pad,
        "QUANTIZE": pointwise.quantize,
        "RELU": activation.lookup,
        "RELU6": activation.lookup,
        "RESHAPE": layout.reshape,
        "RESIZE_NEAREST_NEIGHBOR": layout.resize_nearest,
        "SOFTMAX": pointwise.softmax,
        "SQUEEZE": layout.reshape,
        "STRIDED_SLICE": layout.strided_slice,
        "SUB": pointwise.pairwise,
        "TANH": activation.lookup,
        "TRANSPOSE": layout.transpose,
    }
)


def lower(graph: Graph, core: Core) -> tuple[Step, ...]:
    """Every operator as a step. Refusals are said here, before anything is written or compiled."""
    for node in graph.nodes:
        if node.type not in OPERATORS:
            raise _unknown(graph, node)
    steps: list[Step] = []
    held_bytes = 0
    for node in graph.nodes:
        step = OPERATORS[node.type](Lowering(graph, node, core))
        held_bytes += sum(one.size_bytes for one in step.constants)
        if held_bytes > limits.CONSTANT_BYTES:
            raise _too_much(graph, node)
        steps.append(step)
    return tuple(steps)


def _too_much(graph: Graph, node: Node) -> Refusal:
    return Refusal(
        "request",
        f"{graph.title(node)}: with it the constants take over {limits.CONSTANT_BYTES >> 20} MiB",
        "no microcontroller has flash for it: give it a smaller model",
    )


def _unknown(graph: Graph, node: Node) -> Refusal:
    return Refusal(
        "request",
        f"{graph.title(node)}: firmware has no kernel for this operator",
        "replace it in the model by operators that firmware has: " + ", ".join(sorted(OPERATORS)),
    )
