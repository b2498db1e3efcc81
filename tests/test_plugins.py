"""Plugins: found by name, loaded on demand, a bad one told apart from a bug of ours."""

import subprocess
import sys
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

from effprof import plugins
from effprof.base.errors import EffprofError, LackingError
from effprof.report.bundle import Bundle

MODULE = """
class Good:
    formats = ("onnx",)
    packages = ("onnx",)
    def unavailable(self): return None
    def refuses(self, model, options): return None
    def start(self): return {}
    def load(self, path, options): ...
    def operators(self, path, options, arrays, seconds): return "none"

class Raises(Good):
    def unavailable(self): raise KeyError("no such\\nthing")

class Lacking:
    formats = ()
    packages = ()
    def unavailable(self): return None

class NotMade(Good):
    def __init__(self): raise ValueError("needs a licence")

def raising(bundle): raise ValueError("boom")

def empty(bundle): return None

class Attribute(Good):
    accelerator = True

class Gpu(Good):
    any_batch = True
    environment = "cuda"
    def accelerator(self, options): return options.get("device") == "gpu"
    def no_device(self, options): return "no GPU"

number = 3
"""


class Package:
    """What stands in for the distribution of an entry point."""

    def __init__(self, name: str) -> None:
        self.name = name


def point(name: str, value: str, package: str = "effprof-x", group: str = "backend") -> EntryPoint:
    made = EntryPoint(name, value, f"effprof.{group}s")
    vars(made)["dist"] = Package(package)
    return made


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[EntryPoint]:
    """Entry points of other packages; what the test adds is installed beside a good module."""
    points: list[EntryPoint] = []
    (tmp_path / "effprof_x").mkdir()
    (tmp_path / "effprof_x/__init__.py").write_text("raise RuntimeError('was imported')\n")
    (tmp_path / "effprof_x/deep.py").write_text(MODULE)
    (tmp_path / "effprof_good.py").write_text(MODULE)
    (tmp_path / "effprof_bad.py").write_text("import nowhere_to_be_found\n")
    (tmp_path / "effprof_odd.py").write_text("def (:\n")
    monkeypatch.syspath_prepend(str(tmp_path))

    monkeypatch.setattr(plugins, "_installed", lambda: EntryPoints(points))
    return points


def refusal(name: str) -> EffprofError:
    with pytest.raises(EffprofError) as caught:
        plugins.backend(name)
    assert "\n" not in caught.value.message
    return caught.value


def test_ours_are_registered_like_any_other() -> None:
    assert "onnxruntime" in plugins.names("backend")
    assert "memory" in plugins.names("meter")
    assert plugins.unavailable(plugins.backend("onnxruntime")) is None
    assert plugins.meter("memory").metrics


def test_loaded(installed: list[EntryPoint]) -> None:
    installed.append(point("good", "effprof_good:Good"))
    assert plugins.backend("good").formats == ("onnx",)
    assert plugins.unavailable(plugins.backend("good")) is None


def test_unknown(installed: list[EntryPoint]) -> None:
    assert refusal("good").hint == "there is none"
    installed.append(point("good", "effprof_good:Good"))
    bad = refusal("goood")
    assert isinstance(bad, LackingError)
    assert bad.hint == "did you mean good?"


def test_two_of_a_name(installed: list[EntryPoint]) -> None:
    installed.append(point("good", "effprof_good:Good", "one"))
    installed.append(point("good", "effprof_good:Good", "two"))
    bad = refusal("good")
    assert isinstance(bad, LackingError)
    assert "one and two" in bad.message


def test_one_seen_twice_on_the_path(installed: list[EntryPoint]) -> None:
    installed += [point("good", "effprof_good:Good")] * 2
    assert plugins.backend("good").formats == ("onnx",)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("effprof_bad:X", "ModuleNotFoundError: No module named 'nowhere_to_be_found'"),
        ("effprof_odd:X", "SyntaxError"),
        ("effprof_good:Nothing", "AttributeError"),
        ("effprof_good:number", "it is not a class"),
        ("effprof_good:NotMade", "ValueError: needs a licence"),
        ("effprof_good:Lacking", "it has no refuses, start, load, operators"),
        ("effprof_good:Attribute", "its accelerator is no method"),
        ("effprof_x.deep:Good", "RuntimeError: was imported"),
        ("nowhere:X", "ModuleNotFoundError"),
    ],
)
def test_unfit_names_its_package(value: str, words: str, installed: list[EntryPoint]) -> None:
    installed.append(point("bad", value, "effprof-bad"))
    bad = refusal("bad")
    assert isinstance(bad, LackingError)
    assert "package effprof-bad" in bad.message
    assert words in bad.message


def test_a_check_that_raises_is_an_answer(installed: list[EntryPoint]) -> None:
    installed.append(point("raises", "effprof_good:Raises"))
    reason = plugins.unavailable(plugins.backend("raises"))
    assert reason == "its check failed: KeyError: 'no such\\nthing'"


def test_what_a_backend_need_not_say_has_a_plain_answer(installed: list[EntryPoint]) -> None:
    installed += [point("good", "effprof_good:Good"), point("gpu", "effprof_good:Gpu")]
    plain, gpu = (plugins.traits(plugins.backend(name)) for name in ("good", "gpu"))
    assert (plain.any_batch, plain.rebuilds, plain.environment) == (False, False, None)
    assert (plain.accelerator({}), plain.no_device({})) == (False, None)
    assert (gpu.any_batch, gpu.environment, gpu.no_device({})) == (True, "cuda", "no GPU")
    assert gpu.accelerator({"device": "gpu"})
    assert not gpu.accelerator({"device": "cpu"})


def test_format_is_a_function(installed: list[EntryPoint]) -> None:
    installed.append(point("three", "effprof_good:number", group="format"))
    with pytest.raises(LackingError, match="it is not a function"):
        plugins.format_("three")
    installed.append(point("text", "effprof_good:Good", group="format"))
    assert callable(plugins.format_("text"))


@pytest.mark.parametrize(
    ("writer", "why"),
    [("raising", "ValueError: boom"), ("empty", "it gave NoneType and no text")],
)
def test_a_format_that_fails_is_its_packages_fault(
    writer: str, why: str, installed: list[EntryPoint]
) -> None:
    installed.append(point("theirs", f"effprof_good:{writer}", group="format"))
    with pytest.raises(LackingError, match=f"format theirs of package .* cannot be used: {why}"):
        plugins.format_("theirs")(Bundle(()))


class TestReference:
    def test_imports_nothing(self, installed: list[EntryPoint], tmp_path: Path) -> None:
        installed.append(point("deep", "effprof_x.deep:Good"))
        found = plugins.reference("backend", "deep")
        assert found.reference == "effprof_x.deep:Good"
        assert found.path == str(tmp_path / "effprof_x/deep.py")
        assert "effprof_x" not in sys.modules

    def test_ours_without_the_runtime(self) -> None:
        code = (
            "import sys; from effprof import plugins; "
            "print(plugins.reference('backend', 'onnxruntime').path); "
            "assert not {'onnxruntime', 'numpy', 'effprof.backends'} & set(sys.modules)"
        )
        seen = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        assert Path(seen.stdout.strip()).is_file()

    def test_no_file(self, installed: list[EntryPoint]) -> None:
        installed.append(point("built", "sys:x"))
        installed.append(point("none", "nowhere.at.all:x"))
        for name in ("built", "none"):
            with pytest.raises(LackingError, match="no file"):
                plugins.reference("backend", name)
