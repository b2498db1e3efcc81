"""A phone that is attached: LiteRT's own benchmark binary runs there, and what it reads is told."""

from pathlib import Path
from typing import Any

from effprof.base.errors import ExitCode, LackingError, RequestError
from effprof.device import benchmark_tool, state
from effprof.device.adb import TEMPORARY, Adb, serial_of, workplace
from effprof.device.benchmark_tool import Run
from effprof.host import Host
from effprof.measure import operators
from effprof.measure.asked import Asked
from effprof.measure.attached_report import BINARY, Seen, report_of
from effprof.measure.collect import Watcher
from effprof.measure.deploy import deployed_format
from effprof.measure.prepared import Looked, Prepared
from effprof.measure.run import Outcome

TRIALS = 5
RUNS = 90
"""At least so many in a process: what a p95 needs."""
_GET_ONE = (
    "give one with --benchmark-binary FILE: android_aarch64_benchmark_model of "
    "https://ai.google.dev/edge/litert/models/measurement"
)


def check(asked: Asked, word: str) -> None:
    """What the tool on the phone cannot do is refused before it is asked. `word`: of --device."""
    serial_of(word)
    binary = asked.benchmark_binary
    if binary is not None and not binary.is_file():
        raise RequestError(f"--benchmark-binary {binary}: no such file", hint=_GET_ONE)
    idle = {
        "--labels": asked.labels,
        "--reference": asked.reference,
        "--runtime": asked.runtime,
        "--inputs": asked.inputs,
        "--input": asked.values,
        "--dim": asked.dims,
        "--shape": asked.shapes,
        "--sustained": asked.sustained_s,
        "--meter-command": asked.meter_command,
    }
    given = [flag for flag, value in idle.items() if value]
    if given:
        raise RequestError(
            f"{given[0]} says nothing with --device: the benchmark binary knows no such thing",
            hint=f"leave {given[0]} out, or measure here without --device",
        )
    if asked.scenario != "single-stream" or asked.batches not in ((), (1,)):
        raise RequestError(
            "--device: the benchmark binary runs a single stream of the file as it is",
            hint="leave --scenario and --batch out",
        )


def check_file(looked: Looked) -> None:
    """Of the file that will be pushed, before it is made."""
    form = deployed_format(looked.model, looked.want)
    if form != "tflite":
        raise RequestError(
            f"{looked.model.name}: the benchmark binary runs .tflite files, this is {form}",
            hint="-t mobile converts it, or give a .tflite file",
        )


def measure(prepared: Prepared, phone: Adb, host: Host, watcher: Watcher) -> Outcome:
    """Pushes, runs and cleans up; every figure of the clock is the phone's own."""
    threads = _threads(prepared)
    seen = _run(prepared, phone, threads, watcher)
    watcher.phase("working out the figures")
    return Outcome(report_of(prepared, host, seen, threads), ExitCode.DONE)


def _threads(prepared: Prepared) -> int:
    """The user's, else the target's own number; the phone's cores are not this machine's."""
    stated = prepared.asked.threads or prepared.asked.target.options.get("threads")
    return stated if isinstance(stated, int) else 1


def _run(prepared: Prepared, phone: Adb, threads: int, watcher: Watcher) -> Seen:
    plan, binary = prepared.plan, prepared.asked.benchmark_binary
    device = state.device(phone.shell("getprop"))
    with workplace(phone) as folder:
        watcher.phase(f"copying to {device['name']}")
        program, model = _tool(phone, binary, folder), f"{folder}/model.tflite"
        phone.push(Path(plan.loads[plan.batches[0]].path), model)
        slice_s = max(plan.ceiling_s / TRIALS, 0.1)
        longest_s = plan.silence_s + 20 * slice_s + 60
        before, runs = _state(phone), list[Run]()
        for number in range(TRIALS):
            watcher.phase(f"trial {number + 1} on {device['name']}")
            words = benchmark_tool.command(program, model, threads, RUNS, slice_s)
            runs.append(benchmark_tool.read(phone.shell(words, longest_s)))
        after = _state(phone)
        watcher.phase("operators")
        words = benchmark_tool.command(program, model, threads, 1, 0.5, operators=True)
        times = benchmark_tool.operators(phone.shell(words, longest_s))
    lack = "" if times else "this benchmark binary gives no profile of operators"
    return Seen(device, tuple(runs), operators.Profile(times, lack), before, after)


def _tool(phone: Adb, binary: Path | None, folder: str) -> str:
    """Where the benchmark binary is on the phone: pushed there, or what lies in /data/local/tmp."""
    if binary is None:
        there = f"{TEMPORARY}/{BINARY}"
        if "yes" not in phone.shell(f"if [ -x {there} ]; then echo yes; else echo no; fi"):
            raise LackingError(f"there is no {there} on the phone", hint=_GET_ONE)
        return there
    program = f"{folder}/{BINARY}"
    phone.push(binary, program)
    phone.shell(f"chmod 755 {program}")
    return program


def _state(phone: Adb) -> dict[str, Any]:
    return {
        **state.battery(phone.shell("dumpsys battery")),
        **state.heat(phone.shell("dumpsys thermalservice")),
    }
