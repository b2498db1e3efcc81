import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from effprof.base.errors import ReportError
from effprof.base.metrics import CATALOGUE
from effprof.report import codec, ranking
from effprof.report.identity import new_id
from effprof.report.report import (
    HostPart,
    Metric,
    MissingPart,
    ModelPart,
    Report,
    ScenarioPart,
    TargetPart,
    Tensor,
    WarningPart,
)
from effprof.report.save import save
from effprof.report.schema import schema
from effprof.report.variants import VARIANTS, Chosen, Tried, Variants

GOLDEN = Path(__file__).parents[1] / "golden" / "report-1.json"


@pytest.fixture
def golden() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(GOLDEN.read_text())
    return document


def test_the_golden_report_loads_for_good() -> None:
    (report,) = codec.load(GOLDEN)
    assert report.metrics["latency.p99"].value == 0.0004
    assert report.target.settings["threads"] == 2
    assert report.trials[1].ending == "crashed"


def test_the_golden_report_has_every_key_there_is(golden: dict[str, Any]) -> None:
    """What a Struct can hold and the golden report lacks would never be checked again."""
    seen: dict[str, set[str]] = {}

    def walk(value: Any) -> None:
        if isinstance(value, msgspec.Struct):
            filled = {
                name
                for name in value.__struct_fields__
                if getattr(value, name) not in (None, (), {})
            }
            seen.setdefault(type(value).__name__, set()).update(filled)
            for name in value.__struct_fields__:
                walk(getattr(value, name))
        elif isinstance(value, dict):
            list(map(walk, value.values()))
        elif isinstance(value, tuple):
            list(map(walk, value))

    (report,) = codec.load(GOLDEN)
    walk(report)
    definitions = schema("report")["$defs"]
    together = {"Reports"} | {one for one in definitions if hasattr(ranking, one)}
    for name in set(definitions) - together:
        assert seen[name] == set(definitions[name]["properties"]), name


def test_the_golden_report_is_written_as_it_was_read(golden: dict[str, Any]) -> None:
    (report,) = codec.load(GOLDEN)
    assert json.loads(codec.dump(report)) == golden


def test_several_reports_in_one_file(tmp_path: Path) -> None:
    (report,) = codec.load(GOLDEN)
    path = tmp_path / "two.json"
    save(codec.dump([report, replace(report, id="other")]), path)
    assert json.loads(path.read_text())["schema"] == "effprof.reports/1"
    assert [one.id for one in codec.load(path)] == [report.id, "other"]


def test_the_reports_that_variants_hold_are_read(tmp_path: Path) -> None:
    (golden,) = codec.load(GOLDEN)
    chosen = Chosen("edge", "edge", "as is", (Tried("as is", 0), Tried("int8", 1)), "as is", "")
    path = tmp_path / "variants.json"
    save(codec.dump_plain(Variants(VARIANTS, (chosen,), (golden, golden))), path)
    assert codec.load(path) == (golden, golden)
    path.write_text('{"schema": "effprof.variants/9", "reports": []}')
    with pytest.raises(ReportError, match=r"uses effprof\.variants/9, this effprof reads up to"):
        codec.load(path)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "not JSON: "),
        (b"{", "not JSON: "),
        (b'{"a": NaN}', "not JSON: "),
        (b"\xff", "not JSON: "),
        (b"[" * 100_000, "not JSON: "),
        (b"[]", "not a report: no object at the top"),
        (b"{}", "schema: none: not a report of effprof"),
        (b'{"schema": 1}', "schema: none: not a report of effprof"),
        (b'{"schema": "other/1"}', "schema: other/1: not a report of effprof"),
        (b'{"schema": "effprof.history/1"}', "schema: effprof.history/1: not a report"),
        (b'{"schema": "effprof.report/0"}', "schema: effprof.report/0: not a report"),
        (b'{"schema": "\\u001b[31m"}', "schema: [31m: not a report of effprof"),
        (b'{"schema": "effprof.report/1"}', "effprof: is missing"),
        (b'{"schema": "effprof.reports/1"}', "reports: holds no reports"),
        (b'{"schema": "effprof.reports/1", "reports": []}', "reports: holds no reports"),
        (b'{"schema": "effprof.reports/1", "reports": [1]}', "reports.0: not a report"),
        (
            b'{"schema": "effprof.reports/1", "reports": [{"schema": "effprof.reports/1"}]}',
            "reports.0: schema: effprof.reports/1 is not effprof.report/1",
        ),
    ],
)
def test_files_that_are_no_reports(tmp_path: Path, raw: bytes, message: str) -> None:
    path = tmp_path / "r.json"
    path.write_bytes(raw)
    with pytest.raises(ReportError) as caught:
        codec.load(path)
    assert caught.value.message.startswith(f"{path}: {message}")
    assert caught.value.message.isprintable()


