"""Child only: TensorProto files of an ONNX test_data_set folder, written as .npy."""

from pathlib import Path

import numpy as np
import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

from effprof.base.errors import ModelError


def unpack(tensors: tuple[str, ...], folder: str) -> tuple[str, ...]:
    """Paths written, in the order given; the file keeps the stem of the tensor's file."""
    written = []
    for name in tensors:
        tensor = onnx.TensorProto()
        try:
            tensor.ParseFromString(Path(name).read_bytes())
            if tensor.data_location == onnx.TensorProto.EXTERNAL:
                raise ModelError(f"{name}: its data lies in another file", hint="save it as .npy")
            array = onnx.numpy_helper.to_array(tensor)
        except (DecodeError, ValueError, TypeError) as error:
            raise ModelError(f"{name}: no valid TensorProto: {error}") from error
        path = Path(folder) / f"{Path(name).stem}.npy"
        np.save(path, array, allow_pickle=False)
        written.append(str(path))
    return tuple(written)
