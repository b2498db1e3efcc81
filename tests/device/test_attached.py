"""`--device adb`, whole, against a stand-in for adb: what is asked, what is told, what is left."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

import jsonschema
import pytest

from effprof.base.errors import EffprofError, LackingError, RequestError, UnfinishedError
from effprof.device.adb import Adb, attach, workplace
from effprof.report.schema import schema
from tests.conftest import EXAMPLES
from tests.device import said
from tests.e2e.command import effprof_here
from tests.measure.test_estimate import PHONE
from tests.model.tflite_build import network

READY = "R5CT123\tdevice\n"


class FakePhone:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "files/data/local/tmp").mkdir(parents=True)
        (folder / "bin").mkdir()
        program = folder / "bin" / "adb"
        fake = Path(__file__).with_name("fake_adb.py")
        program.write_text(f"#!{sys.executable}\n" + fake.read_text())
        program.chmod(0o755)
        self.devices(READY)
        self.says()

    def devices(self, text: str) -> None:
        (self.folder / "devices").write_text(text)

    def says(self, **changes: str) -> None:
        told = {
            "getprop": said.GETPROP,
            "dumpsys battery": said.BATTERY,
            "dumpsys thermalservice": said.THERMAL,
            "benchmark_model": said.NEW,
            "profile": said.PROFILE,
        }
        (self.folder / "said.json").write_text(json.dumps(told | changes))

    @property
    def env(self) -> dict[str, str]:
        return {"PATH": str(self.folder / "bin"), "FAKE_PHONE": str(self.folder)}

    def log(self) -> list[list[str]]:
        lines = (self.folder / "log").read_text().splitlines()
        return [json.loads(line) for line in lines]

    def left(self) -> list[Path]:
        return list((self.folder / "files/data/local/tmp").iterdir())

    def measure(self, *words: object) -> subprocess.CompletedProcess[str]:
        """In this process: what takes its time is on the phone."""
        with patch.dict("os.environ", self.env):
            return effprof_here("measure", *words, "--time", 1)

    def report(self, *words: object) -> dict[str, Any]:
        saved = self.folder / "report.json"
        done = self.measure(*words, "--json", saved)
        assert done.returncode == 0, done.stderr
        loaded: dict[str, Any] = json.loads(saved.read_text())
        return loaded


@pytest.fixture
def phone(tmp_path: Path) -> FakePhone:
    return FakePhone(tmp_path / "phone")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Without a backend: nothing has to run on this machine."""
    path = tmp_path / "some-phone.yaml"
    path.write_text(PHONE.replace("backend: onnxruntime\n", ""))
    return path


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return network(tmp_path / "net $(touch pwned); 'x.tflite", open_batch=False)


@pytest.fixture
def binary(tmp_path: Path) -> Path:
    path = tmp_path / "android_aarch64_benchmark_model"
    path.write_bytes(b"\x7fELF")
    return path


def test_a_phone_is_measured_and_nothing_is_left_on_it(
    phone: FakePhone, target: Path, model: Path, binary: Path, tmp_path: Path
) -> None:
    saved = tmp_path / "report.json"
    words = ("--device", "adb", "--benchmark-binary", binary, "-t", target, "--json", saved)
    done = phone.measure(model, *words)
    assert done.returncode == 0, done.stderr
    report = json.loads(saved.read_text())
    _check_figures(report)
    shown = " ".join(done.stdout.split())
    assert "on Google Pixel 9 Pro" in shown
    assert "battery 67 %, battery 34 °C, skin 34 °C, over adb" in shown
    assert "host asked the device" in shown
    assert phone.left() == []
    assert not Path("pwned").exists()
    for command in phone.log():
        if command[2:3] == ["shell"]:
            assert "pwned" not in command[3]
    jsonschema.validate(report, schema("report"))


