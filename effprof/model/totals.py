"""What the operators of a graph come to together: unknown as soon as one of them is."""

from collections import Counter
from collections.abc import Sequence

from effprof.base.records import TensorSpec
from effprof.model.model import Counts, Operator


def totals(
    operators: tuple[Operator, ...],
    outputs: tuple[TensorSpec, ...],
    notices: tuple[str, ...] = (),
) -> Counts:
    every_macs = [operator.macs for operator in operators]
    every_bytes = [operator.activation_bytes for operator in operators]
    known = sum(number for number in every_macs if number is not None)
    moved = sum(number for number in every_bytes if number is not None)
    return Counts(
        operators=operators,
        outputs=outputs,
        macs=known if None not in every_macs else None,
        macs_known=known,
        weight_bytes=sum(operator.weight_bytes for operator in operators),
        activation_bytes=moved if None not in every_bytes else None,
        unknown=_unknown(operators),
        notices=notices,
    )


def _unknown(operators: Sequence[Operator]) -> tuple[str, ...]:
    found = Counter((one.type, one.why) for one in operators if one.macs is None)
    return tuple(f"{kind} x {number}: {why}" for (kind, why), number in found.most_common())