@pytest.mark.parametrize("kind", ["report", "reports"])
def test_a_newer_schema_is_refused_by_name(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "r.json"
    path.write_text(json.dumps({"schema": f"effprof.{kind}/2", "reports": []}))
    with pytest.raises(ReportError) as caught:
        codec.load(path)
    assert caught.value.message == (
        f"{path}: report uses effprof.{kind}/2, this effprof reads up to effprof.{kind}/1"
    )
    assert caught.value.hint == "upgrade effprof"


def test_a_newer_report_among_others_is_refused(tmp_path: Path, golden: dict[str, Any]) -> None:
    path = tmp_path / "r.json"
    newer = {**golden, "schema": "effprof.report/9"}
    path.write_text(json.dumps({"schema": "effprof.reports/1", "reports": [golden, newer]}))
    with pytest.raises(ReportError, match=r"report uses effprof\.report/9"):
        codec.load(path)


def test_no_such_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=r"none\.json: no such file"):
        codec.load(tmp_path / "none.json")
    with pytest.raises(ReportError, match="is a directory"):
        codec.load(tmp_path)


@pytest.mark.parametrize(
    ("keys", "value", "message"),
    [
        (["metrics", "latency.p99", "value"], "x", "metrics.latency.p99.value: expected a number"),
        (["metrics", "latency.p99", "value"], None, "metrics.latency.p99.value: expected a num"),
        (["metrics", "latency.p99", "unit"], "ms", "metrics.latency.p99.unit: ms where s is"),
        (["metrics", "latency.p99", "origin"], "guessed", "metrics.latency.p99.origin: 'guessed'"),
        (["metrics", "latency.p99", "low"], 1.0, "metrics.latency.p99: low 1.0 above high 0.0004"),
        (["model", "size_bytes"], -1, "model.size_bytes: expected a whole number >= 0 (-1)"),
        (["verdicts", 0, "verdict"], "maybe", "verdicts.0.verdict: 'maybe' is not allowed"),
        (["trials", 1, "runs"], 0.5, "trials.1.runs: expected a whole number, got a number (0.5)"),
        (["score", "measured_share"], 2, "score.measured_share: expected a number <= 1.0 (2)"),
    ],
)
def test_what_is_wrong_is_told_by_its_key(
    tmp_path: Path, golden: dict[str, Any], keys: list[Any], value: object, message: str
) -> None:
    inner: Any = golden
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = value
    path = tmp_path / "r.json"
    path.write_text(json.dumps(golden))
    with pytest.raises(ReportError) as caught:
        codec.load(path)
    assert caught.value.message.startswith(f"{path}: {message}")


def test_keys_of_a_later_minor_version_and_strange_metrics_are_no_error(
    tmp_path: Path, golden: dict[str, Any]
) -> None:
    golden["new_key"] = {"a": 1}
    golden["metrics"]["vendor.x"] = {"value": 1, "unit": "hops", "origin": "measured", "source": ""}
    path = tmp_path / "r.json"
    path.write_text(json.dumps(golden))
    (report,) = codec.load(path)
    assert report.metrics["vendor.x"].unit == "hops"


