"""What `effprof inspect` prints."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from effprof.base.quantity import show
from effprof.base.records import TensorSpec
from effprof.formats.judgement_text import title
from effprof.formats.text_look import Line, Look, Span, Style
from effprof.formats.text_table import Cell, Column, entries, table
from effprof.model.inspection import Inspection
from effprof.model.model import Operator, Shape

TOP = 10
_TENSORS = (
    Column("name", least=12),
    Column("type"),
    Column("shape", least=16),
    Column("values", least=20),
)
_TYPES = (
    Column("type", least=12),
    Column("count", right=True),
    Column("MACs", right=True),
    Column("share", right=True),
    Column("weights", right=True),
    Column("activations", right=True),
)
_OPERATORS = (
    Column("operator", least=16),
    Column("type", least=10),
    Column("output", least=10, optional=True),
    Column("MACs", right=True),
    Column("bytes", right=True),
)
_UNKNOWN = Span("unknown", Style.DOUBT)


def inspect_text(found: Inspection, look: Look, *, verbose: bool = False) -> list[Line]:
    """Sections with a blank line between; `verbose` lists every operator."""
    sections = [
        [*title(found.model.name, look), *entries(list(_file(found)), look)],
        [*title("Inputs", look), *_inputs(found, look)],
        [*title("Outputs", look), *_outputs(found, look)],
        [*title("Totals of one run", look), *entries(list(_totals(found)), look)],
        _by_type(found.counts.operators, look),
        _operators(found.counts.operators, look, verbose=verbose),
        _list("Not counted", found.counts.unknown, look),
        _list("Notices", found.notices, look),
    ]
    lines: list[Line] = []
    for section in filter(None, sections):
        lines += [[], *section] if lines else section
    return lines


def _file(found: Inspection) -> Iterator[tuple[Cell, Sequence[Cell]]]:
    model, facts = found.model, found.model.facts
    form = model.format if model.opset is None else f"{model.format}, opset {model.opset}"
    yield "format", [form + (f", by {facts.producer}" if facts.producer else "")]
    custom = [domain for domain in facts.domains if domain != "ai.onnx"]
    if custom:
        yield "domains", [", ".join(custom)]
    yield "precision", [_precision(found)]
    if facts.custom:
        yield "custom operators", [", ".join(facts.custom)]
    outside = f", {len(facts.external)} data files included" if facts.external else ""
    yield "size", [f"{show(model.size_bytes, 'B')} ({model.size_bytes} bytes{outside})"]
    yield "sha256", [model.sha256]


def _precision(found: Inspection) -> str:
    precision, activations = found.model.precision or "unknown", found.model.facts.activations
    if activations in (None, precision):
        return precision
    return f"{precision}, activations {activations}"


def _inputs(found: Inspection, look: Look) -> list[Line]:
    rows = [
        (spec.name, spec.dtype, _shape(spec, found.resolved.shapes[spec.name]), fed)
        for spec, fed in zip(found.model.inputs, found.values.values(), strict=True)
    ]
    return table(_TENSORS, rows, look)


def _outputs(found: Inspection, look: Look) -> list[Line]:
    inferred = {spec.name: spec.shape for spec in found.counts.outputs}
    rows = [
        (spec.name, spec.dtype, _shape(spec, inferred.get(spec.name, spec.shape)), "")
        for spec in found.model.outputs
    ]
    return table(_TENSORS, rows, look)


def _shape(spec: TensorSpec, settled: Shape) -> str:
    """As declared, and as it would be run where that says more."""
    declared = _sizes(spec.shape)
    known = sum(isinstance(dim, int) for dim in settled)
    told = sum(isinstance(dim, int) for dim in spec.shape)
    return f"{declared} → {_sizes(settled)}" if known > told else declared


def _sizes(shape: Shape) -> str:
    """1x3x224x224; with names among them, batch x 3 x 224."""
    named = any(isinstance(dim, str) and len(dim) > 1 for dim in shape)
    return (" x " if named else "x").join(map(str, shape)) or "single number"


def _totals(found: Inspection) -> Iterator[tuple[Cell, Sequence[Cell]]]:
    facts, counts = found.model.facts, found.counts
    yield "parameters", [_number(facts.parameters, "1")]
    yield "weights", [_number(facts.weight_bytes, "B")]
    yield "MACs", [_number(counts.macs, "1"), *_why(found, "compute.macs")]
    yield "activations", [_number(counts.activation_bytes, "B")]
    yield "intensity", [_number(counts.intensity, "FLOP/B")]


def _why(found: Inspection, metric: str) -> Iterator[str]:
    for entry in found.missing:
        if entry.metric == metric:
            yield f"needs {entry.hint}" if entry.hint else entry.reason
            if found.counts.macs_known:
                yield f"{show(found.counts.macs_known, '1')} in the operators that are known"


def _number(value: float | None, unit: str) -> Cell:
    return _UNKNOWN if value is None else show(value, unit)


def _by_type(operators: Sequence[Operator], look: Look) -> list[Line]:
    kinds: dict[str, list[Operator]] = defaultdict(list)
    for operator in operators:
        kinds[operator.type].append(operator)
    total = sum(operator.macs or 0 for operator in operators)
    ordered = sorted(kinds.items(), key=lambda item: (*_weight(item[1]), item[0]))
    rows = [_type_row(kind, members, total) for kind, members in ordered]
    return [*title("By operator type", look), *table(_TYPES, rows, look)] if rows else []


def _type_row(kind: str, members: Sequence[Operator], total: int) -> tuple[Cell, ...]:
    known = all(operator.macs is not None for operator in members)
    macs = _sum_macs(members)
    weights = sum(operator.weight_bytes for operator in members)
    activations = [operator.activation_bytes for operator in members]
    moved = sum(number for number in activations if number is not None)
    return (
        kind,
        str(len(members)),
        show(macs, "1") if known else _UNKNOWN,
        show(macs / total, "%") if known and total and macs else "",
        show(weights, "B") if weights else "",
        show(moved, "B") if None not in activations else _UNKNOWN,
    )


def _weight(operators: Sequence[Operator]) -> tuple[int, int]:
    """For sorting: most MACs first, then most bytes."""
    return -_sum_macs(operators), -sum(operator.bytes or 0 for operator in operators)


def _sum_macs(operators: Sequence[Operator]) -> int:
    return sum(operator.macs or 0 for operator in operators)


def _operators(operators: Sequence[Operator], look: Look, *, verbose: bool) -> list[Line]:
    """Those with the most MACs, or all in the graph's order."""
    shown = operators if verbose else sorted(operators, key=lambda one: _weight([one]))[:TOP]
    if not shown:
        return []
    heading = f"Operators ({len(shown)} of {len(operators)}"
    heading += ")" if len(shown) == len(operators) else " by MACs; --verbose shows all)"
    rows = [_operator_row(operator) for operator in shown]
    return [*title(heading, look), *table(_OPERATORS, rows, look)]


def _operator_row(operator: Operator) -> tuple[Cell, ...]:
    first = operator.output_shapes[0] if operator.output_shapes else None
    return (
        operator.name,
        operator.type,
        _sizes(first) if first is not None else "",
        _number(operator.macs, "1"),
        _number(operator.bytes, "B"),
    )


def _list(heading: str, texts: Sequence[str], look: Look) -> list[Line]:
    return [*title(heading, look), *entries([(text, []) for text in texts], look)] if texts else []
