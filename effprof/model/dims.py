"""Settles every input dimension: from --dim, --shape, the arrays given, and a batch of 1."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from effprof.base.errors import InputError, nearest_name
from effprof.base.records import TensorSpec
from effprof.model.model import NO_RANK, Model, Shape
from effprof.model.symbols import evaluate, parts

Sizes = Mapping[str, tuple[int, ...]]  # input name -> shape

_BATCH = re.compile(r"batch|^(n|b|bs|nb)$", re.IGNORECASE)
_NOT_BATCH = re.compile(
    r"seq|len|time|frame|step|token|word|char|sample|height|width|depth|channel|feature|hidden"
    r"|box|anchor|class|point|node|edge|vocab|^(t|s|l|h|w|c|d|k|m)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Settled:
    """Shapes of one run, in numbers. `batch` items pass in a run.

    `batch_axes` has the inputs that carry the batch, and where.
    """

    shapes: Sizes
    batch: int
    batch_axes: Mapping[str, int]
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Resolved:
    """As far as it goes: `shapes` keep the names nobody gave a size, `flags` would give them."""

    shapes: Mapping[str, Shape]
    batch: int
    batch_axes: Mapping[str, int]
    flags: tuple[str, ...]
    notices: tuple[str, ...]


def settle(
    model: Model,
    dims: Mapping[str, int],
    shapes: Sizes,
    batch: int | None = None,
    arrays: Sizes | None = None,
) -> Settled:
    """Every input's shape in numbers; InputError prints the flag for each size nobody gave.

    `arrays` has the shapes of arrays given for inputs: they settle what the flags leave open.
    """
    found = resolve(model, dims, shapes, batch, arrays)
    if found.flags:
        unknown = [f"{name} {shape_text(s)}" for name, s in found.shapes.items() if not _closed(s)]
        raise InputError(
            f"{model.name}: sizes are not known: {', '.join(unknown)}",
            hint=f"add {' '.join(found.flags)} (16 and N stand for sizes you choose)",
        )
    if found.batch < 1:
        raise InputError("a batch of 0", hint="a batch has one item at least")
    closed = {name: tuple(int(dim) for dim in shape) for name, shape in found.shapes.items()}
    return Settled(closed, found.batch, found.batch_axes, found.notices)


def resolve(
    model: Model,
    dims: Mapping[str, int],
    shapes: Sizes,
    batch: int | None = None,
    arrays: Sizes | None = None,
) -> Resolved:
    """As `settle`, but what stays open is said in `flags`, not raised."""
    table = _Table(model.inputs)
    for name, size in dims.items():
        table.set_symbol(name, size)
    for name, shape in shapes.items():
        table.set_shape(f"--shape {name}={shape_text(shape)}", name, shape)
    axes = batch_axes(model.inputs)
    if batch is not None:
        axes = axes or _resizable(model, table, batch)
        _set_batch(model, table, axes, batch)
    for name, shape in (arrays or {}).items():
        table.set_shape(f"the array for {name}", name, shape, _items_axis(table, axes, name))
    notices = _assume_batch(table, axes)
    table.work_out()
    final = {name: tuple(shape) for name, shape in table.shapes.items()}
    items = _batch_of(model, final, axes)
    if items > 1 and not axes:
        notices += (f"the fixed first axis of {items} taken as {items} items a run",)
    return Resolved(final, items, axes, _flags(final, table.sizes), notices)


def batch_axes(inputs: Sequence[TensorSpec]) -> dict[str, int]:
    """Input -> its batch axis: a symbol called batch wherever it stands, else an open first axis.

    An open first axis counts where the input has two axes or more, and its name does not say that
    it is something else. A first axis of fixed size is no batch axis: nobody can change it.
    """
    named = {
        spec.name: axis
        for spec in inputs
        for axis, dim in reversed(list(enumerate(spec.shape)))
        if isinstance(dim, str) and _BATCH.search(dim) and parts(dim) == (dim,)
    }
    if named:
        return named
    return {
        spec.name: 0
        for spec in inputs
        if len(spec.shape) >= 2
        and isinstance(spec.shape[0], str)
        and not _NOT_BATCH.search(spec.shape[0])
    }


class _Table:
    """The shapes as far as they are known; a symbol that gets a size gets it everywhere."""

    def __init__(self, inputs: Sequence[TensorSpec]) -> None:
        self.declared = {spec.name: spec.shape for spec in inputs}
        self.shapes = {spec.name: list(spec.shape) for spec in inputs}
        self.sizes: dict[str, int] = {}

    def set_symbol(self, symbol: str, size: int) -> None:
        known = _symbols(self.declared.values())
        if symbol not in known:
            raise InputError(
                f"--dim {symbol}={size}: no input has a dimension of that name",
                hint=nearest_name(symbol, known),
            )
        self._give(symbol, size)

    def set_shape(
        self, where: str, name: str, shape: tuple[int, ...], but_axis: int | None = None
    ) -> None:
        """`but_axis`: the axis of an array that may count its items: it settles no fixed size."""
        if name not in self.shapes:
            hint = nearest_name(name, self.shapes)
            raise InputError(f"{where}: the model has no input {name}", hint=hint)
        if self.declared[name] == (NO_RANK,):
            self.shapes[name] = list(shape)
            return
        if len(shape) != len(self.shapes[name]):
            raise InputError(
                f"{where}: {len(shape)} dimensions, {name} has {len(self.shapes[name])}",
                hint=f"the model declares {name} as {shape_text(self.declared[name])}",
            )
        for axis, size in enumerate(shape):
            if axis != but_axis:
                self.set_axis(where, name, axis, size)

    def set_axis(self, where: str, name: str, axis: int, size: int) -> None:
        dim = self.shapes[name][axis]
        if dim == "?":
            self.shapes[name][axis] = size
        elif isinstance(dim, str):
            self._give(dim, size)
        elif dim != size:
            declared = self.declared[name][axis]
            why = "in the model" if declared == dim else f"{declared} is {dim} already"
            raise InputError(
                f"{where}: {size} where {name} has {dim} ({why})",
                hint=f"the model declares {name} as {shape_text(self.declared[name])}",
            )

    def work_out(self) -> None:
        """Sizes of dimensions written as a sum or product of others: `past + sequence`."""
        for name, shape in self.shapes.items():
            self.shapes[name] = [
                dim if isinstance(dim, int) else _else(evaluate(dim, self.sizes), dim)
                for dim in shape
            ]

    def _give(self, symbol: str, size: int) -> None:
        self.sizes[symbol] = size
        for shape in self.shapes.values():
            shape[:] = [size if dim == symbol else dim for dim in shape]


def _items_axis(table: _Table, axes: Mapping[str, int], name: str) -> int | None:
    """The axis of an array for this input that may count items: its batch, or a fixed first."""
    shape = table.shapes.get(name) or ["?"]
    return axes.get(name, 0 if isinstance(shape[0], int) else None)


def _else(size: int | None, dim: str) -> int | str:
    return dim if size is None else size


def _resizable(model: Model, table: _Table, batch: int) -> dict[str, int]:
    """A first axis of 1 that a .tflite file fixes: LiteRT resizes it, unless the graph forbids."""
    firsts = {spec.name for spec in model.inputs if len(spec.shape) >= 2 and spec.shape[0] == 1}
    if model.format != "tflite" or batch < 2 or len(firsts) != len(model.inputs):
        return {}
    for name in firsts:
        table.shapes[name][0] = batch
    return dict.fromkeys(firsts, 0)


def _set_batch(model: Model, table: _Table, axes: Mapping[str, int], batch: int) -> None:
    if batch < 1:
        raise InputError(f"a batch of {batch}", hint="a batch has one item at least")
    for name, axis in axes.items():
        table.set_axis(f"a batch of {batch}", name, axis, batch)
    fixed = _batch_of(model, {name: tuple(shape) for name, shape in table.shapes.items()}, axes)
    if fixed != batch:
        raise InputError(
            f"{model.name}: a batch of {batch}, but the model has a fixed batch of {fixed}",
            hint="export it with a symbolic batch dimension",
        )


def _assume_batch(table: _Table, axes: Mapping[str, int]) -> tuple[str, ...]:
    """A batch left symbolic becomes 1, and says so."""
    opened = [
        (name, axis) for name, axis in axes.items() if isinstance(table.shapes[name][axis], str)
    ]
    names = {str(table.shapes[name][axis]) for name, axis in opened}
    for name, axis in opened:
        if isinstance(table.shapes[name][axis], str):
            table.set_axis("a batch of 1", name, axis, 1)
    if not opened:
        return ()
    what = ", ".join(sorted(names - {"?"})) or f"the first dimension of {opened[0][0]}"
    return (f"{what} left open: a batch of 1",)


def _batch_of(model: Model, shapes: Mapping[str, Shape], axes: Mapping[str, int]) -> int:
    """Items in a run: the batch axis, or a fixed first axis that inputs and outputs share."""
    for name, axis in axes.items():
        dim = shapes[name][axis]
        return dim if isinstance(dim, int) else 1
    first = next((shape[0] for shape in shapes.values() if len(shape) >= 2), None)
    answers = next((spec.shape[0] for spec in model.outputs if spec.shape), None)
    return first if isinstance(first, int) and answers in (first, "?") else 1


def _flags(shapes: Mapping[str, Shape], known: Mapping[str, int]) -> tuple[str, ...]:
    """What to type for every size that is still open, each once."""
    flags: dict[str, None] = {}
    for name, shape in shapes.items():
        if shape == (NO_RANK,):
            flags[f"--shape {name}=1xN"] = None
        elif "?" in shape:
            sizes = ["N" if dim == "?" else "16" if isinstance(dim, str) else dim for dim in shape]
            flags[f"--shape {name}={'x'.join(map(str, sizes))}"] = None
        else:
            for dim in shape:
                symbols = parts(dim) if isinstance(dim, str) else ()
                flags.update(
                    {f"--dim {symbol}=16": None for symbol in symbols if symbol not in known}
                )
    return tuple(flags)


def _symbols(shapes: Iterable[Shape]) -> set[str]:
    dims = {dim for shape in shapes for dim in shape if isinstance(dim, str)}
    return {symbol for dim in dims for symbol in parts(dim)} - {"?", NO_RANK}


def _closed(shape: Shape) -> bool:
    return all(isinstance(dim, int) for dim in shape)


def shape_text(shape: Sequence[int | str]) -> str:
    """As a flag takes it and a message shows it: 1x3x224x224."""
    return "x".join(map(str, shape)) if shape else "a single number"
