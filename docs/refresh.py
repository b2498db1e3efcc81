"""Puts real output and real code between the markers of README.md, CONTRIBUTING.md and docs.

`python docs/refresh.py` does all of it, `python docs/refresh.py plugin` one marker. What is
measured is measured here and now: run it on a quiet machine.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PHONE = (
    ".venv/bin/effprof", "measure", "examples/digits/student.onnx", "-t", "pixel-9-pro", "--quiet",
    "--json", ".cache/digits-phone.json",
)  # fmt: skip
CHECK = (
    ".venv/bin/effprof", "check", ".cache/digits-phone.json",
    "--budget", "examples/photo-search.yaml",
)  # fmt: skip

VARIANTS = (
    ".venv/bin/effprof", "variants", "examples/digits/teacher.onnx",
    "-t", "edge", "-t", "mobile", "-t", "tinyml", "-t", "cloud-cpu", "--price", "0.17USD/h",
    "--student", "examples/digits/student.onnx", "--inputs", "examples/digits/heldout.npz",
    "--labels", "examples/digits/labels.npy", "--time", "2",
)  # fmt: skip


@cache
def _demo() -> tuple[str, str]:
    """What it prints of the two targets, one after the other."""
    said = _said("make", "--silent", "demo")
    edge, start, tinyml = said.partition("student.onnx on tinyml")
    return _block("text", edge), _block("text", start + tinyml)


def _check() -> str:
    """The worked example: a phone that is not here, against a budget."""
    _said(*PHONE)
    return _block("text", _said(*CHECK))


def _plugin() -> str:
    module = ROOT / "examples" / "plugin" / "effprof_onnx_reference.py"
    return _block("python", module.read_text(encoding="utf-8"))


# Marker -> the file it is in, and what goes between; in this order.
BLOCKS: dict[str, tuple[str, Callable[[], str]]] = {
    "demo": ("README.md", lambda: _demo()[0]),
    "tinyml": ("docs/microcontrollers.md", lambda: _demo()[1]),
    "check": ("README.md", _check),
    "variants": ("docs/environments.md", lambda: _block("text", _said(*VARIANTS))),
    "plugin": ("CONTRIBUTING.md", _plugin),
}


def _said(*command: str) -> str:
    """What it writes to a pipe: plain text, 80 columns."""
    env = {"EFFPROF_DATA": str(ROOT / ".cache" / "effprof"), **os.environ}
    done = subprocess.run(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False, env=env
    )
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}")
    return done.stdout


def _block(language: str, text: str) -> str:
    return f"```{language}\n{text.strip()}\n```"


def _put(path: Path, marker: str, block: str) -> None:
    opening, closing = f"<!-- {marker} -->\n", f"\n<!-- /{marker} -->"
    before, _, rest = path.read_text(encoding="utf-8").partition(opening)
    _, _, after = rest.partition(closing)
    path.write_text(before + opening + block + closing + after, encoding="utf-8")


def main() -> None:
    for marker in sys.argv[1:] or BLOCKS:
        name, made = BLOCKS[marker]
        _put(ROOT / name, marker, made())


if __name__ == "__main__":
    main()
