"""Child only: the graph as parsed, its tensors walked, its external data checked, never read."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import onnx
import onnx.inliner
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto

from effprof.base.errors import ModelError
from effprof.model.model import MOST_OPERATORS
from effprof.model.types import size_bytes

STANDARD = ("", "ai.onnx")
_AGAIN = "download or export it again"
_MANY = "no model that is used has so many: is it the right file?"


def load(path: str) -> ModelProto:
    """Parsed, external data checked and left where it is, model-local functions inlined."""
    try:
        model = onnx.load(path, load_external_data=False)
    except DecodeError as error:
        raise ModelError(f"this is no valid ONNX file: {error}", hint=_AGAIN) from error
    if len(model.graph.node) > MOST_OPERATORS:
        count = len(model.graph.node)
        raise ModelError(f"{count:,} operators: {MOST_OPERATORS:,} are read at most", hint=_MANY)
    _check_text(model.graph)
    check_external(model, path)
    return onnx.inliner.inline_local_functions(model) if model.functions else model


def _check_text(graph: GraphProto) -> None:
    """protobuf hands out bytes where a string is not UTF-8."""
    for body in all_graphs(graph):
        for node in body.node:
            for text in (node.op_type, node.domain, node.name, *node.input, *node.output):
                if not isinstance(text, str):
                    raise ModelError(f"the file is damaged: {text!r} is no name", hint=_AGAIN)


def subgraphs(node: NodeProto) -> Iterator[tuple[str, GraphProto]]:
    """(attribute, body) of If, Loop, Scan and their like."""
    for attribute in node.attribute:
        if attribute.type == AttributeProto.GRAPH:
            yield attribute.name, attribute.g
        for graph in attribute.graphs:
            yield attribute.name, graph


def all_graphs(graph: GraphProto) -> Iterator[GraphProto]:
    """The graph and every body inside it, outermost first."""
    pending = [graph]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(body for node in current.node for _, body in subgraphs(node))


def constants(graph: GraphProto) -> Iterator[tuple[str, TensorProto]]:
    """(name, tensor) of initializers and of Constant nodes that hold a tensor, this graph only."""
    for tensor in graph.initializer:
        yield tensor.name, tensor
    for node in graph.node:
        if node.op_type == "Constant" and node.output:
            for attribute in node.attribute:
                if attribute.name == "value" and attribute.type == AttributeProto.TENSOR:
                    yield node.output[0], attribute.t


def attributes(node: NodeProto) -> dict[str, Any]:
    """Plain attributes (numbers, strings, lists of numbers); tensors and graphs are left out."""
    wanted = {
        AttributeProto.INT, AttributeProto.INTS, AttributeProto.FLOAT, AttributeProto.FLOATS,
        AttributeProto.STRING,
    }  # fmt: skip
    found = {}
    for attribute in node.attribute:
        if attribute.type in wanted:
            value = onnx.helper.get_attribute_value(attribute)
            found[attribute.name] = (
                value.decode("utf-8", "replace") if isinstance(value, bytes) else value
            )
    return found


def node_names(graph: GraphProto) -> list[str]:
    """One name for each node. ONNX Runtime calls an unnamed one by its type and its index, and
    turns Constant nodes into initializers before it counts."""
    names, index = [], 0
    for node in graph.node:
        names.append(node.name or f"{node.op_type}_{index}")
        index += node.op_type != "Constant"
    return names


def all_tensors(model: ModelProto) -> Iterator[TensorProto]:
    """Every tensor of the file, those inside attributes, bodies and functions included."""
    for graph in all_graphs(model.graph):
        yield from graph.initializer
        for sparse in graph.sparse_initializer:
            yield from (sparse.values, sparse.indices)
        for node in graph.node:
            yield from _attribute_tensors(node)
    for function in model.functions:
        for node in function.node:
            yield from _attribute_tensors(node)
            for _, body in subgraphs(node):
                for graph in all_graphs(body):
                    yield from graph.initializer
                    for inner in graph.node:
                        yield from _attribute_tensors(inner)


def _attribute_tensors(node: NodeProto) -> Iterator[TensorProto]:
    for attribute in node.attribute:
        if attribute.type == AttributeProto.TENSOR:
            yield attribute.t
        yield from attribute.tensors


def external_files(model: ModelProto) -> tuple[str, ...]:
    """Locations of the data files, as the model writes them, each once."""
    outside = (tensor for tensor in all_tensors(model) if _is_external(tensor))
    return tuple(sorted({_entries(tensor).get("location", "") for tensor in outside}))


def check_external(model: ModelProto, path: str) -> None:
    """ModelError where a tensor's data lies outside the model's folder, or is not all there."""
    for tensor in all_tensors(model):
        if _is_external(tensor):
            _check_tensor(tensor, Path(path))


def _is_external(tensor: TensorProto) -> bool:
    return bool(tensor.data_location == TensorProto.EXTERNAL)


def _entries(tensor: TensorProto) -> dict[str, str]:
    return {entry.key: entry.value for entry in tensor.external_data}


def _check_tensor(tensor: TensorProto, path: Path) -> None:
    entries = _entries(tensor)
    location = entries.get("location", "")
    where = f"tensor {tensor.name!r}: external data {location!r}"
    if not location or _leaves(location):
        raise ModelError(f"{where}: not a path inside the model's folder", hint=_MEND)
    file = path.parent / location
    # A model linked from a cache has its data linked beside it: both real places are its folder.
    homes = (path.parent.resolve(), path.resolve().parent)
    if not any(file.resolve().is_relative_to(home) for home in homes):
        raise ModelError(f"{where}: a link out of the model's folder", hint=_MEND)
    if not file.is_file():
        raise ModelError(f"{where}: no such file", hint=f"put it beside {path.name}")
    _check_extent(where, entries, tensor, file.stat().st_size)


_MEND = "save the model again with its data beside it; effprof reads nothing elsewhere"


def _leaves(location: str) -> bool:
    parts = (*PurePosixPath(location).parts, *PureWindowsPath(location).parts)
    rooted = PurePosixPath(location).anchor or PureWindowsPath(location).anchor
    return bool(rooted) or ".." in parts or "\0" in location


def _check_extent(where: str, entries: dict[str, str], tensor: TensorProto, held: int) -> None:
    wanted = size_bytes(tensor.data_type, tensor.dims)
    try:
        offset = int(entries.get("offset") or 0)
        length = int(entries.get("length") or wanted)
    except ValueError:
        raise ModelError(f"{where}: offset or length is not a number") from None
    if offset < 0 or length < wanted or any(dim < 0 for dim in tensor.dims):
        raise ModelError(f"{where}: {length} bytes at {offset}, the tensor needs {wanted}")
    if offset + length > held:
        raise ModelError(
            f"{where}: {held} bytes long, the tensor needs {offset + length}",
            hint="copy or download the data file again",
        )
