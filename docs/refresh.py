"""Puts real output and real code between the markers of README.md and CONTRIBUTING.md.

`python docs/refresh.py` does all of it, `python docs/refresh.py plugin` one marker. What is
measured is measured here and now: run it on a quiet machine.
"""

import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CHECK = (
    ".venv/bin/effprof", "check", "digits-edge.json", "--budget", "examples/photo-search.yaml",
)  # fmt: skip
UNDECIDED = 5


@cache
def _demo() -> tuple[str, str]:
    """What it prints of the two targets, one after the other."""
    said = _said("make", "--silent", "demo")
    edge, start, tinyml = said.partition("student.onnx on tinyml")
    return _block("text", edge), _block("text", start + tinyml)


def _check() -> str:
    """On the report that the demo left."""
    return _block("text", _said(*CHECK))


def _plugin() -> str:
    module = ROOT / "examples" / "plugin" / "effprof_onnx_reference.py"
    return _block("python", module.read_text(encoding="utf-8"))


# Marker -> the file it is in, and what goes between; in this order.
BLOCKS: dict[str, tuple[str, Callable[[], str]]] = {
    "demo": ("README.md", lambda: _demo()[0]),
    "tinyml": ("README.md", lambda: _demo()[1]),
    "check": ("README.md", _check),
    "plugin": ("CONTRIBUTING.md", _plugin),
}


def _said(*command: str) -> str:
    """What it writes to a pipe: plain text, 80 columns. The check ends undecided, on purpose."""
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode not in (0, UNDECIDED):
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
