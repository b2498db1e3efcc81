"""One Interpreter: a model loaded, its inputs resized as they are fed, its outputs copied out."""

import ctypes
import re
from collections.abc import Callable, Mapping
from typing import Any

from effprof.ports import Arrays, Refusal

_CUSTOM = re.compile(r"Encountered unresolved custom op: (\S+?)\.?\s")
_FLEX = re.compile(r"\((Flex\w+)\)")
_VERSION = re.compile(r"builtin opcode '(\w+)' version '(\d+)'")
_NODE = re.compile(r"Node number \d+ \((\w+)\) failed")
_RAISED = (RuntimeError, ValueError, TypeError, KeyError, IndexError, OverflowError)


class LiteRtSession:
    """`source` is what Interpreter takes: model_path=..., or model_content=... for a part of one.

    `inputs` says what they are called where the source is not to tell.
    Options: `threads`, `xnnpack` (true unless the target says otherwise), `delegate`, a library.
    """

    def __init__(
        self,
        module: Any,
        options: Mapping[str, Any],
        inputs: Mapping[str, int] | None = None,
        **source: Any,
    ) -> None:
        self._threads = int(options.get("threads", 1))
        self._xnnpack = bool(options.get("xnnpack", True))
        resolvers = module.OpResolverType
        plain = resolvers.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        delegates = _delegates(module, options)
        with _translated("LiteRT refuses this model"):
            self.interpreter = module.Interpreter(
                num_threads=self._threads,
                experimental_op_resolver_type=resolvers.AUTO if self._xnnpack else plain,
                experimental_delegates=delegates,
                **source,
            )
            self.inputs, self._outputs = _names(self.interpreter)
            self.inputs = self.inputs if inputs is None else dict(inputs)
            details = self.interpreter.get_input_details()
        self._shapes = {one["index"]: tuple(map(int, one["shape"])) for one in details}
        self._delegate = str(options["delegate"]) if delegates else None
        open_sizes = any(-1 in one.get("shape_signature", ()) for one in details)
        try:
            with _translated("LiteRT refuses this model"):
                self.interpreter.allocate_tensors()
        except Refusal:
            if not open_sizes:  # an open size may only work once it is given
                raise

    @property
    def settings(self) -> Mapping[str, Any]:
        accelerator = {"delegate": self._delegate} if self._delegate else {}
        return {"threads": self._threads, "xnnpack": self._xnnpack, **accelerator}

    def run(self, arrays: Arrays) -> dict[str, Any]:
        """Variables (the state of a recurrent model) start afresh each time."""
        resized = self._fit(arrays)
        with _translated("LiteRT refuses these inputs"):
            self.interpreter.reset_all_variables()
            for name, array in arrays.items():
                self.interpreter.set_tensor(self.inputs[name], array)
        with _translated("the model failed while running", running=True):
            self.interpreter.invoke()
            outputs = {
                name: self.interpreter.get_tensor(place) for name, place in self._outputs.items()
            }
        self._check_batch(resized, outputs)
        return outputs

    def bind(self, arrays: Arrays) -> Callable[[], object]:
        """The interpreter holds inputs and outputs in memory of its own: invoking is all there is.

        Inputs are kept from one call to the next (tests/contract).
        """
        with _translated("LiteRT refuses these inputs"):
            for name, array in arrays.items():
                self.interpreter.set_tensor(self.inputs[name], array)
        invoke: Callable[[], object] = self.interpreter.invoke
        return invoke

    def close(self) -> None:
        del self.interpreter

    def _fit(self, arrays: Arrays) -> tuple[int, int] | None:
        """Gives the inputs the shapes of these arrays; (before, now) of a first axis that grew."""
        wanted = {self.inputs[name]: tuple(array.shape) for name, array in arrays.items()}
        if wanted == self._shapes:
            return None
        shown = ", ".join("x".join(map(str, shape)) for shape in wanted.values())
        with _translated(f"LiteRT cannot run this model at inputs of {shown}", resizing=True):
            for place, shape in wanted.items():
                if shape != self._shapes[place]:
                    self.interpreter.resize_tensor_input(place, list(shape))
            self.interpreter.allocate_tensors()
        before, self._shapes = self._shapes, wanted
        firsts = [
            (before[place][0], shape[0])
            for place, shape in wanted.items()
            if before[place] and before[place][1:] == shape[1:] and before[place][0] != shape[0]
        ]
        return firsts[0] if firsts else None

    def _check_batch(self, resized: tuple[int, int] | None, outputs: Arrays) -> None:
        """A graph with its batch written into it may take more items and answer for one."""
        if resized is None:
            return
        before, now = resized
        if any(array.ndim and array.shape[0] * before % now == 0 for array in outputs.values()):
            return
        raise Refusal(
            "request",
            f"LiteRT takes {now} items a run of this model and answers for fewer",
            "convert it with an open batch, or leave --batch out",
        )


