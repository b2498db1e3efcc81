"""From --input and --inputs to one `Feed` for each input of the model."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from effprof.base.errors import InputError, nearest_name
from effprof.base.records import Feed, Recast, TensorSpec, Values
from effprof.model import arrays
from effprof.model.child import address_limit_bytes, ask
from effprof.model.dims import Settled, shape_text
from effprof.model.flags import parse_inputs
from effprof.model.model import Model
from effprof.model.values import check_feedable, default_values, doubts
from effprof.model.wire import Request


@dataclass(frozen=True, slots=True)
class Given:
    """What the user gave, checked against the model; `shapes` and `dtypes` of the arrays in it."""

    values: Mapping[str, Values]
    shapes: Mapping[str, tuple[int, ...]]
    dtypes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Fed:
    """One feed for each input. `items`: rows in the arrays given; None where values are made."""

    feeds: tuple[Feed, ...]
    items: int | None
    notices: tuple[str, ...]


def read_given(
    model: Model, words: Sequence[str], source: Path | None, scratch: Path | None = None
) -> Given:
    """Values of --input words and of --inputs `source`; a word wins over the source.

    `scratch`: a folder for the tensors of an ONNX test_data_set, which become .npy files.
    """
    specs = {spec.name: spec for spec in model.inputs}
    found = _from_source(model, source, scratch) if source else {}
    asked = parse_inputs(words)
    for name in asked:
        if name not in specs:
            hint = nearest_name(name, specs)
            raise InputError(f"--input {name}: the model has no input {name}", hint=hint)
        _check_made(specs[name], asked[name])
    values = {**found, **asked}
    headers = {
        name: _check_array(specs[name], given)
        for name, given in values.items()
        if given.kind == "file"
    }
    shapes = {name: header.shape for name, header in headers.items()}
    return Given(values, shapes, {name: header.dtype for name, header in headers.items()})


def make_feeds(model: Model, settled: Settled, given: Given | None = None) -> Fed:
    """Every input decided: what was given, else what is valid for the graph."""
    held = given or Given({}, {}, {})
    made = {
        spec.name: default_values(spec, model.facts.hints.get(spec.name))
        for spec in model.inputs
        if spec.name not in held.values
    }
    feeds = tuple(
        _feed(spec, settled.shapes[spec.name], values, held.dtypes.get(spec.name))
        for spec in model.inputs
        if (values := held.values.get(spec.name) or made.get(spec.name))
    )
    return Fed(feeds, _items(settled, held), doubts(made))


def _feed(spec: TensorSpec, shape: tuple[int, ...], values: Values, held: str | None) -> Feed:
    """Values for a quantised input are real numbers, but for a file of its own integers.

    `held`: the type of the file's array.
    """
    by = spec.quantization
    if by is None or held == spec.dtype:
        return Feed(spec.name, spec.dtype, shape, values)
    recast = Recast(spec.name, (), spec.dtype, by.scale, by.zero_point)
    return Feed(spec.name, "float32", shape, values, recast)


def _from_source(model: Model, source: Path, scratch: Path | None) -> dict[str, Values]:
    if source.is_dir():
        tensors = sorted(source.glob("input_*.pb"), key=_number)
        if tensors:
            return _unpacked(model, tensors, scratch or source)
        files = {path.stem: Values("file", path=str(path)) for path in source.glob("*.npy")}
        return _matched(model, files, source)
    if not source.exists():
        raise InputError(f"--inputs {source}: no such file or folder", hint="check the path")
    if source.suffix == ".npy" and len(model.inputs) == 1:
        return {model.inputs[0].name: Values("file", path=str(source))}
    members = {key: Values("file", path=str(source), key=key) for key in arrays.keys(source)}
    return _matched(model, members, source)


def _matched(model: Model, found: Mapping[str, Values], source: Path) -> dict[str, Values]:
    """By name; a file cannot be named as some inputs are ("a/b:0"), so `a_b_0` is taken too."""
    names = {spec.name: spec.name for spec in model.inputs}
    names = {re.sub(r"[^\w.-]", "_", name): name for name in names} | names
    for key in found:
        if key not in names:
            raise InputError(
                f"--inputs {source}: {key} is no input of {model.name}",
                hint=nearest_name(key, (spec.name for spec in model.inputs)),
            )
    matched = {names[key]: values for key, values in found.items()}
    missing = [spec.name for spec in model.inputs if spec.name not in matched]
    if missing:
        raise InputError(
            f"--inputs {source}: no array for {', '.join(missing)}",
            hint="name each array as the input it is for",
        )
    return matched


def _unpacked(model: Model, tensors: Sequence[Path], scratch: Path) -> dict[str, Values]:
    """The tensors of a test_data_set, in the order of the graph's inputs."""
    if len(tensors) != len(model.inputs):
        raise InputError(
            f"--inputs {tensors[0].parent}: {len(tensors)} tensors, "
            f"{model.name} has {len(model.inputs)} inputs",
            hint="one input_N.pb for each input, in the graph's order",
        )
    limit_bytes = address_limit_bytes(sum(path.stat().st_size for path in tensors))
    request = Request(
        "unpack",
        str(tensors[0].parent),
        limit_bytes,
        tensors=tuple(map(str, tensors)),
        folder=str(scratch),
    )
    written = ask(request).written
    return {
        spec.name: Values("file", path=path)
        for spec, path in zip(model.inputs, written, strict=True)
    }


