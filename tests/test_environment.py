"""Environments: what may be asked for, and that a half-made one is never used."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from effprof import environment
from effprof.base.errors import EffprofError, LackingError, RequestError
from effprof.environment import Spec, parse_requirement, pythons, store
from effprof.environment import uv as uv_module

FakeUv = Callable[[str], Path]
SPEC = Spec("onnxruntime==1.24.4", ("onnxruntime==1.24.4", "numpy"))


def quiet(_line: str) -> None: ...


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EFFPROF_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def fake_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeUv:
    """A uv that makes an empty environment; what `pip install` does is a line of shell."""

    def write(install: str = ":") -> Path:
        script = tmp_path / "uv"
        script.write_text(
            textwrap.dedent(f"""\
            #!/bin/sh
            echo "$*" >> {tmp_path}/calls
            echo $$ > {tmp_path}/pid
            for last; do :; done
            case "$1 $2" in
              "pip freeze") echo onnxruntime==1.24.4; echo numpy==2.4.6 ;;
              "pip install") python=$4; {install} ;;
              venv*) mkdir -p "$last/bin"; ln -s {sys.executable} "$last/bin/python" ;;
            esac
            """)
        )
        script.chmod(0o755)
        monkeypatch.setattr(uv_module, "find_uv", lambda: str(script))
        return tmp_path / "calls"

    return write


def refusal(install: str, fake_uv: FakeUv) -> EffprofError:
    fake_uv(install)
    with pytest.raises(EffprofError) as caught:
        environment.make(SPEC, quiet)
    assert environment.locate(SPEC) is None
    assert not any(path.is_dir() for path in store.workshop().iterdir())
    assert "\n" not in caught.value.message + caught.value.hint
    return caught.value


def saying(text: str) -> str:
    lines = text.replace("\n", "\\n")
    return f"printf '%b' '{lines}' >&2; exit 1"


class TestMake:
    def test_made_once(self, fake_uv: FakeUv) -> None:
        calls = fake_uv(":")
        python = environment.make(SPEC, quiet)
        assert python == environment.locate(SPEC)
        assert python.is_file()
        before = calls.read_text()
        assert environment.make(SPEC, quiet) == python
        assert calls.read_text() == before

    def test_what_was_resolved_is_kept(self, fake_uv: FakeUv) -> None:
        fake_uv(":")
        environment.make(SPEC, quiet)
        (one,) = environment.made()
        assert one.key == SPEC.key
        assert one.packages == ("onnxruntime==1.24.4", "numpy==2.4.6")
        assert one.python == ".".join(map(str, sys.version_info[:2]))
        assert one.size_bytes > 0

    def test_uv_gets_the_list_and_no_project_of_the_caller(
        self, fake_uv: FakeUv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("VIRTUAL_ENV", "/elsewhere")
        calls = fake_uv(f'pwd > {tmp_path}/seen; echo "venv=$VIRTUAL_ENV" >> {tmp_path}/seen')
        environment.make(SPEC, quiet)
        assert calls.read_text().splitlines()[1].endswith("--no-build onnxruntime==1.24.4 numpy")
        assert (tmp_path / "seen").read_text().split() == [str(store.workshop()), "venv="]

    def test_a_folder_without_marker_is_not_used(self, fake_uv: FakeUv) -> None:
        fake_uv(":")
        place = store.root() / SPEC.folder
        (place / "bin").mkdir(parents=True)
        (place / "bin/python").symlink_to(sys.executable)
        assert environment.locate(SPEC) is None
        environment.make(SPEC, quiet)
        assert (place / store.MARKER).is_file()

    def test_made_again_when_its_base_python_is_gone(self, fake_uv: FakeUv) -> None:
        fake_uv(":")
        python = environment.make(SPEC, quiet)
        python.unlink()
        python.symlink_to("/nowhere/python3")
        assert environment.locate(SPEC) is None
        assert environment.make(SPEC, quiet).is_file()

    def test_leavings_of_a_killed_maker_go(self, fake_uv: FakeUv) -> None:
        fake_uv(":")
        left = store.workshop() / SPEC.folder / "lib/half"
        left.mkdir(parents=True)
        python = environment.make(SPEC, quiet)
        assert not (python.parent.parent / "lib").exists()

    def test_two_at_once_make_one(self, fake_uv: FakeUv) -> None:
        calls = fake_uv("sleep 0.4")
        found: list[Path] = []
        said: list[str] = []
        threads = [
            threading.Thread(target=lambda: found.append(environment.make(SPEC, said.append)))
            for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(set(found)) == 1
        assert len(found) == 2
        assert calls.read_text().count("pip install") == 1
        assert any("another effprof" in line for line in said)

    def test_interrupted_leaves_nothing(self, fake_uv: FakeUv, tmp_path: Path) -> None:
        fake_uv(f"touch {tmp_path}/started; sleep 60")
        code = textwrap.dedent(f"""\
            from effprof import environment
            from effprof.environment import uv
            uv.find_uv = lambda: {str(tmp_path / "uv")!r}
            environment.make(environment.parse_requirement("onnxruntime==1.24.4"), print)
            """)
        child = subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        deadline = time.monotonic() + 30
        while not (tmp_path / "started").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        child.send_signal(signal.SIGINT)
        _, said = child.communicate(timeout=30)
        assert b"KeyboardInterrupt" in said
        assert not any(path.is_dir() for path in store.workshop().iterdir())
        with pytest.raises(ProcessLookupError):
            os.kill(int((tmp_path / "pid").read_text()), 0)

    def test_too_long(self, fake_uv: FakeUv, tmp_path: Path) -> None:
        fake_uv("sleep 60")
        with pytest.raises(LackingError, match="took longer than"):
            environment.make(SPEC, quiet, timeout_s=0.3)
        assert environment.locate(SPEC) is None
        with pytest.raises(ProcessLookupError):
            os.kill(int((tmp_path / "pid").read_text()), 0)

    def test_a_runtime_that_does_not_start_is_not_kept(self, fake_uv: FakeUv) -> None:
        broken = "printf '#!/bin/sh\\necho ImportError: GLIBC_2.99 >&2; exit 1' > new"
        bad = refusal(f"{broken}; chmod +x new; mv new $python", fake_uv)
        assert isinstance(bad, LackingError)
        assert "cannot be imported: ImportError: GLIBC_2.99" in bad.message

    def test_data_folder_that_is_none(
        self, fake_uv: FakeUv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fake_uv(":")
        (tmp_path / "file").touch()
        monkeypatch.setenv("EFFPROF_DATA", str(tmp_path / "file"))
        with pytest.raises(LackingError, match="not a directory") as caught:
            environment.make(SPEC, quiet)
        assert "EFFPROF_DATA" in caught.value.hint

    def test_no_uv(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "uv", None)
        monkeypatch.setenv("PATH", "/nowhere")
        with pytest.raises(LackingError, match="uv is not installed"):
            environment.make(SPEC, quiet)


class TestComplaint:
    def test_log_is_named_not_dumped(self, fake_uv: FakeUv) -> None:
        bad = refusal(saying("error: strange\n  cause: a\n  cause: the moon"), fake_uv)
        assert bad.message == "onnxruntime==1.24.4: uv could not make it: the moon"
        log = Path(bad.hint.rpartition(" ")[2])
        assert "strange" in log.read_text()

    def test_works_the_next_time(self, fake_uv: FakeUv) -> None:
        refusal(saying("error: strange"), fake_uv)
        fake_uv(":")
        assert environment.make(SPEC, quiet).is_file()
        assert not list(store.workshop().glob("*.log"))

    def test_no_network(self, fake_uv: FakeUv) -> None:
        bad = refusal(saying("error: Request failed\n cause: Failed to fetch: https://x"), fake_uv)
        assert isinstance(bad, LackingError)
        assert "cannot be reached" in bad.message

    def test_no_such_package(self, fake_uv: FakeUv) -> None:
        said = "Because onnxruntime was not found in the package registry and you require it"
        assert isinstance(refusal(saying(said), fake_uv), RequestError)

    def test_no_such_version_names_the_nearest(self, fake_uv: FakeUv) -> None:
        dry = 'case "$*" in *dry-run*lowest*) echo " + onnxruntime==1.25.0" >&2; exit 0;;'
        dry += ' *dry-run*) echo " + onnxruntime==1.24.3" >&2; exit 0;; esac; '
        bad = refusal(dry + saying("there is no version of onnxruntime==1.24.4"), fake_uv)
        assert isinstance(bad, RequestError)
        assert bad.hint == "the nearest are 1.24.3 and 1.25.0"

    def test_full_disk(self, fake_uv: FakeUv) -> None:
        bad = refusal(saying("error: failed: No space left on device (os error 28)"), fake_uv)
        assert isinstance(bad, LackingError)
        assert "no space left" in bad.message

    def test_no_build_for_this_machine(self, fake_uv: FakeUv) -> None:
        said = "Because onnxruntime==1.24.4 has no wheels with a matching platform tag (e.g., x)"
        assert isinstance(refusal(saying(said), fake_uv), LackingError)


NO_WHEEL = (
    "Because x has no wheels with a matching Python ABI tag (e.g., `cp311`) and ...\n"
    "hint: You require CPython 3.11 (`cp311`), but we only found wheels for `x` (v1) with the "
    "following Python ABI tags: {tags}"
)


class TestOtherPython:
    def test_used_where_ours_has_no_wheel(
        self, fake_uv: FakeUv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "saying").write_text(NO_WHEEL.format(tags="`cp312`, `cp313`"))
        asked: list[object] = []

        def found(minimum: pythons.Version, only: object) -> Path:
            asked.append((minimum, only))
            return Path("/other/python3.12")

        monkeypatch.setattr("effprof.environment.making.find_python", found)
        once = f"[ -e {tmp_path}/once ] || {{ touch {tmp_path}/once; cat {tmp_path}/saying >&2; "
        calls = fake_uv(once + "exit 1; }")
        assert environment.make(SPEC, quiet).is_file()
        assert asked == [((3, 11), frozenset({(3, 12), (3, 13)}))]
        assert "--python /other/python3.12" in calls.read_text()

    @pytest.mark.parametrize(
        ("tags", "kind", "words"),
        [
            ("`cp312`, `cp313`", LackingError, "uv python install 3.13"),
            ("`cp36`, `cp310`", RequestError, "newer version of it"),
        ],
    )
    def test_none_there(
        self,
        tags: str,
        kind: type[EffprofError],
        words: str,
        fake_uv: FakeUv,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("effprof.environment.making.find_python", lambda *_, **__: None)
        (tmp_path / "saying").write_text(NO_WHEEL.format(tags=tags))
        bad = refusal(f"cat {tmp_path}/saying >&2; exit 1", fake_uv)
        assert isinstance(bad, kind)
        assert words in bad.hint


class TestRemove:
    def test_gone(self, fake_uv: FakeUv) -> None:
        fake_uv(":")
        environment.make(SPEC, quiet)
        assert environment.remove(SPEC.key, quiet) == 1
        assert environment.locate(SPEC) is None
        assert environment.made() == ()

    def test_not_there(self) -> None:
        assert environment.remove(SPEC.key, quiet) == 0

    def test_foreign_folders_are_not_listed(self) -> None:
        folder = store.root() / "else"
        folder.mkdir(parents=True)
        for text in ("", "[]", "{}", '{"key": 1}'):
            (folder / store.MARKER).write_text(text)
            assert environment.made() == ()


@pytest.mark.network
class TestReal:
    def test_onnxruntime(self) -> None:
        spec = parse_requirement("onnxruntime==1.24.4")
        python = environment.make(spec, quiet)
        code = "import onnxruntime, sys; print(onnxruntime.__version__, sys.prefix)"
        said = subprocess.run(
            [python, "-c", code], capture_output=True, text=True, check=True, env={}
        )
        assert said.stdout.split() == ["1.24.4", str(python.parent.parent)]
        (one,) = environment.made()
        assert "onnxruntime==1.24.4" in one.packages

    def test_a_version_there_is_not(self) -> None:
        with pytest.raises(RequestError) as caught:
            environment.make(parse_requirement("onnxruntime==1.24.40"), quiet)
        assert "1.24.4" in caught.value.hint


class TestConverters:
    """Locked lists, and the Python they need."""

    def test_every_line_of_a_lock_is_pinned_and_hashed(self) -> None:
        for spec in environment.SETS["mobile"]:
            lines = spec.lock_path.read_text("utf-8").replace("\\\n", " ").splitlines()
            assert any(line.startswith(spec.key) for line in lines)
            assert all("==" in line and "--hash=sha256:" in line for line in lines if line.strip())

    def test_uv_is_given_the_lock_and_asks_for_hashes(self, fake_uv: FakeUv) -> None:
        calls = fake_uv(":")
        environment.make(environment.QUANTIZER, quiet)
        (install,) = [line for line in calls.read_text().splitlines() if "pip install" in line]
        assert "--require-hashes" in install
        assert str(environment.QUANTIZER.lock_path) in install

    def test_no_python_that_is_new_enough(
        self, fake_uv: FakeUv, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        calls = fake_uv(":")
        monkeypatch.setattr("effprof.environment.making.find_python", lambda _minimum: None)
        needs = Spec("onnx2tf==2.6.9", ("onnx2tf==2.6.9",), lock="onnx2tf.txt", minimum=(3, 99))
        calls.parent.joinpath("uv").write_text("#!/bin/sh\necho no network >&2; exit 2\n")
        with pytest.raises(LackingError, match=r"needs Python 3\.99 or newer") as bad:
            environment.make(needs, quiet)
        assert "install Python 3.99" in bad.value.hint
        assert bad.value.exit_code == 3
