"""The worker runs under interpreters that have numpy and a runtime, and nothing else of ours."""

import ast
import subprocess
import sys
from pathlib import Path

import effprof

PACKAGE = Path(effprof.__file__).parent
ALLOWED = {"numpy", "effprof"}
ROOMS = ("effprof.base", "effprof.ports", "effprof.worker")
FILES = sorted((PACKAGE / "worker").glob("*.py"))


def imported(path: Path, *, top_only: bool) -> set[str]:
    tree = ast.parse(path.read_text())
    nodes = tree.body if top_only else list(ast.walk(tree))
    found = set[str]()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def strangers(names: set[str]) -> set[str]:
    roots = {name.partition(".")[0] for name in names}
    return {root for root in roots if root not in sys.stdlib_module_names} - ALLOWED


def test_the_workers_room_imports_the_standard_library_and_numpy() -> None:
    for path in FILES:
        names = imported(path, top_only=False)
        assert strangers(names) == set(), path
        ours = {name for name in names if name.startswith("effprof.")}
        assert all(name.startswith(ROOMS) for name in ours), path


def test_what_it_shares_is_thin_at_import() -> None:
    for path in (PACKAGE / "ports.py", *(PACKAGE / "base").glob("*.py")):
        assert strangers(imported(path, top_only=True)) == set(), path


def test_plugins_of_the_workers_side_import_their_runtime_inside_methods() -> None:
    for folder in ("backends", "meters"):
        for path in (PACKAGE / folder).glob("*.py"):
            assert strangers(imported(path, top_only=True)) == set(), path


def test_a_worker_starts_where_nothing_of_ours_is_installed(tmp_path: Path) -> None:
    """Only numpy is put in reach; every import of another third-party package would fail."""
    code = f"""
import sys
allowed = {sorted(ALLOWED | {"onnxruntime"})!r}
class Gate:
    def find_spec(self, name, path=None, target=None):
        root = name.partition(".")[0]
        if root not in sys.stdlib_module_names and root not in allowed:
            raise ImportError(f"the worker reached for {{name}}")
sys.meta_path.insert(0, Gate())
sys.argv = ["worker", "1"]
import runpy
try:
    runpy.run_path({str(PACKAGE / "worker" / "__main__.py")!r}, run_name="__main__")
except SystemExit as end:
    assert end.code == 0, end.code
"""
    request = (
        '{"job": "ceilings", "backend": null, "loads": [], "options": {}, "meters": [],'
        ' "settings": {"threads": 1, "seconds": 0.01}, "seed": 0}\n'
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        input=request,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.stdout.splitlines()[-1] == '{"say": "done"}', done.stderr
