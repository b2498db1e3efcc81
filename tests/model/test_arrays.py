import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from effprof.base.errors import InputError
from effprof.model import arrays
from effprof.model.arrays import check_finite, keys, read_header


def _npy(array: object, **options: bool) -> bytes:
    file = io.BytesIO()
    np.save(file, np.asarray(array), **options)
    return file.getvalue()


def test_headers(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros((2, 3), np.int64))
    header = read_header(tmp_path / "a.npy")
    assert (header.dtype, header.shape, header.values_bytes) == ("int64", (2, 3), 48)
    np.savez_compressed(tmp_path / "a.npz", x=np.zeros((5,), np.float32))
    assert read_header(tmp_path / "a.npz", "x").shape == (5,)
    assert keys(tmp_path / "a.npz") == ["x"]


def test_python_objects_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.npy").write_bytes(_npy(np.array([{}], object), allow_pickle=True))
    with pytest.raises(InputError, match="Python objects"):
        read_header(tmp_path / "a.npy")


def test_a_header_that_promises_too_much_is_refused(tmp_path: Path) -> None:
    honest = _npy(np.zeros((2, 3), np.float32))
    bomb = honest.replace(b"(2, 3)", b"(2, 3000000000000)", 1).replace(b" " * 12, b"", 1)
    (tmp_path / "a.npy").write_bytes(bomb)
    with pytest.raises(InputError, match="the header says 24000000000000 bytes"):
        read_header(tmp_path / "a.npy")
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", bomb)
    with pytest.raises(InputError, match="the header says"):
        read_header(tmp_path / "a.npz", "x")


@pytest.mark.parametrize("lost", [1, 24])
def test_an_array_that_is_cut_off_is_refused(lost: int, tmp_path: Path) -> None:
    """Also by less than its header is long, which is 128 bytes."""
    (tmp_path / "a.npy").write_bytes(_npy(np.zeros((2, 3), np.float32))[:-lost])
    with pytest.raises(InputError, match=f"24 bytes of values, the file holds {24 - lost}"):
        read_header(tmp_path / "a.npy")


def test_what_does_not_fit_in_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.savez_compressed(tmp_path / "a.npz", x=np.zeros(10_000_000, np.float32))
    assert (tmp_path / "a.npz").stat().st_size < 100_000
    monkeypatch.setattr(arrays, "memory_bytes", lambda: 2**20)
    with pytest.raises(InputError, match="more than this machine's memory"):
        read_header(tmp_path / "a.npz", "x")


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "a.npz", x=np.arange(10_000, dtype=np.float32))
    whole = bytearray((tmp_path / "a.npz").read_bytes())
    whole[200:400] = bytes(200)
    (tmp_path / "a.npz").write_bytes(whole)
    with pytest.raises(InputError):
        check_finite(tmp_path / "a.npz", "x")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_refused(tmp_path: Path, bad: float) -> None:
    values = np.zeros(3_000_000, np.float16)
    values[-1] = bad
    np.savez_compressed(tmp_path / "a.npz", x=values)
    with pytest.raises(InputError, match="NaN or infinity"):
        check_finite(tmp_path / "a.npz", "x")


def test_integers_are_always_finite(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.arange(5))
    check_finite(tmp_path / "a.npy")


def test_missing_files_and_members(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_header(tmp_path / "none.npy")
    with pytest.raises(InputError, match="npz"):
        keys(tmp_path / "none.npz")
    np.savez(tmp_path / "a.npz", x=np.zeros(1))
    with pytest.raises(InputError, match="cannot be read"):
        read_header(tmp_path / "a.npz", "y")


@given(st.binary(max_size=80), st.booleans())
def test_garbage_is_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, magic: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / "garbage.npy"
    path.write_bytes((b"\x93NUMPY\x01\x00" if magic else b"") + content)
    with pytest.raises(InputError):
        read_header(path)
