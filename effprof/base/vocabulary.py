"""The closed sets of words that the command line, YAML files, reports and the code share."""

from typing import Literal

Environment = Literal["cloud", "edge", "mobile", "tinyml"]
Means = Literal["run", "emulate", "model"]
"""How a target's figures come about: run here, executed in an emulator, worked out."""
ScenarioName = Literal["single-stream", "offline", "server"]
Precision = Literal["fp32", "fp16", "int8"]
"""What a model can be asked to be; a file may be of others."""
OriginName = Literal["measured", "emulated", "modelled"]
VerdictName = Literal["pass", "fail", "undecided"]
CountsAs = Literal["pass", "fail"]
"""What `--undecided` maps that verdict to; nothing: exit code 5."""
Bound = Literal["compute", "memory", "overhead"]
MOST_THREADS = 1024
"""That may be asked for: more is a slip, and a runtime makes as many as it is told."""
