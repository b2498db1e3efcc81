"""A target that is worked out, where this machine is the device: then it is measured."""

from dataclasses import replace
from fnmatch import fnmatchcase

from effprof.host import board
from effprof.target import Target


def is_here(target: Target) -> bool:
    here = target.here
    return here is not None and any(fnmatchcase(name, here.board) for name in board.called())


def resolved(target: Target) -> Target:
    """The same device, run by the backend that its YAML names for the case; else as it is."""
    here = target.here
    if here is None or not is_here(target):
        return target
    return replace(
        target,
        means="run",
        backend=here.backend,
        estimator=None,
        options=here.options,
        meters=here.meters,
    )
