"""One step of a conversion: a JSON line on stdin, one on the pipe given as the only argument."""

import importlib.util
import json
import os
import sys
from pathlib import Path


def main() -> None:
    request = json.loads(sys.stdin.readline())
    with os.fdopen(int(sys.argv[1]), "w", encoding="utf-8") as answers:
        try:
            answer = _run(request)
        except MemoryError:
            answer = {"failed": "out of memory"}
        except Exception as bad:  # noqa: BLE001 - whatever a converter raises is its answer
            answer = {"failed": f"{type(bad).__name__}: {bad}"}
        answers.write(json.dumps(answer, allow_nan=False) + "\n")


def _run(request: dict[str, object]) -> object:
    name = str(request.pop("step"))
    # By file: the interpreter may be one that has no effprof.
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.run(request)


if __name__ == "__main__":
    main()
