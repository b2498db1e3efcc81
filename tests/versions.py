"""The tests under every Python from 3.11 to 3.13 that this machine has; `make test-all` runs it.

Each gets a virtual environment of its own under .cache, from the same lock. One that is not
installed is said and passed over.
"""

import os
import subprocess
import sys
from pathlib import Path

from effprof.environment import find_python

ROOT = Path(__file__).parents[1]
VERSIONS = ((3, 11), (3, 12), (3, 13))


def main() -> int:
    """1 if the tests failed anywhere."""
    failed = [version for version in VERSIONS if _ran(version) is False]
    return 1 if failed else 0


def _ran(version: tuple[int, int]) -> bool | None:
    """Whether they passed; None where there is no such Python."""
    name = ".".join(map(str, version))
    python = find_python(version, only={version})
    if python is None:
        sys.stdout.write(f"Python {name}: not found, passed over\n")
        return None
    environment = ROOT / ".cache" / f"python-{name}"
    uv = [sys.executable, "-m", "uv"]
    if not environment.exists():
        _run(*uv, "venv", "--quiet", "--python", str(python), str(environment))
    inside = ["--quiet", "--python", str(environment / "bin" / "python")]
    _run(*uv, "pip", "sync", *inside, "--require-hashes", str(ROOT / "requirements" / "dev.txt"))
    _run(*uv, "pip", "install", *inside, "--no-deps", "--editable", str(ROOT))
    done = _pytest(environment)
    sys.stdout.write(f"Python {name}: {'passed' if done == 0 else 'FAILED'}\n")
    return done == 0


def _run(*command: str) -> None:
    subprocess.run(command, check=True, cwd=ROOT)


def _pytest(environment: Path) -> int:
    command = [
        str(environment / "bin" / "pytest"),
        "-q",
        "-n",
        "auto",
        "-m",
        "not slow and not network",
    ]
    env = {**os.environ, "EFFPROF_DATA": str(ROOT / ".cache" / "effprof")}
    return subprocess.run(command, cwd=ROOT, env=env, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
