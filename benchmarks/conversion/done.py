"""Where the benchmark works and what it has done so far: broken off, it goes on from there.

The lines and the cache of conversions are kept until the run is whole, and only for the same code:
a change anywhere in effprof or in the models begins anew.
"""

import hashlib
import json
import os
import shutil
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks.child import CACHE, ROOT
from benchmarks.conversion.tried import Tried

_CODE = ("effprof", "targets", "benchmarks/conversion", "benchmarks/zoo.py")


class Folder:
    """`lines` by (model, precision), as they were told; `data` is effprof's data folder.

    What was refused is tried again.
    """

    def __init__(self, environments: Path, *, quick: bool) -> None:
        self._place = CACHE / ("conversion-quick" if quick else "conversion")
        self._environments = environments
        self.data, self.models = self._place / "data", self._place / "models"
        self._lines = self._place / "lines.json"
        self.lines: dict[tuple[str, str], dict[str, Any]] = {}

    def __enter__(self) -> Self:
        self._before = os.environ.get("EFFPROF_DATA")
        head = {"of": _identity()}
        first, *rows = _read(self._lines) or [{}]
        if first != head:
            shutil.rmtree(self._place, ignore_errors=True)
            self.data.mkdir(parents=True)
            self.models.mkdir()
            (self.data / "environments").symlink_to(self._environments)
            rows = []
        self._lines.unlink(missing_ok=True)  # its last line may have been cut off
        for row in (head, *rows):
            self._write(row)
        tried = {(row["model"], row["asked"]): row for row in rows}
        self.lines = {key: row for key, row in tried.items() if not row["error"]}
        return self

    def add(self, one: Tried) -> None:
        self._write(one.told())

    def __exit__(
        self, kind: type[BaseException] | None, _error: object, _trace: TracebackType | None
    ) -> None:
        if self._before is None:
            os.environ.pop("EFFPROF_DATA", None)
        else:
            os.environ["EFFPROF_DATA"] = self._before
        if kind is None:
            shutil.rmtree(self._place, ignore_errors=True)

    def _write(self, row: dict[str, Any]) -> None:
        with self._lines.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")


def _read(path: Path) -> list[dict[str, Any]]:
    """Whole lines; none where there is no file."""
    rows: list[dict[str, Any]] = []
    with suppress(OSError, ValueError):
        rows.extend(json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    return rows


def _identity() -> str:
    whole = hashlib.sha256()
    for name in _CODE:
        place = ROOT / name
        for path in sorted(place.rglob("*.*")) if place.is_dir() else [place]:
            if path.suffix in (".py", ".yaml", ".txt"):
                whole.update(path.read_bytes())
    return whole.hexdigest()
