"""From the user's words to a plan: predictable refusals are said here, before a worker starts."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from effprof import environment, plugins
from effprof.base.errors import LackingError, RequestError, SetupError, TargetError
from effprof.base.records import Caution, Feed
from effprof.convert import Limits
from effprof.host import memory_available_bytes, usable_cores
from effprof.measure import room
from effprof.measure.deploy import Deployment, as_it_is, deploy, wanted
from effprof.measure.estimate import described
from effprof.measure.here import resolved
from effprof.measure.meters import meters_of
from effprof.measure.plan import Plan, ScenarioName
from effprof.measure.quality import read_labels
from effprof.measure.reference import reference_plan
from effprof.model.count import count, known_inputs
from effprof.model.dims import Settled, settle
from effprof.model.inputs import Given, make_feeds, read_given
from effprof.model.model import Counts, Model
from effprof.model.open import open_model
from effprof.ports import Backend
from effprof.target import Target
from effprof.worker.protocol import Plugin

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from effprof.ports import Backend, Estimator

MEMORY_SHARE = 0.9
"""Of the memory free at the start: where a worker is stopped when the target states no limit."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What `measure` was asked for, flags parsed, nothing looked at yet."""

    model: Path
    target: Target
    scenario: ScenarioName = "single-stream"
    batches: tuple[int, ...] = ()
    threads: int | None = None
    precision: str | None = None
    dims: Mapping[str, int] | None = None
    shapes: Mapping[str, tuple[int, ...]] | None = None
    inputs: tuple[str, ...] = ()
    source: Path | None = None
    runtime: str | None = None
    keep: Path | None = None
    entry: str | None = None
    rate_hz: float | None = None
    deadline_s: float | None = None
    ceiling_s: float = 10.0
    sustained_s: float | None = None
    goal: float = 0.01
    seed: int = 0
    silence_s: float = 300.0
    labels: Path | None = None
    reference: Path | None = None
    duty_hz: float | None = None
    device: str | None = None
    benchmark_binary: Path | None = None
    energy: bool = True
    energy_s: float = 60.0
    meter_command: str | None = None
    prices: Mapping[str, float] = field(default_factory=dict)  # see `measure/prices.py`
    command: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan and what the report wants to say about it.

    `model` and `feeds` are the user's; `deployed` is what runs in its place, and `counts` are of
    that; `own` are the model's where that is another file. `items`: rows of --inputs, if any.
    """

    asked: Asked
    model: Model
    feeds: Mapping[int, tuple[Feed, ...]]
    deployed: Deployment
    counts: Counts
    own: Counts | None
    plan: Plan
    items: int | None
    cautions: tuple[Caution, ...]
    labels: "NDArray[Any] | None" = None
    reference: Plan | None = None
    estimator: "Estimator | None" = None


def prepare(asked: Asked, scratch: Path, phase: Callable[[str], None] = lambda _: None) -> Prepared:
    """Opens and checks everything. `scratch` holds unpacked inputs as long as the plan is used.

    `phase` is told what takes long.
    """
    asked = replace(asked, target=resolved(asked.target))
    _check_meter(asked)
    estimator = _estimator(asked)
    model = open_model(asked.model)
    backend, python = _backend(asked)
    given = read_given(model, asked.inputs, asked.source, scratch)
    batches = asked.batches or (None,)
    settled = [_settle(asked, model, given, batch) for batch in batches]
    fed = [make_feeds(model, one, given) for one in settled]
    feeds = {one.batch: made.feeds for one, made in zip(settled, fed, strict=True)}
    free_bytes = int(MEMORY_SHARE * memory_available_bytes())
    if backend is not None:  # else nothing runs, and no input is made
        room.refuse_too_large(feeds, given, free_bytes)
    limits = Limits(asked.silence_s, free_bytes)
    want = wanted(asked.target, tuple(backend.formats) if backend else (), asked.precision, limits)
    if backend is None:
        deployed = as_it_is(model, feeds)
    else:
        deployed = deploy(model, feeds, want, fed[0].items, asked.seed, phase)
    again = partial(prepare, scratch=scratch)
    notices = dict.fromkeys((*model.facts.notices, *settled[0].notices, *fed[0].notices))
    return Prepared(
        asked=asked,
        model=model,
        feeds=feeds,
        deployed=deployed,
        counts=counted(deployed, settled[0].batch),
        own=own(model, feeds, settled[0].batch) if deployed.converted else None,
        plan=_plan(asked, deployed, backend, python),
        items=fed[0].items,
        cautions=(*(_notice(text) for text in notices), *deployed.cautions),
        labels=read_labels(asked.labels, fed[0].items) if asked.labels else None,
        reference=reference_plan(
            asked, feeds, want.formats, again, converted=deployed.converted is not None
        ),
        estimator=estimator,
    )


def _estimator(asked: Asked) -> "Estimator | None":
    """What works the device out, where the target is not this machine; asked before any work."""
    target = asked.target
    if target.estimator is None:
        return None
    _check_workable(asked)
    estimator = plugins.estimator(target.estimator)
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
    if target.backend is None and (asked.labels or asked.reference or asked.runtime):
        raise RequestError(
            f"{target.id}: nothing runs the model, so its answers are not known",
            hint="leave --labels, --reference and --runtime out",
        )


def own(model: Model, feeds: Mapping[int, tuple[Feed, ...]], batch: int) -> Counts:
    """Operators, MACs and bytes of the user's own file at this batch."""
    fed = feeds[batch]
    return count(model, {feed.name: feed.shape for feed in fed}, known_inputs(fed))


