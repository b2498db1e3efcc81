"""Entry: `python -P path/to/effprof/worker/__main__.py DESCRIPTOR`, one request line on stdin.

Run by path, so that any interpreter with numpy and the runtime will do. Only effprof itself is
made importable from here; the site-packages around it stay invisible to a foreign interpreter.
"""

import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parents[1]


def _adopt_package() -> None:
    """Makes `import effprof` work from this file's own folder."""
    spec = importlib.util.spec_from_file_location(
        "effprof", PACKAGE / "__init__.py", submodule_search_locations=[str(PACKAGE)]
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["effprof"] = module
    spec.loader.exec_module(module)


def _die_with_parent() -> None:
    """Linux: a SIGKILL when the parent dies without having killed us."""
    if sys.platform != "linux":
        return
    import ctypes
    import signal

    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)


def _main() -> int:
    _die_with_parent()
    _adopt_package()
    line = sys.stdin.readline()
    pipe = os.fdopen(int(sys.argv[1]), "w", encoding="utf-8")

    def say(word: str, **rest: Any) -> None:
        pipe.write(json.dumps({"say": word, **rest}, allow_nan=False) + "\n")
        pipe.flush()

    from effprof.worker.run import run

    return run(line, say)


if __name__ == "__main__":
    sys.exit(_main())
