"""From the user's words to a plan: predictable refusals are said here, before a worker starts."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from effprof import plugins
from effprof.base.errors import RequestError, TargetError
from effprof.base.records import Caution
from effprof.convert import Limits
from effprof.host import memory_available_bytes
from effprof.measure import emulated, inputs, runtime
from effprof.measure.asked import Asked
from effprof.measure.counting import counted, own
from effprof.measure.deploy import converts, deploy, wanted
from effprof.measure.estimate import check_refusal, described
from effprof.measure.here import resolved
from effprof.measure.planning import MEMORY_SHARE, THREADS, check_model, check_options, planned
from effprof.measure.prepared import Looked, Prepared
from effprof.measure.quality import read_labels
from effprof.measure.reference import reference_plan
from effprof.meters import command
from effprof.model.model import Model
from effprof.model.open import open_model
from effprof.ports import Backend, Emulator, Estimator


def prepare(asked: Asked, scratch: Path, phase: Callable[[str], None] = lambda _: None) -> Prepared:
    """Opens and checks everything. `scratch` holds unpacked inputs as long as the plan is used.

    `phase` is told what takes long.
    """
    return made_ready(look(asked, scratch), scratch, phase)


def look(asked: Asked, scratch: Path) -> Looked:
    """Every refusal that does not take another file than the user's."""
    asked = replace(asked, target=resolved(asked.target))
    _check_run_here(asked)
    estimator = _estimator(asked)
    model = open_model(asked.model)
    backend, python = runtime.chosen(asked)
    emulator = _emulator(asked, model, backend)
    free_bytes = int(MEMORY_SHARE * memory_available_bytes())
    fed = inputs.decide(asked, model, scratch, None if backend is None else free_bytes)
    labels = read_labels(asked.labels, fed.items) if asked.labels else None
    formats = tuple(backend.formats) if backend else (model.format,)
    want = wanted(asked.target, formats, asked.precision, Limits(asked.silence_s, free_bytes))
    check_refusal(asked.target, estimator, want.precision or model.precision, fed.feeds)
    if emulator is not None and model.format != "elf":
        operators = own(model, fed.feeds, fed.first_batch).operators
        emulated.check_operators(model, operators, emulator)
    if not converts(model, want) and backend is not None:
        check_model(asked, backend, model)
    return Looked(asked, model, backend, python, estimator, emulator, fed, want, labels)


def made_ready(looked: Looked, scratch: Path, phase: Callable[[str], None]) -> Prepared:
    """The file that is deployed, the plan, and what the report wants to say about both."""
    asked, model, fed, want = looked.asked, looked.model, looked.inputs, looked.want
    backend, emulator = looked.backend, looked.emulator
    deployed = deploy(model, fed.feeds, want, fed.items, asked.seed, phase)
    check_refusal(asked.target, looked.estimator, deployed.precision, deployed.models)
    counts = counted(deployed, fed.first_batch)
    mine = own(model, fed.feeds, fed.first_batch) if deployed.converted else None
    if emulator is not None and mine is not None:
        emulated.check_converted(model, mine.operators, counts.operators, emulator)
    rebuilt = backend is not None and plugins.traits(backend).rebuilds
    return Prepared(
        asked=asked,
        model=model,
        feeds=fed.feeds,
        deployed=deployed,
        counts=counts,
        own=mine,
        plan=planned(asked, deployed, backend, looked.python),
        items=fed.items,
        cautions=(*map(_notice, fed.notices), *deployed.cautions),
        labels=looked.labels,
        reference=reference_plan(
            asked,
            fed.feeds,
            () if rebuilt else want.formats,
            partial(prepare, scratch=scratch),
            converted=backend is not None and (rebuilt or deployed.converted is not None),
        ),
        estimator=looked.estimator,
    )


def _emulator(asked: Asked, model: Model, backend: Backend | None) -> Emulator | None:
    """What executes the model's instructions, where the target is to be emulated."""
    if backend is None or asked.target.means != "emulate":
        return None
    emulator = emulated.check_board(asked.target, backend)
    emulated.check(asked, model, emulator)
    check_options(asked, emulator, model)
    return emulator


def _notice(text: str) -> Caution:
    return Caution("assumed", text, "say otherwise with --dim, --shape, --input or --inputs")


def _estimator(asked: Asked) -> Estimator | None:
    """What works the device out, where the target is not this machine; asked before any work."""
    target = asked.target
    if target.estimator is None:
        return None
    _check_workable(asked)
    estimator = plugins.estimator(target.estimator)
    fed = any(metric.startswith("battery.") for metric in estimator.metrics)
    if asked.duty_hz is not None and not fed:
        raise RequestError(
            f"--duty says nothing on {target.id}: no battery of it is worked out",
            hint="leave it out, or a phone: -t pixel-9-pro",
        )
    if lack := estimator.lacks(described(target, asked.duty_hz)):
        raise TargetError(f"{target.path}: {lack}", hint=f"effprof targets show {target.id}")
    return estimator


def _check_workable(asked: Asked) -> None:
    """One stream and one batch are all that is worked out so far."""
    target = asked.target
    if asked.scenario != "single-stream":
        raise RequestError(
            f"--scenario {asked.scenario}: {target.id} is worked out, for a single stream alone",
            hint="leave --scenario out, or measure on a target that is run here: -t edge",
        )
    if len(asked.batches) > 1:
        given = ",".join(map(str, asked.batches))
        raise RequestError(
            f"--batch {given}: {target.id} is worked out for one batch at a time",
            hint=f"--batch {asked.batches[0]}",
        )
    if asked.threads is not None and target.backend is None and target.fact(THREADS) is None:
        raise RequestError(
            f"--threads {asked.threads}: {target.id} is worked out without a count of threads",
            hint="leave --threads out",
        )
    if target.backend is None and (asked.labels or asked.reference or asked.runtime):
        raise RequestError(
            f"{target.id}: nothing runs the model, so its answers are not known",
            hint="leave --labels, --reference and --runtime out",
        )


def _check_run_here(asked: Asked) -> None:
    """What only a target that is run on this machine can be asked."""
    target = asked.target
    if target.means == "run":
        if asked.meter_command is not None and (lack := command.unfit(asked.meter_command)):
            words = asked.meter_command
            raise RequestError(f"--meter-command {words}: {lack}", hint=command.WANTED)
        return
    hint = "a target that is run: effprof targets"
    if asked.meter_command is not None:
        raise RequestError(
            f"--meter-command: {target.id} is not run here, so no meter sees it", hint=hint
        )
    if asked.sustained_s is not None:
        raise RequestError(
            f"--sustained {asked.sustained_s:g}: {target.id} is not run here, and what this "
            "machine sustains is not what it would",
            hint=hint,
        )
