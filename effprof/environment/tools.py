"""The converters, each in an environment of its own: locked lists that ship with effprof.

Each pins what it touches, down to another version of LiteRT: they share no environment, neither
with each other nor with a runtime that is measured.
"""

from effprof.environment.spec import Spec

# Since 2.4 it writes .tflite files itself; before, it dragged in 2.4 GB of TensorFlow.
ONNX2TF = Spec("onnx2tf==2.6.9", ("onnx2tf==2.6.9",), lock="onnx2tf.txt", minimum=(3, 12))
QUANTIZER = Spec(
    "ai-edge-quantizer==0.10.0", ("ai-edge-quantizer==0.10.0",), lock="ai-edge-quantizer.txt"
)

SETS: dict[str, tuple[Spec, ...]] = {"mobile": (ONNX2TF, QUANTIZER)}
"""What `effprof setup NAME` makes."""
