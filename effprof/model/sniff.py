"""Which format a file has, by its content alone."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile

from effprof.base.errors import ModelError
from effprof.model.model import Format

_EXPORT = "export it to ONNX first"
_MAGIC = (  # (offset, bytes, what it is, what to do)
    (4, b"ORTM", "an ONNX Runtime .ort file", "give the ONNX file it was made from"),
    (4, b"ET1", "an ExecuTorch program", "export the same model to ONNX"),
    (0, b"\x89HDF\r\n\x1a\n", "an HDF5 file (Keras)", "convert it with tf2onnx"),
    (0, b"GGUF", "a GGUF file (llama.cpp)", _EXPORT),
    (0, b"ftrt", "a TensorRT engine", "give the ONNX file it was built from"),
    (0, b"\x93NUMPY", "a NumPy array", "give it with --input NAME=FILE.npy"),
    (0, b"\x1f\x8b", "a gzip archive", "unpack it first"),
    (0, b"version https://git-lfs", "a Git LFS pointer, not the file itself", "run git lfs pull"),
    (0, b"<!DOCTYPE", "an HTML page", "download the file itself, not its web page"),
    (0, b"<html", "an HTML page", "download the file itself, not its web page"),
    (0, b"<?xml", "XML (OpenVINO IR?)", "give the ONNX file it was made from"),
)
# onnx.proto, message ModelProto: field number -> wire type (0 varint, 2 length-delimited).
_MODEL_PROTO = {1: 0, 2: 2, 3: 2, 4: 2, 5: 0, 6: 2, 7: 2, 8: 2, 14: 2, 20: 2, 25: 2, 26: 2}
_GRAPH = 7
_PROTOBUF_LIMIT_BYTES = 2**31 - 1  # protobuf refuses longer messages


def sniff(path: Path, size_bytes: int) -> Format:
    """The format of a regular, non-empty file; ModelError names what else it is."""
    with path.open("rb") as file:
        head = file.read(64)
        if head[4:8] == b"TFL3":
            return "tflite"
        if head.startswith(b"\x7fELF"):
            return "elf"
        if _looks_like_onnx(file, path, size_bytes):
            return "onnx"
    what, hint = _other(path, head)
    raise ModelError(f"{path}: {what}: effprof reads ONNX and TFLite models", hint=hint)


def _other(path: Path, head: bytes) -> tuple[str, str]:
    for offset, magic, what, hint in _MAGIC:
        if head[offset:].startswith(magic):
            return f"this is {what}", hint
    if head.startswith(b"PK\x03\x04"):
        return _zip(path), _EXPORT
    if head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return "this is a Python pickle (PyTorch?)", "export it with torch.onnx.export"
    if len(head) > 8 and head[8:9] == b"{":
        return "this is a safetensors file: weights without a graph", _EXPORT
    if _is_text(head):
        return "this is a text file", "give the model file itself"
    return "this is no model format effprof knows", "is the file complete?"


def _zip(path: Path) -> str:
    try:
        with ZipFile(path) as archive:
            names = [name.rsplit("/", 1)[-1] for name in archive.namelist()]
    except (BadZipFile, OSError):
        return "this is a broken zip archive"
    if "archive_format" in names:
        return "this is a PyTorch exported program (.pt2), which may run code as it is loaded"
    if "data.pkl" in names:
        return "this is a PyTorch " + ("TorchScript" if "constants.pkl" in names else "checkpoint")
    if "model.weights.h5" in names:
        return "this is a Keras model"
    return "this is a zip archive"


def _is_text(head: bytes) -> bool:
    try:
        return head[:60].decode("utf-8", errors="strict").isprintable() or b"\n" in head
    except UnicodeDecodeError:
        return False


def _looks_like_onnx(file: BinaryIO, path: Path, size_bytes: int) -> bool:
    """Walk the top level of a ModelProto, skipping what the fields hold."""
    seen: set[int] = set()
    for field, wire, value in _fields(file, size_bytes):
        if field is None or _MODEL_PROTO.get(field, wire) != wire:
            return False
        if field == 1 and not 1 <= value <= 1000:
            return False
        seen.add(field)
        if wire == 2 and file.tell() > size_bytes:
            if field == _GRAPH and 1 in seen:
                raise _truncated(path, size_bytes, file.tell())
            return False
    if not {1, _GRAPH} <= seen:
        return False
    if size_bytes > _PROTOBUF_LIMIT_BYTES:
        raise ModelError(
            f"{path}: {size_bytes} bytes in one file, and protobuf reads no more than 2 GiB",
            hint="save it with external data: onnx.save(..., save_as_external_data=True)",
        )
    return True


def _truncated(path: Path, size_bytes: int, end: int) -> ModelError:
    return ModelError(
        f"{path}: the file is cut off: its graph should end at byte {end}, it has {size_bytes}",
        hint="download or export it again",
    )


def _fields(file: BinaryIO, size_bytes: int) -> Iterator[tuple[int | None, int, int]]:
    """(field number, wire type, value or length) of each top-level field; None: no protobuf."""
    file.seek(0)
    while file.tell() < size_bytes:
        key = _varint(file)
        if key is None or key >> 3 == 0:
            yield None, 0, 0
            return
        wire, value = key & 7, 0
        if wire in (0, 2):
            number = _varint(file)
            if number is None:
                yield None, wire, 0
                return
            value = number
        skip = {0: 0, 1: 8, 2: value, 5: 4}.get(wire)
        if skip is None:
            yield None, wire, 0
            return
        file.seek(min(skip, 2**62), 1)
        yield key >> 3, wire, value


def _varint(file: BinaryIO) -> int | None:
    value = 0
    for shift in range(0, 70, 7):
        byte = file.read(1)
        if not byte:
            return None
        value |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return value
    return None
