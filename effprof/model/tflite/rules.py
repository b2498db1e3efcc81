"""What shape each operator gives for the shapes it gets, as its kernel's Prepare has it."""

from collections.abc import Callable, Mapping, Sequence
from math import prod

from effprof.model.tflite.file import Operator, Sizes, Subgraph, Tensor


class Case:
    """One operator with the shapes it now gets; `was` and `gave` are the file's own."""

    def __init__(self, operator: Operator, graph: Subgraph, taken: Sequence[Sizes | None]) -> None:
        self.operator = operator
        self._tensors = [graph.tensors[place] if place >= 0 else None for place in operator.inputs]
        self._taken = taken
        self.x: Sizes = taken[0] or ()
        self.out: Tensor = graph.tensors[operator.outputs[0]]
        self.option = operator.option

    def shape(self, index: int) -> Sizes:
        shape = self._taken[index]
        if shape is None:
            raise ValueError("not known")
        return shape

    def all(self) -> list[Sizes]:
        return [self.shape(index) for index in range(len(self._taken))]

    def values(self, index: int) -> Sizes:
        """Of a constant input of whole numbers."""
        tensor = self._tensors[index]
        held = tensor.values() if tensor else None
        if held is None:
            raise ValueError("not constant")
        return held

    def was(self, index: int) -> Sizes:
        tensor = self._tensors[index]
        if tensor is None:
            raise ValueError("left out")
        return tensor.shape


def _same(case: Case) -> Sizes:
    return case.x


def _broadcast(case: Case) -> Sizes:
    shapes = case.all()
    rank = max(map(len, shapes))
    padded = [(1,) * (rank - len(shape)) + shape for shape in shapes]
    return tuple(max(axis) if 0 not in axis else 0 for axis in zip(*padded, strict=True))