def _number(path: Path) -> int:
    digits = path.stem.removeprefix("input_")
    return int(digits) if digits.isdigit() else 0


def _check_made(spec: TensorSpec, values: Values) -> None:
    """Numbers that were asked for are numbers the input's type can hold; they would wrap around."""
    import numpy as np

    if values.kind == "file":
        return
    check_feedable(spec)
    if values.kind in ("zeros", "ones") or spec.quantization or "int" not in spec.dtype:
        return
    limits = np.iinfo(spec.dtype)
    asked = (values.low, values.high)
    if any(number != int(number) for number in asked):
        raise InputError(
            f"--input {spec.name}: {values} is not whole, and {spec.name} takes {spec.dtype}",
            hint="whole numbers, as 3 or random:0:256",
        )
    highest = int(values.high) - (values.kind == "random")  # its end is left out
    if int(values.low) < limits.min or highest > limits.max:
        raise InputError(
            f"--input {spec.name}: {values}, "
            f"but {spec.dtype} ends at {limits.min} and {limits.max}",
            hint=f"--input {spec.name}=random:{limits.min}:{limits.max + 1} is all of it",
        )


def _check_array(spec: TensorSpec, values: Values) -> arrays.Header:
    """Header of a given array whose type fits the input and whose values are all finite."""
    path = Path(values.path)
    header = arrays.read_header(path, values.key)
    where = f"{path}: {values.key}" if values.key else str(path)
    real = spec.quantization is not None and header.dtype in ("float16", "float32", "float64")
    if header.dtype != spec.dtype and not real:
        raise InputError(
            f"{where}: {header.dtype}, but input {spec.name} takes {spec.dtype}",
            hint=f"numpy.save(..., array.astype({spec.dtype!r}))"
            + (", or real numbers as float32" if spec.quantization else ""),
        )
    arrays.check_finite(path, values.key)
    return header


def _items(settled: Settled, given: Given) -> int | None:
    """Rows of the arrays that hold more than one run; all must agree."""
    rows: dict[str, int] = {}
    for name, shape in given.shapes.items():
        wanted = settled.shapes[name]
        if shape == wanted:
            continue
        if not _holds_items(shape, wanted, settled, name):
            raise InputError(
                f"{given.values[name].path}: shape {shape_text(shape)}, "
                f"but input {name} is {shape_text(wanted)}",
                hint="the first axis may count items; the others must be equal",
            )
        rows[name] = shape[0]
    if len(set(rows.values())) > 1:
        counts = ", ".join(f"{name} has {count}" for name, count in rows.items())
        raise InputError(f"the arrays given differ in items: {counts}", hint="give as many of each")
    if rows:
        return next(iter(rows.values()))
    return settled.batch if given.shapes else None


def _holds_items(
    shape: tuple[int, ...], wanted: tuple[int, ...], settled: Settled, name: str
) -> bool:
    if not wanted or len(shape) != len(wanted) or shape[1:] != wanted[1:]:
        return False
    batched = settled.batch_axes.get(name, 0) == 0 and wanted[0] == settled.batch
    return batched and shape[0] >= wanted[0]


def described(feed: Feed, seed: int) -> str:
    """One line for a report: "random in [0, 257), compared with 0..256, as a one-hot, seed 0"."""
    seeded = f", seed {seed}" if feed.values.kind == "random" else ""
    return f"{feed.values}{seeded}{_encoded(feed)}"


def _encoded(feed: Feed) -> str:
    if feed.recast is None or not feed.recast.scale:
        return ""
    return f", as {feed.recast.dtype}: {feed.recast.scale:.4g} x (q {-feed.recast.zero_point:+d})"