def test_older_reports_are_migrated_step_by_step() -> None:
    steps = {1: lambda old: {**old, "b": old["a"]}, 2: lambda old: {**old, "c": old["b"] + 1}}
    old = {"schema": "effprof.report/1", "a": 1}
    new = {"schema": "effprof.report/3", "a": 1, "b": 1, "c": 2}
    assert codec.migrate(old, 1, steps, 3) == new
    assert codec.migrate(new, 3, steps, 3) == new
    assert set(codec.MIGRATIONS) == set(range(1, codec.VERSION))


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
def test_no_number_that_is_none_is_ever_written(bad: float) -> None:
    (report,) = codec.load(GOLDEN)
    metric = Metric(value=bad, unit="s", origin="measured", source="clock")
    with pytest.raises(ReportError, match=rf"metrics\.latency\.p50\.value: {bad} is not"):
        codec.dump(replace(report, metrics={"latency.p50": metric}))
    nested = replace(report.target, settings={"a": [{"b": bad}]})
    with pytest.raises(ReportError, match=r"reports\.1\.target\.settings\.a\.0\.b"):
        codec.dump([report, replace(report, target=nested)])


def test_a_file_name_that_is_not_unicode_can_be_written() -> None:
    (report,) = codec.load(GOLDEN)
    name = b"caf\xe9.onnx".decode("utf-8", "surrogateescape")
    text = codec.dump(replace(report, model=replace(report.model, name=name)))
    assert json.loads(text)["model"]["name"] == r"caf\udce9.onnx"


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
COUNTS = st.integers(0, 2**53)
METRICS = st.sampled_from(sorted(CATALOGUE)).flatmap(
    lambda key: st.tuples(
        st.just(key),
        st.builds(
            Metric,
            value=NUMBERS,
            unit=st.just(CATALOGUE[key].unit),
            origin=st.sampled_from(["measured", "emulated", "modelled"]),
            source=TEXT,
            low=st.none(),
            high=st.none() | NUMBERS,
            n=st.none() | COUNTS,
            scope=st.none() | TEXT,
        ),
    )
)
REPORTS = st.builds(
    Report,
    schema=st.just("effprof.report/1"),
    effprof=TEXT,
    id=TEXT,
    created=TEXT,
    model=st.builds(
        ModelPart,
        name=TEXT,
        format=TEXT,
        sha256=TEXT,
        size_bytes=COUNTS,
        parameters=st.none() | COUNTS,
        macs=st.none(),
        precision=st.none(),
        opset=st.none(),
        inputs=st.just((Tensor("x", "float32", (1, "batch"), "ones"),)),
        outputs=st.just(()),
        converted=st.none() | st.dictionaries(TEXT, NUMBERS | TEXT, max_size=3),
    ),
    target=st.builds(TargetPart, id=TEXT, environment=TEXT, backend=TEXT, sha256=TEXT),
    host=st.builds(
        HostPart,
        cpu=TEXT,
        cores=COUNTS,
        memory_bytes=COUNTS,
        os=TEXT,
        python=TEXT,
        fingerprint=TEXT,
        load=st.none() | NUMBERS,
    ),
    scenario=st.builds(
        ScenarioPart,
        name=TEXT,
        batch=COUNTS,
        trials=COUNTS,
        runs=COUNTS,
        warmup_runs=COUNTS,
        seed=COUNTS,
        command=st.lists(TEXT, max_size=3).map(tuple),
    ),
    metrics=st.lists(METRICS, max_size=4).map(dict),
    missing=st.lists(st.builds(MissingPart, metric=TEXT, reason=TEXT), max_size=2).map(tuple),
    operators=st.just(()),
    trials=st.just(()),
    sweep=st.just(()),
    score=st.none(),
    verdicts=st.just(()),
    warnings=st.lists(st.builds(WarningPart, code=TEXT, text=TEXT, advice=TEXT), max_size=2).map(
        tuple
    ),
    unfinished=st.none() | TEXT,
)


@given(st.lists(REPORTS, min_size=1, max_size=2))
def test_any_report_survives_being_written_and_read(
    tmp_path_factory: pytest.TempPathFactory, reports: list[Report]
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_text(codec.dump(reports), encoding="utf-8")
    assert codec.load(path) == tuple(reports)
    path.write_text(codec.dump(reports[0]), encoding="utf-8")
    assert codec.load(path) == (reports[0],)


def test_ids_sort_by_time() -> None:
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    ids = [new_id(now + timedelta(milliseconds=n)) for n in range(50)]
    assert ids == sorted(ids)
    assert len({new_id(now) for _ in range(50)}) == 50
    assert all(re.fullmatch("[0-7][0-9A-HJKMNP-TV-Z]{25}", one) for one in ids)
    assert new_id(datetime.fromtimestamp(0, UTC)).startswith("0" * 10)