def _check_figures(report: dict[str, Any]) -> None:
    metrics = report["metrics"]
    p50 = metrics["latency.p50"]
    assert p50["value"] == pytest.approx(9.847e-3)
    assert (p50["origin"], p50["n"]) == ("measured", 5 * 101)
    assert metrics["memory.peak"]["value"] == pytest.approx(41.5 * 2**20)
    assert report["target"]["device"]["name"] == "Google Pixel 9 Pro"
    assert report["target"]["device"]["before"]["battery_level"] == 0.67
    assert report["model"]["inputs"][0]["values"] == "made by benchmark_model"
    assert report["target"]["settings"]["delegate"] == "XNNPACK, 70 of 70 nodes"
    assert [row["type"] for row in report["operators"]] == ["CONV_2D", "DEPTHWISE_CONV_2D"]
    assert len(report["trials"]) == 5
    assert "host_metrics" not in report
    missing = {one["metric"]: one["reason"] for one in report["missing"]}
    assert "charged" in missing["energy.inference"]  # another phone than the target's
    assert "p95 alone" in missing["latency.p90"]


def test_the_binary_that_lies_on_the_phone_is_used(
    phone: FakePhone, target: Path, model: Path
) -> None:
    there = phone.folder / "files/data/local/tmp/benchmark_model"
    done = phone.measure(model, "--device", "adb:R5CT123", "-t", target)
    assert done.returncode == 3
    assert "--benchmark-binary" in done.stderr
    there.write_bytes(b"\x7fELF")
    there.chmod(0o755)
    done = phone.measure(model, "--device", "adb:R5CT123", "-t", target, "--quiet")
    assert done.returncode == 0, done.stderr
    assert "9.85 ms" in done.stdout
    assert phone.left() == [there]


def test_energy_by_its_own_power_profile_where_the_target_is_this_phone(
    phone: FakePhone, target: Path, model: Path, binary: Path
) -> None:
    target.write_text(target.read_text().replace("name: Some Phone", "name: Google Pixel 9 Pro"))
    words = ("--device", "adb", "--benchmark-binary", binary, "-t", target)
    metrics = phone.report(model, *words)["metrics"]
    assert metrics["energy.inference"]["origin"] == "modelled"
    assert metrics["energy.inference"]["value"] == pytest.approx(9.979e-3, rel=1e-3)
    assert metrics["battery.share_per_hour"]["origin"] == "modelled"


def test_an_old_binary_tells_less_and_a_hot_phone_is_warned_of(
    phone: FakePhone, target: Path, model: Path, binary: Path
) -> None:
    hot = said.THERMAL.replace("Thermal Status: 0", "Thermal Status: 3")
    low = said.BATTERY.replace("level: 67", "level: 9")
    phone.says(
        **{
            "benchmark_model": said.OLD,
            "profile": "",
            "dumpsys thermalservice": hot,
            "dumpsys battery": low,
        }
    )
    words = ("--device", "adb", "--benchmark-binary", binary, "-t", target)
    report = phone.report(model, *words)
    assert "latency.p50" not in report["metrics"]
    assert report["metrics"]["latency.mean"]["value"] == pytest.approx(2.95034)
    codes = {one["code"] for one in report["warnings"]}
    assert {"phone-hot", "phone-battery-low", "operators-not-timed"} <= codes


def test_a_tool_that_fails_there_ends_with_4_and_cleans_up(
    phone: FakePhone, target: Path, model: Path, binary: Path
) -> None:
    phone.says(benchmark_model=said.FAILED, status="1")
    done = phone.measure(model, "--device", "adb", "--benchmark-binary", binary, "-t", target)
    assert done.returncode == 4
    assert "opcode" in done.stderr
    assert phone.left() == []


@pytest.mark.parametrize(
    ("words", "said_"),
    [
        (("--labels", EXAMPLES / "labels.npy"), "--labels"),
        (("--meter-command", "meter"), "--meter-command"),
        (("--batch", "8"), "single stream"),
        (("--scenario", "offline"), "single stream"),
    ],
)
def test_what_the_tool_cannot_do_is_refused(
    phone: FakePhone, target: Path, model: Path, words: tuple[object, ...], said_: str
) -> None:
    done = phone.measure(model, "--device", "adb", "-t", target, *words)
    assert done.returncode == 2
    assert said_ in done.stderr
    assert not (phone.folder / "log").exists()


