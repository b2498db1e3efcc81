"""From the user's words to a plan: predictable refusals are said here, before a worker starts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from effprof import plugins
from effprof.base.errors import RequestError, TargetError
from effprof.base.records import Caution, Feed
from effprof.base.vocabulary import Precision, ScenarioName
from effprof.convert import Limits
from effprof.host import memory_available_bytes
from effprof.measure import emulated, room, runtime
from effprof.measure.deploy import Deployment, as_it_is, deploy, wanted
from effprof.measure.estimate import check_refusal, described
from effprof.measure.here import resolved
from effprof.measure.plan import Plan
from effprof.measure.planning import MEMORY_SHARE, check_options, planned
from effprof.measure.quality import read_labels
from effprof.measure.reference import reference_plan
from effprof.meters import command
from effprof.model.count import count, known_inputs
from effprof.model.dims import Settled, settle
from effprof.model.inputs import Given, make_feeds, read_given
from effprof.model.model import Counts, Model
from effprof.model.open import open_model
from effprof.ports import Backend, Emulator
from effprof.target import Target

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from effprof.ports import Estimator


@dataclass(frozen=True, slots=True)
class Asked:
    """What `measure` was asked for, flags parsed, nothing looked at yet."""

    model: Path
    target: Target
    scenario: ScenarioName = "single-stream"
    batches: tuple[int, ...] = ()
    threads: int | None = None
    precision: Precision | None = None
    dims: Mapping[str, int] | None = None
    shapes: Mapping[str, tuple[int, ...]] | None = None
    inputs: tuple[str, ...] = ()
    source: Path | None = None
    runtime: str | None = None
    keep: Path | None = None
    entry: str | None = None
    rate_hz: float | None = None
    deadline_s: float | None = None
    max_batch: int = 1
    queue_delay_s: float = 0.0
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
    _check_run_here(asked)
    estimator = _estimator(asked)
    model = open_model(asked.model)
    backend, python = runtime.chosen(asked)
    emulator = _emulator(asked, model, backend)
    given = read_given(model, asked.inputs, asked.source, scratch)
    batches = (1, asked.max_batch) if asked.max_batch > 1 else asked.batches or (None,)
    settled = [_settle(asked, model, given, batch) for batch in batches]
    fed = [make_feeds(model, one, given) for one in settled]
    feeds = {one.batch: made.feeds for one, made in zip(settled, fed, strict=True)}
    free_bytes = int(MEMORY_SHARE * memory_available_bytes())
    labels = read_labels(asked.labels, fed[0].items) if asked.labels else None
    if backend is not None:  # else nothing runs, and no input is made
        room.refuse_too_large(feeds, given, free_bytes)
    limits = Limits(asked.silence_s, free_bytes)
    want = wanted(asked.target, tuple(backend.formats) if backend else (), asked.precision, limits)
    check_refusal(asked.target, estimator, want.precision or model.precision, feeds)
    if emulator is not None and model.format != "elf":
        operators = own(model, feeds, settled[0].batch).operators
        emulated.check_operators(model, operators, emulator)
    if backend is None:
        deployed = as_it_is(model, feeds)
    else:
        deployed = deploy(model, feeds, want, fed[0].items, asked.seed, phase)
    check_refusal(asked.target, estimator, deployed.precision, deployed.models)
    counts = counted(deployed, settled[0].batch)
    mine = own(model, feeds, settled[0].batch) if deployed.converted else None
    if emulator is not None and mine is not None:
        emulated.check_converted(model, mine.operators, counts.operators, emulator)
    again = partial(prepare, scratch=scratch)
    rebuilt = backend is not None and plugins.traits(backend).rebuilds
    notices = dict.fromkeys((*model.facts.notices, *settled[0].notices, *fed[0].notices))
    return Prepared(
        asked=asked,
        model=model,
        feeds=feeds,
        deployed=deployed,
        counts=counts,
        own=mine,
        plan=planned(asked, deployed, backend, python),
        items=fed[0].items,
        cautions=(*(_notice(text) for text in notices), *deployed.cautions),
        labels=labels,
        reference=reference_plan(
            asked,
            feeds,
            () if rebuilt else want.formats,
            again,
            converted=rebuilt or deployed.converted is not None,
        ),
        estimator=estimator,
    )


def _emulator(asked: Asked, model: Model, backend: Backend | None) -> Emulator | None:
    """What executes the model's instructions, where the target is to be emulated."""
    if backend is None or asked.target.means != "emulate":
        return None
    emulator = emulated.check_board(asked.target, backend)
    emulated.check(asked, model, emulator)
    check_options(asked, emulator, model)
    return emulator


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
