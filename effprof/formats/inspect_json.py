"""`effprof.inspect/1`: what `effprof inspect --json` writes; the model's keys are the report's."""

import json
from dataclasses import asdict
from typing import Any

from effprof.base.records import TensorSpec
from effprof.model.inspection import Inspection
from effprof.model.model import Operator

SCHEMA = "effprof.inspect/1"


def inspect_json(found: Inspection) -> str:
    """Indented by two, with a newline at the end."""
    document = {
        "schema": SCHEMA,
        "model": _without_none(_model(found)),
        "operators": [_operator(operator) for operator in found.counts.operators],
        "missing": [
            _without_none({"metric": entry.metric, "reason": entry.reason, "hint": entry.hint})
            for entry in found.missing
        ],
        "notices": list(found.notices),
    }
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _model(found: Inspection) -> dict[str, Any]:
    model, facts, counts = found.model, found.model.facts, found.counts
    inferred = {spec.name: spec for spec in counts.outputs}
    return {
        "name": model.name,
        "format": model.format,
        "sha256": model.sha256,
        "size_bytes": model.size_bytes,
        "parameters": facts.parameters,
        "macs": counts.macs,
        "precision": facts.precision,
        "activations": facts.activations,
        "custom_operators": facts.custom or None,
        "opset": facts.opset,
        "inputs": [
            {
                **_tensor(spec),
                "shape": found.resolved.shapes[spec.name],
                "declared": spec.shape,
                "values": found.values[spec.name],
            }
            for spec in model.inputs
        ],
        "outputs": [_tensor(inferred.get(spec.name, spec)) for spec in model.outputs],
        "weight_bytes": facts.weight_bytes,
        "activation_bytes": counts.activation_bytes,
        "intensity": counts.intensity,
        "ir_version": facts.ir_version,
        "domains": facts.domains,
        "producer": facts.producer or None,
        "external": facts.external or None,
    }


def _tensor(spec: TensorSpec) -> dict[str, Any]:
    found: dict[str, Any] = {"name": spec.name, "dtype": spec.dtype, "shape": spec.shape}
    if spec.quantization is not None:
        found["quantization"] = asdict(spec.quantization)
    return found


def _operator(operator: Operator) -> dict[str, Any]:
    return _without_none(
        {
            "name": operator.name,
            "type": operator.type,
            "macs": operator.macs,
            "bytes": operator.bytes,
            "weight_bytes": operator.weight_bytes,
            "activation_bytes": operator.activation_bytes,
            "outputs": operator.outputs,
            "output_shapes": operator.output_shapes,
            "why": operator.why or None,
        }
    )


def _without_none(entry: dict[str, Any]) -> dict[str, Any]:
    """An absent number is left out, and `missing` or `why` says the reason."""
    return {key: value for key, value in entry.items() if value is not None}
