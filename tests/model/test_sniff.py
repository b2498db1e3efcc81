from pathlib import Path

import pytest

from effprof.base.errors import ModelError
from effprof.model.sniff import sniff
from tests.model import build


def _sniff(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    return sniff(path, len(content))


def test_onnx_is_known_by_its_content(tmp_path: Path) -> None:
    assert _sniff(tmp_path / "x.txt", build.small().SerializeToString()) == "onnx"


def test_tflite_is_known_by_its_content(tmp_path: Path) -> None:
    assert _sniff(tmp_path / "x.onnx", b"\x1c\0\0\0TFL3" + bytes(40)) == "tflite"


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"hello\nworld\n", "text"),
        (b"\x89HDF\r\n\x1a\n" + bytes(20), "HDF5"),
        (b"GGUF\x03\0\0\0", "GGUF"),
        (b"\x10\0\0\0\0\0\0\0{}              ", "safetensors"),
        (b"\x80\x02}q\x00.", "pickle"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
        (b"<!DOCTYPE html><html>", "HTML"),
        (b"\x20\0\0\0ORTM" + bytes(20), "ONNX Runtime"),
        (b"PK\x03\x04garbage", "zip"),
        (bytes(range(255, 0, -1)), "no model format"),
    ],
)
def test_other_formats_are_named(tmp_path: Path, content: bytes, word: str) -> None:
    with pytest.raises(ModelError, match=word) as error:
        _sniff(tmp_path / "model", content)
    assert error.value.hint


@pytest.mark.parametrize(
    ("member", "word"),
    [
        ("model/data.pkl", "PyTorch checkpoint"),
        ("model/archive_format", "exported program .*may run code"),
    ],
)
def test_a_torch_archive_is_named_and_not_opened(member: str, word: str, tmp_path: Path) -> None:
    from zipfile import ZipFile

    path = tmp_path / "model.pt"
    with ZipFile(path, "w") as archive:
        archive.writestr(member, b"")
    with pytest.raises(ModelError, match=word):
        sniff(path, path.stat().st_size)


def test_a_cut_off_file_says_where(tmp_path: Path) -> None:
    whole = build.small().SerializeToString()
    with pytest.raises(ModelError, match="cut off"):
        _sniff(tmp_path / "m.onnx", whole[: len(whole) - 40])
