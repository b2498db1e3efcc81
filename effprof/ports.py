"""The sockets that plugins fill. The worker's side imports this file under any interpreter.

A plugin is a class named in an entry point (`effprof.backends`, `effprof.meters`,
`effprof.estimators`, `effprof.formats`), made with no arguments. Its module may import the standard
library, numpy and, inside its methods, its own runtime.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Protocol, runtime_checkable

from effprof.base.records import Caution, Emulation, Measurement, Missing, OperatorTime
from effprof.base.work import Device, OperatorBound, Work

Arrays = Mapping[str, Any]  # input or output name -> numpy array


class Refusal(Exception):
    """What a plugin raises in the worker when it knows whose fault it is.

    `kind`: request (exit 2), lacking (exit 3) or failed (exit 4).
    """

    def __init__(
        self, kind: Literal["request", "lacking", "failed"], message: str, hint: str = ""
    ) -> None:
        super().__init__(message)
        self.kind, self.message, self.hint = kind, message, hint


class Session(Protocol):
    """A model loaded and ready. All calls come from one thread."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """What the runtime really uses (providers, threads), for the report."""
        ...

    def run(self, arrays: Arrays) -> dict[str, Any]:
        """Run once, outputs copied out; raises what the runtime raises."""
        ...

    def bind(self, arrays: Arrays) -> Callable[[], object]:
        """A call that runs once on these inputs into preallocated outputs, and does nothing else.

        It returns when the outputs are ready for the caller. `run` has succeeded on arrays of the
        same shapes before.
        """
        ...

    def close(self) -> None: ...


@runtime_checkable
class Observant(Session, Protocol):
    """A session that has readings of its own: copies to and from a device."""

    def readings(self) -> Sequence[Measurement | Missing]:
        """Once, after the last run."""
        ...


class Backend(Protocol):
    """Runs a model here.

    It may say more of itself. `any_batch = True`: its sessions bind calls of several batches side
    by side, so that a server may form batches. `accelerator(options)`: whether it runs on a device
    whose energy and ceilings are not this machine's CPU's; `no_device(options)` then says why there
    is none, before anything is installed. `environment`: what `effprof setup` makes for it.
    `rebuilds = True`: it makes a graph of its own of the file, whose answers are held against those
    of the runtime that takes the file as it is.
    """

    @property
    def formats(self) -> Sequence[str]:
        """Model formats it loads as they are: "onnx"."""
        ...

    @property
    def packages(self) -> Sequence[str]:
        """Distributions it runs on, the runtime first: what `--runtime NAME==VERSION` may name."""
        ...

    def unavailable(self) -> str | None:
        """Why it cannot work under this interpreter; loads no runtime."""
        ...

    def refuses(self, model: Mapping[str, Any], options: Mapping[str, Any]) -> str | None:
        """Why not this model with these options: `model` has `format`, `opset`, `precision`."""
        ...

    def start(self) -> Mapping[str, str]:
        """Worker only. Imports the runtime; distribution -> version, for the report."""
        ...

    def load(self, path: str, options: Mapping[str, Any]) -> Session:
        """Worker only, after `start`. `options`: `threads` and what the target's YAML adds."""
        ...

    def operators(
        self, path: str, options: Mapping[str, Any], arrays: Arrays, seconds: float
    ) -> Sequence[OperatorTime] | str:
        """Worker only: mean time per operator from runs of their own, or why it cannot be had."""
        ...


@runtime_checkable
class Emulator(Backend, Protocol):
    """A backend that executes the model's instructions instead of timing them here.

    `options["board"]` holds the target's facts as plain values in base units (`core` text,
    `clock` Hz, `flash` and `ram` B, `flash_wait_states` cycles ...); what is unknown is absent.
    `options["keep"]` is a folder to leave the generated project in, `options["entry"]` the
    function of a firmware to run; both may be absent.
    """

    @property
    def most_operators(self) -> int:
        """Of a model before it is converted, constants among them."""
        ...

    @property
    def most_weights(self) -> int:
        """A byte each once they are int8."""
        ...

    def kernels(self) -> Sequence[str]:
        """TFLite's operators that it has kernels for."""
        ...

    def check(self, board: Mapping[str, Any]) -> None:
        """Before any work: Refusal where these facts make no part that it emulates."""
        ...

    def check_keep(self, folder: str) -> None:
        """Before any work: Refusal where `options["keep"]` names a folder with somebody's files."""
        ...

    def emulate(
        self,
        path: str,
        options: Mapping[str, Any],
        arrays: Arrays,
        phase: Callable[[str], None],
    ) -> Emulation:
        """Worker only, after `start`: one inference. `phase` is called as each step begins."""
        ...


