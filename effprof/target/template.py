"""The file that `effprof targets new` starts a user's own target with."""

TEMPLATE = """\
# A place where a model will live. `effprof targets validate FILE` checks it; it is found by its
# name when it lies in ./targets (or the folder that `effprof targets` names), else by its path.
schema: 1
name: my-board               # lower-case letters, digits, hyphens; the file is my-board.yaml
environment: edge            # cloud, edge, mobile or tinyml: what binds there
summary: my board, ONNX Runtime on its CPU

means: run                   # here; `emulate` executes it in an emulator, `model` works it out
backend: onnxruntime         # what runs it; the options go to it
options:
  threads: cores             # every usable core, or a number
meters: [memory, rapl, hwmon, pmic, battery]  # read besides the clock, where they are
profile: edge                # priorities that its score is judged by
device: {name: my board}     # as the report is to call it

# memory_limit: 512 MiB      # a worker above it is stopped; without it, nearly all that is free

# What is known of the device, each with its source. A number always has a unit.
# With these three, energy without a counter is worked out from your figures.
# facts:
#   cpu_power_idle: {value: 0.5 W, source: "measured at the plug, 4 cores, 2 W idle"}
#   cpu_power_busy: {value: 1.8 W, source: "measured at the plug, 4 cores, 7.2 W under stress-ng"}
#   memory_power: {value: 0.1 W/GB, source: "data sheet of the module, rev 2, p. 4"}

# For a microcontroller, copy the file of a board like it instead (`effprof targets show nrf52840`
# says where it is) and change its facts; what you do not know is `unknown`.
"""