def counted(deployed: Deployment, batch: int) -> Counts:
    """Operators, MACs and bytes of what runs at this batch."""
    feeds = deployed.loads[batch].feeds
    shapes = {feed.name: feed.run_shape for feed in feeds}
    return count(deployed.models[batch], shapes, known_inputs(feeds))


def _settle(asked: Asked, model: Model, given: Given, batch: int | None) -> Settled:
    return settle(model, asked.dims or {}, asked.shapes or {}, batch, given.shapes)


def _notice(text: str) -> Caution:
    return Caution("assumed", text, "say otherwise with --dim, --shape, --input or --inputs")


def _backend(asked: Asked) -> tuple[Backend | None, str]:
    """The target's backend and the interpreter it runs under, before anything takes time."""
    target = asked.target
    if asked.sustained_s is not None and target.means != "run":
        raise RequestError(
            f"--sustained {asked.sustained_s:g}: {target.id} is not run here, and what this "
            "machine sustains is not what it would",
            hint="a target that is run: effprof targets",
        )
    if target.backend is None:  # nothing runs here
        return None, sys.executable
    backend = plugins.backend(target.backend)
    no_device = getattr(backend, "no_device", None)
    if no_device is not None and (lack := no_device()):
        raise LackingError(f"{target.id}: {lack}", hint=f"effprof doctor -t {target.id}")
    python = _python(asked, target, backend)
    if python == sys.executable and (reason := plugins.unavailable(backend)):
        raise LackingError(f"{target.id}: {reason}", hint=f"effprof doctor -t {target.id}")
    return backend, python