def _names(interpreter: Any) -> tuple[dict[str, int], dict[str, int]]:
    """Name -> place of inputs and of outputs: by the only signature where it names them all.

    The rule is that of effprof/model/tflite/facts.py, which decides what the feeds are called.
    """
    inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
    keys = list(interpreter.get_signature_list())
    if len(keys) == 1:
        runner = interpreter.get_signature_runner(keys[0])
        named = runner.get_input_details(), runner.get_output_details()
        del runner  # it holds on to the interpreter, which then refuses to allocate
        if _same(named[0], inputs) and _same(named[1], outputs):
            taken, given = (
                {name: int(one["index"]) for name, one in part.items()} for part in named
            )
            return taken, given
    return _by_tensor(inputs), _by_tensor(outputs)


def _same(named: Mapping[str, Any], details: Any) -> bool:
    """Whether the names are of exactly these tensors; those of another graph have other names."""
    theirs = {(int(one["index"]), one["name"]) for one in named.values()}
    return all(named) and theirs == {(int(one["index"]), one["name"]) for one in details}


def _by_tensor(details: Any) -> dict[str, int]:
    plain = [one["name"] or f"tensor_{one['index']}" for one in details]
    return {
        name if plain.count(name) == 1 else f"{name}:{one['index']}": int(one["index"])
        for one, name in zip(details, plain, strict=True)
    }


def _delegates(module: Any, options: Mapping[str, Any]) -> list[Any] | None:
    if options.get("delegate") is None:
        return None
    library = str(options["delegate"])
    try:
        _entry = ctypes.CDLL(library).tflite_plugin_create_delegate
        return [module.load_delegate(library, options.get("delegate_options") or {})]
    except (ValueError, OSError, AttributeError) as error:
        raise Refusal("lacking", f"the delegate {library} does not load: {error}") from error


class _translated:  # noqa: N801  reads as a statement
    """Turns what the interpreter raises inside into a Refusal that knows whose fault it is."""

    def __init__(self, what: str, *, running: bool = False, resizing: bool = False) -> None:
        self._what, self._running, self._resizing = what, running, resizing

    def __enter__(self) -> None:
        return None

    def __exit__(self, _type: object, error: BaseException | None, _trace: object) -> None:
        if not isinstance(error, _RAISED):
            return
        text = " ".join(str(error).split()) or type(error).__name__
        known = _unsupported(text)
        if known is not None:
            raise known from error
        if self._running:
            raise Refusal("failed", f"{self._what}: {text}", "try other --input values") from error
        hint = "is the file complete?"
        if self._resizing:
            hint = "convert it with open sizes, or leave --batch and --shape as the file has them"
        node = _NODE.search(text)
        where = f" at its operator {node[1]}" if node and "DELEGATE" not in node[1].upper() else ""
        raise Refusal("request", f"{self._what}{where}: {text}", hint) from error


def _unsupported(text: str) -> Refusal | None:
    """What LiteRT says of an operator it has not, with the operator's name."""
    if custom := _CUSTOM.search(text + " "):
        return Refusal(
            "request",
            f"operator {custom[1]} is a custom one, which LiteRT does not have",
            "convert the model with built-in operators alone",
        )
    if "Select TensorFlow op" in text:
        name = flex[1] if (flex := _FLEX.search(text)) else "a Flex operator"
        return Refusal(
            "request",
            f"operator {name} is TensorFlow's own (Flex), which LiteRT does not have",
            "convert the model with TFLITE_BUILTINS alone",
        )
    if version := _VERSION.search(text):
        return Refusal(
            "request",
            f"operator {version[1]} of version {version[2]} is not in this LiteRT",
            "a newer one may have it: effprof setup ai-edge-litert==VERSION",
        )
    return None