def test_an_onnx_file_without_conversion_is_refused(phone: FakePhone, target: Path) -> None:
    done = phone.measure(EXAMPLES / "student.onnx", "--device", "adb", "-t", target)
    assert done.returncode == 2
    assert ".tflite" in done.stderr


@pytest.mark.parametrize(
    ("listed", "word", "error", "text"),
    [
        ("", "adb", LackingError, "no phone is attached"),
        ("A1\tunauthorized\n", "adb", LackingError, "unauthorized"),
        ("A1\toffline\n", "adb:A1", LackingError, "offline"),
        ("A1\tdevice\nB2\tdevice\n", "adb", RequestError, "2 phones"),
        (READY, "adb:OTHER", LackingError, "no phone OTHER"),
        (READY, "usb", RequestError, "not a device"),
        (READY, "adb:", RequestError, "not a device"),
        (READY, "adb:x; reboot", RequestError, "not a device"),
        (READY, "adb:-H", RequestError, "not a device"),
    ],
)
def test_which_phone(
    phone: FakePhone,
    monkeypatch: pytest.MonkeyPatch,
    listed: str,
    word: str,
    error: type[EffprofError],
    text: str,
) -> None:
    for name, value in phone.env.items():
        monkeypatch.setenv(name, value)
    phone.devices(listed)
    with pytest.raises(error, match=text):
        attach(word)


def test_one_of_two_by_its_serial(phone: FakePhone, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in phone.env.items():
        monkeypatch.setenv(name, value)
    phone.devices("A1\tdevice\nB2\tdevice\nC3\tunauthorized\n")
    assert attach("adb:B2").serial == "B2"
    phone.devices("A1\tdevice\nC3\tunauthorized\n")
    assert attach("adb").serial == "A1"


def test_without_adb_it_is_said_at_once_and_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(LackingError, match="not on the PATH") as told:
        attach("adb")
    assert "platform-tools" in told.value.hint


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--device", "usb"), "not a device"),
        (("--device", "adb", "--benchmark-binary", "nowhere"), "nowhere: no such file"),
        (("--device", "adb", "-t", "edge"), "runs .tflite files, this is onnx"),
        (("--device", "adb", "--precision", "int8", "-t", "edge"), "this is onnx"),
    ],
)
def test_what_makes_no_sense_is_said_before_adb_is_looked_for(
    words: tuple[str, ...], told: str
) -> None:
    with patch.dict("os.environ", {"PATH": ""}):
        done = effprof_here("measure", EXAMPLES / "student.onnx", *words)
        assert (done.returncode, told in done.stderr) == (2, True), done.stderr
        lacking = effprof_here("measure", EXAMPLES / "student.onnx", "--device", "adb")
    assert (lacking.returncode, "adb is not on the PATH" in lacking.stderr) == (3, True)


def test_a_model_that_is_not_there_is_said_before_adb_is_looked_for() -> None:
    with patch.dict("os.environ", {"PATH": ""}):
        done = effprof_here("measure", "nowhere.tflite", "--device", "adb")
    assert done.returncode == 2
    assert "nowhere.tflite: no such file" in done.stderr


def test_an_adb_that_never_answers_is_not_waited_for(tmp_path: Path) -> None:
    program = tmp_path / "adb"
    program.write_text(f"#!{shutil.which('sh')}\nexec sleep 60\n")
    program.chmod(0o755)
    with pytest.raises(UnfinishedError, match="no answer"):
        Adb(str(program), "A1").shell("getprop", 0.2)


def test_the_folder_is_cleared_also_when_the_work_in_it_fails(
    phone: FakePhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in phone.env.items():
        monkeypatch.setenv(name, value)

    def work() -> None:
        with workplace(attach("adb")):
            assert len(phone.left()) == 1
            raise ValueError("oh")

    with pytest.raises(ValueError, match="oh"):
        work()
    assert phone.left() == []


def test_a_binary_needs_a_device() -> None:
    done = effprof_here("measure", EXAMPLES / "student.onnx", "--benchmark-binary", "x")
    assert done.returncode == 2
    assert "--device" in done.stderr
