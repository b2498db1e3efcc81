"""The job of an emulated target: one inference of its own instructions, no clock and no repeats."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from effprof.ports import Emulator, Meter
from effprof.worker import feed, jobs
from effprof.worker.protocol import Request, encode_reading


def emulate(request: Request, backend: Emulator, _meters: Sequence[Meter], say: jobs.Say) -> None:
    """Emulation is deterministic: a second run would say the same, so there is none."""
    say("phase", name="inputs")
    load = request.loads[0]
    arrays = feed.arrays(load.feeds, request.seed)
    say("phase", name="runtime")
    packages = backend.start()

    def phase(name: str) -> None:
        say("phase", name=name)

    found = backend.emulate(load.path, request.options, arrays, phase)
    say("runtime", packages=dict(packages), settings=dict(found.settings))
    say(
        "loaded",
        load_ns=int(found.build_s * 1e9),
        first_ns=int(found.run_s * 1e9),
        warmup_runs=0,
        outputs=[jobs.describe(name, array) for name, array in found.outputs.items()],
    )
    told: dict[str, Any] = {
        "operators": [asdict(one) for one in found.operators],
        "flash": dict(found.flash),
        "ram": dict(found.ram),
        "kernels": found.kernels,
        "kept": found.kept,
        "cautions": [asdict(one) for one in found.cautions],
    }
    say("found", readings=[encode_reading(one) for one in found.readings], emulation=told)