class Meter(Protocol):
    """Reads an instrument over a window of work."""

    @property
    def metrics(self) -> Sequence[str]:
        """What it reads, as keys of the catalogue."""
        ...

    @property
    def disturbs(self) -> bool:
        """Whether it slows the work, so that it gets a pass of its own."""
        ...

    def unavailable(self) -> str | None: ...

    def mark(self, phase: str) -> None:
        """Called in the worker as each phase is reached.

        `start` (before the runtime is loaded), `loaded`, `warm` (the window opens), `end` (it
        closes).
        """
        ...

    def readings(self, items: int) -> Sequence[Measurement | Missing]:
        """Once, after `end`; `items` passed through the model in the window."""
        ...


class Counter(Protocol):
    """One thing an instrument counts: a package, a rail, a GPU; those of a meter add up.

    With `every = True` each reading is an update; else only one that differs from that before.
    """

    @property
    def name(self) -> str: ...

    @property
    def unit(self) -> Literal["J", "W"]:
        """J: joules since some start, only growing, wrap-around undone. W: watts."""
        ...

    def drain(self) -> Sequence[tuple[float, float]]:
        """What came since the last call, as (seconds of `time.perf_counter`, value); may be none.

        Called many times a second from a thread of its own. OSError or ValueError: lost for good.
        """
        ...


class EnergyMeter(Protocol):
    """Reads joules or watts; it gets windows of work and of idleness in a pass of its own."""

    @property
    def metrics(self) -> Sequence[str]: ...

    @property
    def disturbs(self) -> bool:
        """Always: it is polled while the model runs."""
        ...

    @property
    def scope(self) -> str:
        """What its counters cover together, once they are open: "GPU board"."""
        ...

    def present(self) -> bool:
        """Whether this machine shows such an instrument, readable or not."""
        ...

    def unavailable(self) -> str | None:
        """Why it cannot be read, with the command that would mend it; opens nothing for long."""
        ...

    def counters(self, options: Mapping[str, Any]) -> Sequence[Counter]:
        """Worker only: opened, to be added up. `options`: `command` of an external meter."""
        ...

    def temperature(self) -> float | None:
        """Degrees Celsius of what it meters; None where the instrument does not tell."""
        ...

    def close(self) -> None: ...


class Estimator(Protocol):
    """Works out the figures of a device that is not here; what it says is `modelled`."""

    @property
    def metrics(self) -> Sequence[str]:
        """What it has something to say of, as keys of the catalogue."""
        ...

    def lacks(self, device: Device) -> str | None:
        """What the target's YAML does not state, or states and cannot be used; before any work.

        Raises LackingError where a package is not installed.
        """
        ...

    def estimate(
        self, work: Work, device: Device, host: Mapping[str, Measurement]
    ) -> Sequence[Measurement | Missing | Caution]:
        """Each figure with its band, or why not. `host`: what was measured on this machine.

        `host` is empty where the target names no backend that runs the model here. Raises what
        `effprof.base.errors` has where no figure at all can be had.
        """
        ...


@runtime_checkable
class Choosy(Protocol):
    """An estimator that has no figure for some precisions or batches."""

    def refuses(self, precision: str | None, batch: int) -> tuple[str, str] | None:
        """Why, and a hint, before any work; None where it has."""
        ...


@runtime_checkable
class ByOperator(Protocol):
    """An estimator that works out each operator."""

    def operators(self, work: Work, device: Device) -> Sequence[OperatorBound]:
        """In the order of the graph; none where it does not tell enough."""
        ...
