"""Reports that use every part of `effprof.report/1`, for the formats' tests."""

from msgspec.structs import replace

from effprof.base.vocabulary import OriginName
from effprof.report.gate import Gate, GateBase, GateLine
from effprof.report.judgement import AdvicePart, Part, Score, Verdict
from effprof.report.report import (
    HostPart,
    Metric,
    MissingPart,
    ModelPart,
    OperatorPart,
    Report,
    ScenarioPart,
    TargetPart,
    Tensor,
    TrialPart,
    WarningPart,
)

CLOCK = "clock:perf_counter_ns"
CPU_MODEL = "cpu-power-model:ccf-2024"


def clocked(value: float, low: float, high: float) -> Metric:
    return Metric(value, "s", "measured", CLOCK, low=low, high=high, n=1840)


def figure(
    value: float, unit: str, source: str, origin: OriginName = "measured", n: int | None = None
) -> Metric:
    return Metric(value, unit, origin, source, n=n)


METRICS = {
    "latency.p50": clocked(0.007214, 0.007151, 0.007289),
    "latency.p90": clocked(0.007931, 0.007802, 0.008112),
    "latency.mean": clocked(0.007342, 0.0073416, 0.0073424),
    "latency.jitter": Metric(0.0994, "1", "measured", CLOCK, low=0.091, high=0.113, n=1840),
    "latency.load": Metric(0.0412, "s", "measured", CLOCK, low=0.0399, high=0.0438, n=5),
    "latency.first": Metric(0.0193, "s", "measured", CLOCK, low=0.0181, high=0.0221, n=5),
    "throughput.items": Metric(138.2, "1/s", "measured", CLOCK, low=136.8, high=139.5, n=1840),
    "throughput.peak": Metric(412.9, "1/s", "measured", CLOCK, low=409, high=416, n=620),
    "throughput.peak_batch": figure(32, "1", CLOCK),
    "memory.peak": Metric(
        50541363, "B", "measured", "proc:VmHWM", low=50331648, high=50751078, n=5
    ),
    "memory.steady": figure(47185920, "B", "proc:VmRSS", n=5),
    "energy.inference": Metric(
        0.0981,
        "J",
        "modelled",
        CPU_MODEL,
        low=0.0487,
        high=0.195,
        scope="vCPU share of the server, idle included; the meters of the sockets cannot be read",
    ),
    "power.mean": Metric(13.6, "W", "modelled", CPU_MODEL, low=6.7, high=27.1),
    "cost.million": Metric(0.412, "USD", "modelled", "price:target", low=0.39, high=0.44),
    "size.model": figure(13964571, "B", "file:size"),
    "compute.macs": figure(300774272, "1", "graph:operators", "modelled"),
    "compute.parameters": figure(3487816, "1", "graph:initializers", "modelled"),
    "compute.intensity": figure(10.9, "FLOP/B", "graph:operators", "modelled"),
    "compute.cycles": Metric(
        412000000, "1", "emulated", "unicorn:cortex-m4", low=380000000, high=450000000
    ),
    "utilization.compute": Metric(
        0.412, "1", "modelled", "roofline:this-machine", low=0.38, high=0.45
    ),
    "utilization.cpu": Metric(0.987, "1", "measured", "proc:stat", low=0.981, high=0.991, n=5),
    "quality.accuracy": Metric(
        0.7188, "1", "measured", "labels:val.npy", low=0.690, high=0.746, n=1000
    ),
    "quality.cosine": figure(0.99991, "1", "outputs:reference", n=64),
}

OPERATORS = (
    OperatorPart("/features/features.0/Conv", "Conv", 10838016, 1806336, 0.00112, 0.155, "compute"),
    OperatorPart(
        "/features/features.1/conv/Conv", "Conv", 3612672, 3211392, 0.00335, 0.464, "memory"
    ),
    OperatorPart("/features/features.1/conv/Clip", "Clip", 0, 3211264, 0.00091, 0.126, "memory"),
    OperatorPart(
        "/classifier/classifier.1/Gemm", "Gemm", 1280000, 5128000, 0.00142, 0.197, "memory"
    ),
    OperatorPart("/Flatten", "Flatten", 0, None, 0.00003, 0.004, "overhead"),
    OperatorPart("/Shape", "Shape"),
)


def trial(p50: float, p99: float, steal: float) -> TrialPart:
    return TrialPart(
        ending="ok",
        load_s=0.0412,
        first_s=0.0193,
        runs=368,
        warmup_runs=12,
        latency={"p50": p50, "p90": p50 * 1.1, "p99": p99},
        cpu_s=5.31,
        wall_s=2.66,
        blocks=(p50, p50 * 1.01, p50 * 0.99),
        host={
            "wall_s": 2.66,
            "cpu_s": 5.31,
            "switches_voluntary": 1106.0,
            "switches_involuntary": 31.0,
            "steal_s": steal,
            "others_cpu_s": 0.2,
        },
    )


BIMODAL = (
    trial(0.00716, 0.0098, 0.0),
    trial(0.00719, 0.0101, 0.01),
    trial(0.00894, 0.0143, 0.31),
    trial(0.00715, 0.0097, 0.0),
    trial(0.00891, 0.0139, 0.28),
)

SCORE = Score(
    profile="edge",
    points=81.2,
    low=79.9,
    high=82.4,
    measured_share=0.75,
    parts=(
        Part("latency.p90", 0.4, 0.00793, 0.01, 0.1, 1.0, "measured", 0.0078, 0.00811),
        Part("latency.jitter", 0.35, 0.0994, 0.05, 0.5, 0.81, "measured", 0.091, 0.113),
        Part(
            *("energy.inference", 0.25, 0.0981, 0.01, 1.0, 0.52, "modelled", 0.0487, 0.195),
            why="modelled, so it counts but never wins alone",
        ),
    ),
)

