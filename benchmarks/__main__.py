"""`python -m benchmarks [NAME ...]`: all the claims, or those named, one table each.

`gpu` is run where it is named: it needs an NVIDIA GPU, without which its exit code is 3.
"""

import argparse
import importlib
import sys

from benchmarks.outcome import Outcome, table

NAMES = (
    "startup",
    "phones",
    "overhead",
    "overhead_litert",
    "c_api",
    "interval_coverage",
    "parent_memory",
    "time_to_result",
    "repeatability",
    "scoring",
    "gate",
    "conversion",
    "history",
    "cpu_power",
    "roofline",
)
APART = ("gpu",)
LACKING = 3


def main() -> int:
    """0 when no claim falls short, 1 otherwise; a skipped one is not short, a lacking machine 3."""
    asked = _arguments()
    done: list[Outcome] = []
    for name in asked.names or NAMES:
        outcome = _run(name, asked)
        if outcome.lacking:
            print(f"{name}: {outcome.lacking}", file=sys.stderr)
            return LACKING
        print(outcome.text(), flush=True)
        if asked.save:
            print(f"  saved {outcome.save()}\n")
        done.append(outcome)
    print("\n".join(table(("claim", "verdict"), [(one.claim, one.verdict) for one in done])))
    return int(any(outcome.verdict.startswith("FALL SHORT") for outcome in done))


def _run(name: str, asked: argparse.Namespace) -> Outcome:
    module = importlib.import_module(f"benchmarks.{name}")
    if name == "repeatability":
        return _checked(module.run(quick=asked.quick, with_openvino=asked.with_openvino))
    if name == "gpu":
        return _checked(module.run(quick=asked.quick, device=asked.device))
    return _checked(module.run(quick=asked.quick))


def _checked(outcome: object) -> Outcome:
    assert isinstance(outcome, Outcome)
    return outcome


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES + APART))
    parser.add_argument("--quick", action="store_true", help="under two minutes, wider intervals")
    parser.add_argument("--save", action="store_true", help="write benchmarks/results/NAME.json")
    parser.add_argument(
        "--with-openvino",
        action="store_true",
        help="install OpenVINO into .cache/ (240 MB, needs the network) and compare with it",
    )
    parser.add_argument(
        "--device", choices=("cuda", "cpu"), default="cuda", help="of gpu; cpu tries the way there"
    )
    asked = parser.parse_args()
    unknown = [name for name in asked.names if name not in NAMES + APART]
    if unknown:
        parser.error(f"no benchmark {unknown[0]}; there are {', '.join(NAMES + APART)}")
    return asked


if __name__ == "__main__":
    sys.exit(main())
