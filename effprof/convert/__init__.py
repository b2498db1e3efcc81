"""From the model a user has to the file a target takes: converted, quantised, kept by content."""

from effprof.convert.child import Limits
from effprof.convert.converted import Attempt, Converted, Tensor, together
from effprof.convert.quantise import quantise_onnx, quantise_tflite
from effprof.convert.source import Source
from effprof.convert.tflite import to_tflite

__all__ = [
    "Attempt",
    "Converted",
    "Limits",
    "Source",
    "Tensor",
    "quantise_onnx",
    "quantise_tflite",
    "to_tflite",
    "together",
]
