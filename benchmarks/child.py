"""How effprof is started here: as installed, with bytecode kept, and with data of its own."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".cache" / "benchmarks"


def console_script() -> str:
    return str(Path(sys.executable).with_name("effprof"))


def environment() -> dict[str, str]:
    """This one, but for a data folder of the benchmarks' own and for bytecode.

    A machine that forbids bytecode (PYTHONDONTWRITEBYTECODE, common in CI) compiles every module
    at every start; users' machines do not, so it is allowed here, in a folder of its own.
    """
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    folders = {"EFFPROF_DATA": CACHE / "data"}
    if "PYTHONDONTWRITEBYTECODE" in os.environ:
        folders["PYTHONPYCACHEPREFIX"] = CACHE / "bytecode"
    return kept | {key: str(folder) for key, folder in folders.items()}
