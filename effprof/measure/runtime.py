"""What runs a target on this machine: its backend, and the interpreter that it runs under."""

import sys

from effprof import environment, plugins
from effprof.base.errors import LackingError, RequestError, SetupError
from effprof.measure.asked import Asked
from effprof.ports import Backend
from effprof.target import Target


def chosen(asked: Asked) -> tuple[Backend | None, str]:
    """The target's backend and the interpreter it runs under, before anything takes time."""
    target = asked.target
    if target.backend is None:  # nothing runs here
        return None, sys.executable
    backend = plugins.backend(target.backend)
    _check_batching(asked, backend)
    if lack := plugins.traits(backend).no_device(target.options):
        raise LackingError(f"{target.id}: {lack}", hint=f"effprof doctor -t {target.id}")
    python = _python(asked, target, backend)
    if python == sys.executable and (reason := plugins.unavailable(backend)):
        raise LackingError(f"{target.id}: {reason}", hint=f"effprof doctor -t {target.id}")
    return backend, python


def _check_batching(asked: Asked, backend: Backend) -> None:
    if asked.max_batch > 1 and not plugins.traits(backend).any_batch:
        raise RequestError(
            f"--max-batch {asked.max_batch}: {asked.target.id} runs {backend.packages[0]}, whose "
            "sessions are made for one batch size",
            hint="leave --max-batch out, or a target of ONNX Runtime: -t edge",
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
    name = plugins.traits(backend).environment
    if name is None or plugins.unavailable(backend) is None:
        return sys.executable
    (spec,) = environment.SETS[name]
    if found := environment.locate(spec):
        return str(found)
    raise SetupError(f"{target.id}: {spec.key} is not set up on this machine", name)
