"""Child only: what the file declares, before any shape is chosen."""

from onnx import ModelProto, ValueInfoProto

from effprof.base.errors import ModelError
from effprof.base.records import TensorSpec
from effprof.model import graph as graphs
from effprof.model.hints import hints
from effprof.model.model import NO_RANK, Facts
from effprof.model.types import dtype_name
from effprof.model.weights import weigh


def facts(model: ModelProto) -> Facts:
    graph = model.graph
    if not graph.node and not graph.output:
        raise ModelError("the graph is empty", hint="export it again")
    weights = weigh(graph)
    return Facts(
        inputs=tuple(spec(value) for value in fed(model)),
        outputs=tuple(spec(value) for value in graph.output),
        opset=_opset(model),
        ir_version=model.ir_version,
        precision=weights.precision,
        operators=len(graph.node),
        parameters=weights.parameters,
        weight_bytes=weights.stored_bytes,
        domains=_domains(model),
        producer=f"{model.producer_name} {model.producer_version}".strip(),
        hints=hints(graph),
        external=graphs.external_files(model),
    )


def fed(model: ModelProto) -> list[ValueInfoProto]:
    """Inputs the caller must give: up to IR 3 the graph lists its initializers among them."""
    held = {tensor.name for tensor in model.graph.initializer}
    return [value for value in model.graph.input if value.name not in held]


def spec(value: ValueInfoProto) -> TensorSpec:
    kind = value.type.WhichOneof("value") or "unknown"
    if kind != "tensor_type":
        return TensorSpec(value.name, kind.removesuffix("_type"), ())
    tensor = value.type.tensor_type
    if not tensor.HasField("shape"):
        return TensorSpec(value.name, dtype_name(tensor.elem_type), (NO_RANK,))
    # Exporters write 0 for a size they do not know (silero-vad): no tensor is meant to be empty.
    shape = tuple(
        dim.dim_value if dim.dim_value > 0 else dim.dim_param or "?" for dim in tensor.shape.dim
    )
    return TensorSpec(value.name, dtype_name(tensor.elem_type), shape)


def _opset(model: ModelProto) -> int | None:
    standard = [entry.version for entry in model.opset_import if entry.domain in graphs.STANDARD]
    return standard[0] if standard else None


def _domains(model: ModelProto) -> tuple[str, ...]:
    used = {node.domain for graph in graphs.all_graphs(model.graph) for node in graph.node}
    return tuple(sorted(name or "ai.onnx" for name in used))
