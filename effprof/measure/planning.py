"""The plan of a measurement: what was asked, on what is deployed; what the backend refuses."""

from collections.abc import Mapping
from typing import Any

from effprof import plugins
from effprof.base.errors import RequestError
from effprof.host import memory_available_bytes, usable_cores
from effprof.measure import emulated
from effprof.measure.asked import Asked
from effprof.measure.deploy import Deployment
from effprof.measure.meters import meters_of
from effprof.measure.plan import Plan
from effprof.model.model import Format, Model
from effprof.ports import Backend

THREADS = "cpu_threads"
"""The fact of a device that says how many threads its processor runs."""
MEMORY_SHARE = 0.9
"""Of the memory free at the start: where a worker is stopped when the target states no limit."""

_RUN_BY: Mapping[Format, str] = {
    "onnx": "-t edge runs ONNX files",
    "tflite": "-t mobile runs .tflite files; or give the ONNX file it was made from",
    "elf": "firmware runs on an emulated microcontroller, as -t nucleo-l4r5zi",
}
"""Where a file runs whose format is none of the backend's."""


def planned(asked: Asked, deployed: Deployment, backend: Backend | None, python: str) -> Plan:
    target = asked.target
    model = next(iter(deployed.models.values()))
    options = _options(asked)
    if backend is not None:
        check_model(asked, backend, model)
    here = asked.energy and target.means == "run"
    accelerator = backend is not None and plugins.traits(backend).accelerator(options)
    metered = meters_of(target.meters, asked.meter_command, energy=here)
    return Plan(
        backend=plugins.reference("backend", target.backend) if target.backend else None,
        loads=deployed.loads,
        options=options,
        packages=tuple(backend.packages) if backend is not None else (),
        means=target.means,
        meters=metered.clock,
        disturbing=metered.alone,
        energy=metered.energy,
        energy_s=asked.energy_s,
        meter_command=asked.meter_command,
        scenario=asked.scenario,
        rate_hz=asked.rate_hz,
        deadline_s=asked.deadline_s,
        max_batch=asked.max_batch,
        queue_delay_s=asked.queue_delay_s,
        ceiling_s=asked.ceiling_s,
        goal=asked.goal,
        seed=asked.seed,
        silence_s=asked.silence_s,
        memory_limit_bytes=target.memory_limit_bytes
        or int(MEMORY_SHARE * memory_available_bytes()),
        python=python,
        accelerator=accelerator,
        quantised={one.name: one.quantization for one in model.outputs if one.quantization},
    )


def _options(asked: Asked) -> dict[str, Any]:
    """The target's, with the threads that were asked for or that there are."""
    target = asked.target
    options = {**target.options}
    if asked.threads is not None:
        options["threads"] = asked.threads
    elif target.backend is None:  # nothing runs here: its own, where it is a CPU
        cores = target.fact(THREADS)
        options |= {} if cores is None else {"threads": int(cores)}
    elif options.get("threads", "cores") == "cores":
        options["threads"] = 1 if target.means == "emulate" else usable_cores()
    if target.means == "emulate":
        options |= emulated.options(asked)
    return options


def check_model(asked: Asked, backend: Backend, model: Model) -> None:
    """RequestError where the backend does not run this file; `model` may be one that was made."""
    told = {"format": model.format, "opset": model.opset, "precision": model.precision}
    _check(asked, backend, model.name, told)


def check_options(asked: Asked, backend: Backend, model: Model) -> None:
    """RequestError for options that no file of the model makes right, before it is converted."""
    form = model.format if model.format in backend.formats else "tflite"
    _check(asked, backend, model.name, {"format": form, "opset": None, "precision": None})


def _check(asked: Asked, backend: Backend, name: str, told: Mapping[str, Any]) -> None:
    target = asked.target
    if reason := backend.refuses(told, _options(asked)):
        other = told["format"] not in backend.formats
        raise RequestError(
            f"{name} on {target.id}: {reason}",
            hint=_RUN_BY[told["format"]] if other else f"effprof targets show {target.id}",
        )