def _plan(asked: Asked, deployed: Deployment, backend: Backend | None, python: str) -> Plan:
    target = asked.target
    model = next(iter(deployed.models.values()))
    options = {**target.options}
    if asked.threads is not None:
        options["threads"] = asked.threads
    elif options.get("threads", "cores") == "cores":
        options["threads"] = 1 if target.means == "emulate" else usable_cores()
    if target.means == "emulate":
        options |= emulated_options(asked)
    if backend is not None:
        _check_model(target, backend, model, options)
    here = asked.energy and target.means == "run"
    accelerator = bool(getattr(backend, "accelerator", False))
    metered = meters_of(target.meters, asked.meter_command, energy=here)
    return Plan(
        backend=_plugin("backend", target.backend) if target.backend else None,
        loads=deployed.loads,
        options=options,
        means=target.means,
        meters=metered.clock,
        disturbing=metered.alone,
        energy=metered.energy,
        energy_s=asked.energy_s,
        meter_command=asked.meter_command,
        scenario=asked.scenario,
        rate_hz=asked.rate_hz,
        deadline_s=asked.deadline_s,
        ceiling_s=asked.ceiling_s,
        goal=asked.goal,
        seed=asked.seed,
        silence_s=asked.silence_s,
        memory_limit_bytes=target.memory_limit_bytes
        or int(MEMORY_SHARE * memory_available_bytes()),
        python=python,
        env=_env(accelerator=accelerator),
        accelerator=accelerator,
        quantised={one.name: one.quantization for one in model.outputs if one.quantization},
    )


def emulated_options(asked: Asked) -> dict[str, Any]:
    """What an emulator is told: the board, and what to run and keep; refuses what it cannot do."""
    if asked.scenario != "single-stream":
        raise RequestError(
            f"--scenario {asked.scenario}: {asked.target.id} is emulated, one inference at a time",
            hint="leave --scenario out",
        )
    if asked.batches not in ((), (1,)):
        batches = ",".join(map(str, asked.batches))
        raise RequestError(
            f"--batch {batches}: a microcontroller takes one item at a time", hint="--batch 1"
        )
    options: dict[str, Any] = {"board": asked.target.plain_facts()}
    if asked.keep is not None:
        options["keep"] = str(asked.keep.resolve())
    if asked.entry is not None:
        options["entry"] = asked.entry
    return options


def _check_model(
    target: Target, backend: Backend, model: Model, options: Mapping[str, Any]
) -> None:
    told = {
        "format": model.format,
        "opset": model.opset,
        "precision": model.precision,
    }
    if reason := backend.refuses(told, options):
        raise RequestError(
            f"{model.name} on {target.id}: {reason}", hint=f"effprof targets show {target.id}"
        )


def _python(asked: Asked, target: Target, backend: Backend) -> str:
    """The interpreter of the worker: our own, or that of a runtime set up beside it."""
    if asked.runtime is None:
        return _own_environment(target, backend)
    spec, packages = environment.parse_requirement(asked.runtime), backend.packages
    if spec.name not in packages:
        raise RequestError(
            f"--runtime {asked.runtime}: {target.id} runs on {packages[0]}",
            hint=f"--runtime {packages[0]}==VERSION",
        )
    found = environment.locate(spec)
    if found is None:
        raise LackingError(
            f"{asked.runtime} is not set up on this machine", hint=f"effprof setup {asked.runtime}"
        )
    return str(found)


def _own_environment(target: Target, backend: Backend) -> str:
    """Ours, unless its runtime cannot lie beside ours and is not here: then that made for it."""
    name = getattr(backend, "environment", None)
    if name is None or plugins.unavailable(backend) is None:
        return sys.executable
    (spec,) = environment.SETS[name]
    if found := environment.locate(spec):
        return str(found)
    raise SetupError(f"{target.id}: {spec.key} is not set up on this machine", name)


def _env(*, accelerator: bool) -> dict[str, str]:
    """CUDA counts GPUs as NVML does: else the meters may read another one."""
    return {"CUDA_DEVICE_ORDER": "PCI_BUS_ID"} if accelerator else {}


def _check_meter(asked: Asked) -> None:
    if asked.meter_command is not None and asked.target.means != "run":
        raise RequestError(
            f"--meter-command: {asked.target.id} is not run here, so no meter sees it",
            hint="a target that is run: effprof targets",
        )


def _plugin(kind: Any, name: str) -> Plugin:
    found = plugins.reference(cast("plugins.Kind", kind), name)
    return Plugin(found.target, str(found.path))
