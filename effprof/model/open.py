"""From a path to a `Model`: what the file is, its hash, its size, and what it declares."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from effprof.base import digest
from effprof.base.errors import ModelError
from effprof.model.child import DEADLINE_S, address_limit_bytes, ask
from effprof.model.model import Facts, Format, Model
from effprof.model.sniff import sniff
from effprof.model.wire import Request

_CHUNK_BYTES = 1 << 20


def open_model(path: Path, *, deadline_s: float = DEADLINE_S) -> Model:
    """Read what the file declares, once. Runs nothing and loads no weights here."""
    size_bytes = _check(path)
    try:
        form = sniff(path, size_bytes)
        facts = _facts(path, form, size_bytes, deadline_s)
        data = [path.parent / name for name in sorted(facts.external)]
        return Model(
            path=path,
            name=path.name,
            format=form,
            sha256=_sha256(path, data),
            size_bytes=size_bytes + sum(file.stat().st_size for file in data),
            facts=facts,
        )
    except OSError as error:
        raise _unreadable(path, error) from error


def _facts(path: Path, form: Format, size_bytes: int, deadline_s: float) -> Facts:
    if form == "elf":  # a firmware declares no inputs; the emulator reads its symbols
        return Facts()
    request = Request("facts", str(path), address_limit_bytes(size_bytes), form)
    return ask(request, deadline_s).facts or Facts()


def _check(path: Path) -> int:
    """Size in bytes of a file that is there, regular and not empty."""
    try:
        str(path).encode()  # the child is asked in JSON
        if path.is_dir():
            raise ModelError(f"{path}: this is a folder{_saved_model(path)}", hint="give a file")
        size_bytes = path.stat().st_size
    except FileNotFoundError:
        raise ModelError(f"{path}: no such file", hint=_near_files(path)) from None
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    if not path.is_file():
        raise ModelError(f"{path}: not a regular file", hint="give a model file")
    if size_bytes == 0:
        raise ModelError(f"{path}: the file is empty", hint="download or export it again")
    return size_bytes


def _saved_model(path: Path) -> str:
    if (path / "saved_model.pb").exists():
        return " (TensorFlow SavedModel: convert it with tf2onnx)"
    models = sorted(file.name for file in path.glob("*.onnx"))
    return f", with {models[0]} in it" if models else ""


def _near_files(path: Path) -> str:
    folder = path.parent
    names = [file.name for pattern in ("*.onnx", "*.tflite") for file in folder.glob(pattern)]
    if not folder.is_dir() or not names:
        return "check the path"
    return f"in that folder: {', '.join(sorted(names)[:5])}"


def _unreadable(path: Path, error: Exception) -> ModelError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return ModelError(f"{path}: cannot be read: {reason}", hint="check the path and its rights")


def _sha256(path: Path, data: Sequence[Path]) -> str:
    """As `cat FILE ... | sha256sum` says."""
    if not data:
        return digest.sha256(path)
    whole = hashlib.sha256()
    for part in (path, *data):
        with part.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                whole.update(chunk)
    return whole.hexdigest()
