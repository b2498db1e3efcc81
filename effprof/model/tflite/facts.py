"""What a TFLite file declares, before any shape is chosen."""

from collections.abc import Iterator

from effprof.base.records import TensorSpec
from effprof.model.model import Facts
from effprof.model.tflite.file import File, Subgraph
from effprof.model.tflite.hints import hints
from effprof.model.tflite.weights import Weights, weigh

_WIDE = {"fp32": "float32", "fp16": "float16", "bf16": "bfloat16"}


def facts(file: File) -> Facts:
    weights = weigh(file)
    inputs, outputs = names(file)
    graph = file.main
    return Facts(
        inputs=_specs(graph, graph.inputs, inputs),
        outputs=_specs(graph, graph.outputs, outputs),
        precision=weights.precision,
        activations=weights.activations,
        operators=len(graph.operators),
        parameters=weights.parameters,
        weight_bytes=weights.stored_bytes,
        producer=file.producer.removesuffix(" Converted."),
        hints=hints(graph, inputs),
        custom=custom(file),
        notices=tuple(_notices(file, weights)),
    )


def names(file: File) -> tuple[dict[int, str], dict[int, str]]:
    """What the inputs and outputs of the main graph are called, by place of the tensor.

    By the file's only signature where it names them all, since that is what the converter was
    told; else by their tensors. `effprof/backends/litert.py` follows the same rule.
    """
    graph, found = file.main, file.signatures
    if len(found) == 1 and found[0].subgraph == 0:
        only = found[0]
        if set(only.inputs) == set(graph.inputs) and set(only.outputs) == set(graph.outputs):
            taken = dict.fromkeys([*only.inputs.values()]), dict.fromkeys([*only.outputs.values()])
            if all(map(all, taken)) and list(map(len, taken)) == [
                len(only.inputs),
                len(only.outputs),
            ]:
                return dict(only.inputs), dict(only.outputs)
    return _by_tensor(graph, graph.inputs), _by_tensor(graph, graph.outputs)


def _by_tensor(graph: Subgraph, places: tuple[int, ...]) -> dict[int, str]:
    """Tensor names, which a file may use twice: then with the tensor's place."""
    plain = [graph.tensors[place].name for place in places]
    return {
        place: name if plain.count(name) == 1 else f"{name}:{place}"
        for place, name in zip(places, plain, strict=True)
    }


def custom(file: File) -> tuple[str, ...]:
    """Names of the custom operators in any of its graphs."""
    every = (one.custom for graph in file.subgraphs for one in graph.operators)
    return tuple(sorted({name for name in every if name}))


def _specs(
    graph: Subgraph, places: tuple[int, ...], called: dict[int, str]
) -> tuple[TensorSpec, ...]:
    specs = []
    for place in places:
        tensor = graph.tensors[place]
        shape = tuple("?" if size < 0 else size for size in tensor.signature)
        quantization = tensor.quantization if "int" in tensor.dtype else None
        specs.append(TensorSpec(called[place], tensor.dtype, shape, quantization))
    return tuple(specs)


def _notices(file: File, weights: Weights) -> Iterator[str]:
    stored, computed = weights.precision, weights.activations
    if computed in _WIDE and stored in ("int8", "int4"):
        yield f"the weights alone are {stored} (dynamic range): activations are {_WIDE[computed]}"
    elif computed in _WIDE and stored == "mixed":
        yield f"the weights are of several types, activations are {_WIDE[computed]}"
    elif computed == "fp32" and stored in ("fp16", "bf16"):
        yield f"the weights alone are {_WIDE[stored]}: LiteRT widens them and computes in float32"
    if computed == "int16" and stored == "int8":
        yield "activations are int16, weights int8"
    if len(file.signatures) > 1:
        keys = ", ".join(one.key for one in file.signatures)
        yield f"of {len(file.signatures)} signatures ({keys}) the first graph is the one looked at"