def _window(case: Case, kernel: Sizes, channels: int) -> Sizes:
    """NHWC; padding 0 is SAME, 1 is VALID."""
    batch, height, width, _ = case.x
    dilated = [
        (size - 1) * case.option(f"dilation_{axis}_factor", 1) + 1
        for size, axis in zip(kernel, "hw", strict=True)
    ]
    strides = [case.option(f"stride_{axis}", 1) for axis in "hw"]
    sizes = [
        -(-(size - (window - 1 if case.option("padding") else 0)) // stride)
        for size, window, stride in zip((height, width), dilated, strides, strict=True)
    ]
    return (batch, *sizes, channels)


def _conv(case: Case) -> Sizes:
    weights = case.shape(1)
    return _window(case, weights[1:3], weights[0])


def _depthwise(case: Case) -> Sizes:
    weights = case.shape(1)
    return _window(case, weights[1:3], weights[3])


def _pool(case: Case) -> Sizes:
    return _window(case, (case.option("filter_height"), case.option("filter_width")), case.x[3])


def _fully_connected(case: Case) -> Sizes:
    units, depth = case.shape(1)
    if case.option("keep_num_dims"):
        return (*case.x[:-1], units)
    return (prod(case.x) // depth, units)


def _reshape(case: Case) -> Sizes:
    wanted = list(_wanted(case))
    if -1 in wanted:
        wanted[wanted.index(-1)] = prod(case.x) // -prod(wanted)
    if prod(wanted) != prod(case.x):
        raise ValueError("does not fit")
    return tuple(wanted)


def _wanted(case: Case) -> Sizes:
    """The constant shape asked for; of a computed one, the signature of what comes out."""
    if len(case.all()) > 1:
        try:
            return case.values(1)
        except ValueError:
            if case.out.signature.count(-1) == 1:
                return case.out.signature
            raise
    return tuple(case.operator.options.get("new_shape", ()))


def _transpose(case: Case) -> Sizes:
    return tuple(case.x[axis] for axis in case.values(1))


def _reduce(case: Case) -> Sizes:
    axes = {axis % len(case.x) for axis in case.values(1)}
    if case.option("keep_dims"):
        return tuple(1 if axis in axes else size for axis, size in enumerate(case.x))
    return tuple(size for axis, size in enumerate(case.x) if axis not in axes)


def _concatenation(case: Case) -> Sizes:
    shapes = case.all()
    axis = case.option("axis") % len(case.x)
    return (*case.x[:axis], sum(one[axis] for one in shapes), *case.x[axis + 1 :])


def _squeeze(case: Case) -> Sizes:
    dims = case.operator.options.get("squeeze_dims", ())
    axes = {axis % len(case.x) for axis in dims}
    axes = axes or {axis for axis, size in enumerate(case.was(0)) if size == 1}
    return tuple(size for axis, size in enumerate(case.x) if axis not in axes)


def _expand_dims(case: Case) -> Sizes:
    axis = case.values(1)[0] % (len(case.x) + 1)
    return (*case.x[:axis], 1, *case.x[axis:])


def _pad(case: Case) -> Sizes:
    around = case.values(1)
    return tuple(
        size + before + after
        for size, before, after in zip(case.x, around[::2], around[1::2], strict=True)
    )


def _batched(case: Case) -> Sizes:
    """Where only the first axis changed: the rest of the output is as the file states."""
    if case.x[1:] != case.was(0)[1:] or case.out.shape[0] != case.was(0)[0]:
        raise ValueError("another axis changed")
    return (case.x[0], *case.out.shape[1:])


def _arg(case: Case) -> Sizes:
    axis = case.values(1)[0] % len(case.x)
    return (*case.x[:axis], *case.x[axis + 1 :])


def _gather(case: Case) -> Sizes:
    axis, batch = case.option("axis") % len(case.x), case.option("batch_dims")
    return (*case.x[:axis], *case.shape(1)[batch:], *case.x[axis + 1 :])


def _embedding(case: Case) -> Sizes:
    return (*case.x, *case.shape(1)[1:])


def _matmul(case: Case) -> Sizes:
    left, right = case.x, case.shape(1)
    rows = left[-1 if case.option("adj_x") else -2]
    columns = right[-2 if case.option("adj_y") else -1]
    rank = max(len(left), len(right)) - 2
    stacks = [(1,) * (rank - len(one) + 2) + one[:-2] for one in (left, right)]
    return (*map(max, *stacks), rows, columns) if rank else (rows, columns)


def _pack(case: Case) -> Sizes:
    axis = case.option("axis") % (len(case.x) + 1)
    return (*case.x[:axis], len(case.all()), *case.x[axis:])


def _slice(case: Case) -> Sizes:
    begins, sizes = case.values(1), case.values(2)
    return tuple(
        held - begin if size == -1 else size
        for held, begin, size in zip(case.x, begins, sizes, strict=True)
    )


def _strided_slice(case: Case) -> Sizes:
    """As Python slices, axis by axis; a bit of a mask leaves an end open or drops the axis."""
    if any(case.option(name) for name in ("ellipsis_mask", "new_axis_mask", "offset")):
        raise ValueError("not followed")
    masks = [case.option(name) for name in ("begin_mask", "end_mask", "shrink_axis_mask")]
    kept = list[int]()
    for axis, triple in enumerate(zip(*(case.values(index) for index in (1, 2, 3)), strict=True)):
        no_begin, no_end, dropped = (mask >> axis & 1 for mask in masks)
        begin, end, step = triple
        span = slice(None if no_begin else begin, None if no_end else end, step)
        if not dropped:
            kept.append(len(range(*span.indices(case.x[axis]))))
    return (*kept, *case.x[len(case.values(1)) :])


def _split(case: Case) -> Sizes:
    held, axis = case.shape(1), case.values(0)[0]
    axis %= len(held)
    return (*held[:axis], held[axis] // len(case.operator.outputs), *held[axis + 1 :])


def _unpack(case: Case) -> Sizes:
    axis = case.option("axis") % len(case.x)
    return (*case.x[:axis], *case.x[axis + 1 :])


def _tile(case: Case) -> Sizes:
    return tuple(size * times for size, times in zip(case.x, case.values(1), strict=True))


def _sequence(case: Case) -> Sizes:
    return (*case.x[:-1], case.out.shape[-1])


def _shape(case: Case) -> Sizes:
    return (len(case.x),)


_UNARY = (
    *("ABS", "CAST", "CEIL", "COS", "CUMSUM", "DEQUANTIZE", "ELU", "EXP", "FLOOR", "GELU"),
    *("HARD_SWISH", "L2_NORMALIZATION", "LEAKY_RELU", "LOCAL_RESPONSE_NORMALIZATION", "LOG"),
    *("LOGICAL_NOT", "LOGISTIC", "LOG_SOFTMAX", "NEG", "PRELU", "QUANTIZE", "RELU", "RELU6"),
    *("RELU_0_TO_1", "RELU_N1_TO_1", "ROUND", "RSQRT", "SIGN", "SIN", "SOFTMAX", "SQRT", "SQUARE"),
    *("TANH", "ZEROS_LIKE", "FAKE_QUANT", "REVERSE_V2"),
)
_BINARY = (
    *("ADD", "ADD_N", "DIV", "EQUAL", "FLOOR_DIV", "FLOOR_MOD", "GREATER", "GREATER_EQUAL"),
    *("LESS", "LESS_EQUAL", "LOGICAL_AND", "LOGICAL_OR", "MAXIMUM", "MINIMUM", "MUL"),
    *("NOT_EQUAL", "POW", "SELECT_V2", "SQUARED_DIFFERENCE", "SUB"),
)
RULES: Mapping[str, Callable[[Case], Sizes]] = {
    **dict.fromkeys(_UNARY, _same),
    **dict.fromkeys(_BINARY, _broadcast),
    **dict.fromkeys(("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN", "REDUCE_PROD"), _reduce),
    **dict.fromkeys(("AVERAGE_POOL_2D", "MAX_POOL_2D", "L2_POOL_2D"), _pool),
    **dict.fromkeys(("PAD", "PADV2", "MIRROR_PAD"), _pad),
    **dict.fromkeys(("ARG_MAX", "ARG_MIN"), _arg),
    **dict.fromkeys(
        ("RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR", "DEPTH_TO_SPACE", "SPACE_TO_DEPTH", "SVDF"),
        _batched,
    ),
    "CONV_2D": _conv,
    "DEPTHWISE_CONV_2D": _depthwise,
    "FULLY_CONNECTED": _fully_connected,
    "RESHAPE": _reshape,
    "TRANSPOSE": _transpose,
    "CONCATENATION": _concatenation,
    "SQUEEZE": _squeeze,
    "EXPAND_DIMS": _expand_dims,
    "GATHER": _gather,
    "EMBEDDING_LOOKUP": _embedding,
    "BATCH_MATMUL": _matmul,
    "PACK": _pack,
    "SHAPE": _shape,
    "SLICE": _slice,
    "STRIDED_SLICE": _strided_slice,
    "SPLIT": _split,
    "UNPACK": _unpack,
    "TILE": _tile,
    "UNIDIRECTIONAL_SEQUENCE_LSTM": _sequence,
    "UNIDIRECTIONAL_SEQUENCE_RNN": _sequence,
    "TRANSPOSE_CONV": lambda case: case.values(0),
}
