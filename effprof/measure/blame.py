"""Whose fault it is that a worker failed, or measured something else than was asked for."""

from effprof.base.errors import EffprofError, ExitCode, LackingError, ModelError, UnfinishedError
from effprof.measure.collect import Evidence
from effprof.measure.launch import Answer
from effprof.measure.prepared import Prepared


def refuse(prepared: Prepared, evidence: Evidence) -> None:
    """A first trial that failed through no fault of the model's run is an error, not a report."""
    failed = evidence.failed
    if failed is None or evidence.good():
        return
    error = fault(prepared, failed.answer)
    if error.exit_code is not ExitCode.UNFINISHED:
        raise error


def fault(prepared: Prepared, answer: Answer) -> EffprofError:
    """A worker that failed, as an error of whose fault it was."""
    kinds: dict[str, type[EffprofError]] = {"request": ModelError, "lacking": LackingError}
    name, detail = prepared.model.name, answer.detail
    told = detail if detail.startswith(f"{name}: ") else f"{name}: {detail}"
    return kinds.get(answer.kind, UnfinishedError)(told, hint=answer.hint)


def check_version(prepared: Prepared, evidence: Evidence) -> None:
    """`--runtime` names a version: another one must never be measured in its name."""
    asked = prepared.asked.runtime
    good = evidence.good()
    if asked is None or not good:
        return
    name, _, version = asked.partition("==")
    found = good[0].answer.packages.get(name)
    if found != version:
        raise LackingError(
            f"--runtime {asked}: the worker loaded {name} {found}",
            hint=f"effprof setup {asked} --remove, then make it again",
        )
