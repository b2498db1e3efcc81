"""What the tools of a phone print, as they print it: versions and devices differ in these ways."""

# LiteRT 2: INFO in front, percentiles, XNNPACK by default.
NEW = """\
INFO: STARTING!
INFO: Log parameter values verbosely: [0]
INFO: Num threads: [1]
INFO: Graph: [/data/local/tmp/model.tflite]
INFO: Loaded model /data/local/tmp/model.tflite
INFO: Initialized TensorFlow Lite runtime.
INFO: Created TensorFlow Lite XNNPACK delegate for CPU.
VERBOSE: Replacing 70 out of 70 node(s) with delegate (TfLiteXNNPackDelegate) node, yielding 1 partitions for subgraph 0.
INFO: The input model file size (MB): 13.9759
INFO: Initialized session in 8.001ms.
INFO: Running benchmark for at least 1 iterations and at least 0.5 seconds but terminate if exceeding 150 seconds.
INFO: count=51 first=11701 curr=9712 min=9512 max=11701 avg=9891.7 std=322 p5=9520 median=9830 p95=10300

INFO: Running benchmark for at least 90 iterations and at least 1 seconds but terminate if exceeding 150 seconds.
INFO: count=101 first=9702 curr=9850 min=9009 max=14822 avg=9979.05 std=818 p5=9348 median=9847 p95=10655

INFO: Inference timings in us: Init: 8001, First inference: 11701, Warmup (avg): 9891.7, Inference (avg): 9979.05
INFO: Note: as the benchmark tool itself affects memory footprint, the following is only APPROXIMATE to the actual memory footprint of the model at runtime. Take the information at your discretion.
INFO: Memory footprint delta from the start of the tool (MB): init=30.7578 overall=38.6211
INFO: Overall peak memory footprint (MB) via periodic monitoring: 41.5
"""  # noqa: E501

# TensorFlow Lite of 2021: no INFO, no percentiles, an average with an exponent.
OLD = """\
STARTING!
Num threads: [4]
Graph: [./mobilenet_v1_1.0_224.tflite]
Loaded model ./mobilenet_v1_1.0_224.tflite
Initialized session in 17.187ms.
Running benchmark for at least 1 iterations and at least 0.5 seconds but terminate if exceeding 150 seconds.
count=1 curr=3512391

Running benchmark for at least 50 iterations and at least 1 seconds but terminate if exceeding 150 seconds.
count=50 first=2990275 curr=2913402 min=2727568 max=3189954 avg=2.95034e+06 std=109798

Inference timings in us: Init: 17187, First inference: 3512391, Warmup (avg): 3.51239e+06, Inference (avg): 2.95034e+06
Peak memory footprint (MB): init=4.21094 overall=46.0859
"""  # noqa: E501

# What goes after either with --enable_op_profiling: older versions have a [start] column too.
PROFILE = """\
Profiling Info for Benchmark Initialization:
============================== Run Order ==============================
\t             [node type]\t  [first]\t [avg ms]\t     [%]\t  [cdf%]\t  [mem KB]\t[times called]\t[Name]
\t         AllocateTensors\t    0.291\t    0.291\t100.000%\t100.000%\t   452.000\t        1\tAllocateTensors/0

============================== Top by Computation Time ==============================
\t             [node type]\t  [first]\t [avg ms]\t     [%]\t  [cdf%]\t  [mem KB]\t[times called]\t[Name]
\t         AllocateTensors\t    0.291\t    0.291\t100.000%\t100.000%\t   452.000\t        1\tAllocateTensors/0

Operator-wise Profiling Info for Regular Benchmark Runs:
============================== Run Order ==============================
\t             [node type]\t  [first]\t [avg ms]\t     [%]\t  [cdf%]\t  [mem KB]\t[times called]\t[Name]
\t                 CONV_2D\t    4.269\t    4.100\t 41.000%\t 41.000%\t     0.000\t        1\t[first]:0
\t       DEPTHWISE_CONV_2D\t    2.150\t    2.000\t 20.000%\t 61.000%\t     0.000\t        1\t[second]:1

============================== Top by Computation Time ==============================
"""  # noqa: E501

FAILED = """\
STARTING!
Loaded model /data/local/tmp/model.tflite
ERROR: Didn't find op for builtin opcode 'CONV_2D' version '9'.
"""

GETPROP = """\
[ro.board.platform]: [zumapro]
[ro.build.version.release]: [15]
[ro.product.cpu.abi]: [arm64-v8a]
[ro.product.manufacturer]: [Google]
[ro.product.model]: [Pixel 9 Pro]
[ro.soc.manufacturer]: [Google]
[ro.soc.model]: [Tensor G4]
"""

BATTERY = """\
Current Battery Service state:
  AC powered: false
  USB powered: true
  Wireless powered: false
  Max charging current: 500000
  Charge counter: 2483000
  status: 2
  health: 2
  present: true
  level: 67
  scale: 100
  voltage: 3964
  temperature: 337
  technology: Li-poly
[EventLogBuffer]
08-11 18:34:14.721  Sending ACTION_BATTERY_CHANGED: level:72, health:2, voltage:4120
"""

THERMAL = """\
IsStatusOverride: false
Thermal Status: 0
Cached temperatures:
\tTemperature{mValue=84.208, mType=0, mName=CPU, mStatus=0}
\tTemperature{mValue=48.517, mType=3, mName=SKIN, mStatus=0}
HAL Ready: true
Current temperatures from HAL:
\tTemperature{mValue=57.9, mType=0, mName=CPU, mStatus=0}
\tTemperature{mValue=34.351, mType=3, mName=SKIN, mStatus=0}
Current cooling devices from HAL:
\tCoolingDevice{mValue=0, mType=2, mName=thermal-cpufreq-0}
"""