VERDICTS = (
    Verdict("latency.p90", 0.05, "pass", "s", 0.00793, 0.0078, 0.00811),
    Verdict("throughput.items", 138, "undecided", "1/s", 138.2, 136.8, 139.5, "interval straddles"),
    Verdict("size.model", 10485760, "fail", "B", 13964571),
)

FULL = Report(
    schema="effprof.report/1",
    effprof="0.1.0",
    id="01JD00000000000000000000",
    created="2026-11-23T12:00:00Z",
    model=ModelPart(
        name="mobilenetv2-1.0.onnx",
        format="onnx",
        sha256="9f" * 32,
        size_bytes=13964571,
        parameters=3487816,
        macs=300774272,
        precision="fp32",
        opset=17,
        inputs=(Tensor("input", "float32", (1, 3, 224, 224), "random in [0, 1), seed 0"),),
        outputs=(Tensor("logits", "float32", (1, 1000)),),
    ),
    target=TargetPart(
        id="edge",
        environment="edge",
        backend="onnxruntime",
        sha256="5a" * 32,
        device={"name": "this machine"},
        settings={"threads": 2, "providers": ["CPUExecutionProvider"]},
    ),
    host=HostPart(
        cpu="AMD EPYC 7B13 64-Core Processor",
        cores=2,
        memory_bytes=25769803776,
        os="Linux 6.18",
        python="3.11.7",
        fingerprint="9f2c",
        packages={"onnxruntime": "1.32.0"},
        load=0.12,
    ),
    scenario=ScenarioPart(
        name="single-stream",
        batch=1,
        trials=5,
        runs=1840,
        warmup_runs=60,
        seed=0,
        command=("effprof", "measure", "models/mobilenetv2-1.0.onnx", "-t", "edge"),
        precision_goal=0.01,
        precision_reached=0.0096,
    ),
    metrics=METRICS,
    missing=(
        MissingPart("latency.p99", "needs 459 runs a trial, had 368", "--time 30"),
        MissingPart(
            "power.idle",
            "this machine has no energy counter that this user may read: "
            "/sys/class/powercap is empty (a virtual machine)",
        ),
    ),
    operators=OPERATORS,
    trials=BIMODAL,
    sweep=(
        {"batch": 1, "throughput.items": 138.2, "latency.p50": 0.007214, "memory.peak": 50541363},
        {"batch": 32, "throughput.items": 412.9, "latency.p50": 0.07751, "memory.peak": 118541363},
    ),
    score=SCORE,
    verdicts=VERDICTS,
    advice=(
        AdvicePart(
            "memory-bound",
            "62 % of the time is bound by memory bandwidth, most of it in Conv: int8 will help "
            "more than pruning",
            {"memory_bound_share": 0.62},
        ),
    ),
    warnings=(
        WarningPart(
            "bimodal-trials",
            "the trials fall into two groups, 7.2 ms and 8.9 ms, further apart than their noise",
            "something else ran on these cores: close it, or pin the run with --cores",
        ),
        WarningPart(
            "noisy-host", "12 % of the CPU time was stolen by the hypervisor", "measure again later"
        ),
    ),
)

UNFINISHED = replace(
    FULL,
    metrics={"latency.load": METRICS["latency.load"], "size.model": METRICS["size.model"]},
    operators=(),
    sweep=(),
    score=Score("edge", reason="latency.p90 is missing"),
    verdicts=(),
    advice=(),
    warnings=(),
    trials=(
        BIMODAL[0],
        TrialPart("memory", load_s=0.04, detail="512 MiB reached, the limit of the target"),
    ),
    unfinished="trial 2 ended with memory: 512 MiB reached, the limit of the target",
)

TINY = replace(
    FULL,
    model=replace(
        FULL.model,
        name="kws.onnx",
        converted={"to": "tflite", "precision": "int8", "by": "onnx2tf 2.6.9", "size_bytes": 57000},
    ),
    target=TargetPart("nrf52840", "tinyml", "mcu", "5a" * 32, {"name": "nRF52840"}),
    metrics={
        "latency.p50": Metric(
            0.0812, "s", "emulated", "unicorn:cycles", low=0.0731, high=0.0893, n=1
        ),
        "memory.ram": Metric(86016, "B", "emulated", "elf:bss"),
        "size.flash": Metric(133120, "B", "emulated", "elf:text"),
        "energy.inference": Metric(
            0.00135, "J", "modelled", "datasheet:nrf52840", low=0.0009, high=0.002
        ),
        "battery.life": Metric(1.2e7, "s", "modelled", "battery:cr2032", low=8e6, high=1.9e7),
    },
    missing=(),
    operators=(),
    trials=(),
    sweep=(),
    score=None,
    verdicts=(),
    warnings=(),
)

GATE = Gate(
    verdict="fail",
    baseline=GateBase("old.onnx", "0" * 64, 1),
    margin=0.03,
    tolerance=0.03,
    threads=1,
    notes=("the machine was calm",),
    lines=(
        GateLine(
            *("latency.p50", "s", "fail", "paired"),
            base=0.010,
            candidate=0.012,
            ratio=1.2,
            low=1.18,
            high=1.22,
            clock="cpu",
            workers=6,
        ),
        GateLine("size.model", "B", "pass", "exact", base=2048, candidate=2048, ratio=1.0),
        GateLine("memory.peak", "B", "undecided", "range", why="two workers differ by more"),
        GateLine("latency.p99", "s", "undecided", "apart", gates=False),
    ),
)
