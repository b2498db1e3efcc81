"""Making an environment: into a folder beside its place, moved there when it is complete."""

import errno
import json
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from effprof.base.errors import EffprofError, LackingError, reason
from effprof.base.folders import no_space
from effprof.environment import complaint, store
from effprof.environment.pythons import find_python, version_of
from effprof.environment.spec import Spec
from effprof.environment.uv import Failed, Uv, run

Say = Callable[[str], None]

TIMEOUT_S = 1800.0

# Imported once here: it proves that the runtime starts, and leaves its bytecode behind, so that
# the first trial is not the one that compiles it.
_PROVE = """
import importlib, importlib.metadata, sys
wanted = set(sys.argv[1:])
for name, owners in importlib.metadata.packages_distributions().items():
    if wanted & {owner.lower().replace("_", "-") for owner in owners}:
        if name.isidentifier() and not name.startswith("_"):
            importlib.import_module(name)
"""


def make(spec: Spec, say: Say, timeout_s: float = TIMEOUT_S) -> Path:
    """The interpreter of the environment, which is made first where it is not there yet.

    `timeout_s` bounds each step of uv's.
    """
    if ready := store.locate(spec):
        return ready
    with _disk_trouble():
        store.workshop().mkdir(parents=True, exist_ok=True)
        with store.locked(spec.folder, say):
            # Another maker may have been faster while we waited.
            return store.locate(spec) or _make(spec, say, timeout_s)


def _make(spec: Spec, say: Say, timeout_s: float) -> Path:
    place, part = store.root() / spec.folder, store.workshop() / spec.folder
    log = store.workshop() / f"{spec.folder}.log"
    log.unlink(missing_ok=True)
    try:
        _build(spec, Uv(log, store.workshop(), timeout_s), part, say)
        shutil.rmtree(place, ignore_errors=True)  # was ready once, its base Python is gone since
        part.rename(place)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    log.unlink(missing_ok=True)
    return store.interpreter(place)


def _build(spec: Spec, uv: Uv, part: Path, say: Say) -> None:
    """Everything the environment holds, its marker last."""
    python = _first_python(spec, uv, say)
    try:
        try:
            _install(spec, uv, part, python, say)
        except Failed as bad:
            _install(spec, uv, part, _other_python(spec, bad), say)
        packages = uv.run("pip", "freeze", "--python", str(store.interpreter(part)))
    except Failed as bad:
        raise complaint.complaint(bad.said, spec, uv.log, lambda: _near(spec, uv, part)) from bad
    _prove(spec, uv, part)
    marker = {
        "key": spec.key,
        "requirements": spec.requirements,
        "python": ".".join(map(str, version_of(store.interpreter(part)) or ())),
        "packages": packages.splitlines(),
    }
    (part / store.MARKER).write_text(json.dumps(marker, indent=1), encoding="utf-8")


def _first_python(spec: Spec, uv: Uv, say: Say) -> Path:
    """Ours if it is new enough, else one of this machine, else one that uv downloads."""
    if sys.version_info[:2] >= spec.minimum:
        return Path(sys.executable)
    if found := find_python(spec.minimum):
        return found
    wanted = ".".join(map(str, spec.minimum))
    say(f"no Python {wanted} or newer is here, downloading one")
    try:
        uv.run("python", "install", wanted, downloads=True)
    except Failed as bad:
        raise LackingError(
            f"{spec.key}: needs Python {wanted} or newer; none was found here or could be fetched",
            hint=f"install Python {wanted}: uv python install {wanted}, or the system's packages",
        ) from bad
    python = find_python(spec.minimum)
    if python is None:
        raise LackingError(f"{spec.key}: uv installed Python {wanted}, and it does not run")
    return python


def _install(spec: Spec, uv: Uv, part: Path, python: Path, say: Say) -> None:
    shutil.rmtree(part, ignore_errors=True)  # of an earlier try, or of a maker that was killed
    say(f"making an environment with {spec.key} under {python}")
    uv.run("venv", "--quiet", "--relocatable", "--python", str(python), str(part))
    say("installing " + " ".join(spec.requirements))
    inside = str(store.interpreter(part))
    listed = ("--require-hashes", "-r", str(spec.lock_path)) if spec.lock else spec.requirements
    uv.run("pip", "install", "--python", inside, "--no-build", *listed)


def _other_python(spec: Spec, bad: Failed) -> Path:
    """An interpreter that has a wheel, where that is the trouble; else the trouble again."""
    has = complaint.pythons_with_wheels(bad.said)
    if has is None:
        raise bad
    python = find_python(spec.minimum, only=has)
    if python is None:
        raise complaint.wrong_python(spec, has, spec.minimum) from bad
    return python


def _near(spec: Spec, uv: Uv, part: Path) -> list[str]:
    """The released versions next below and next above the one asked for."""
    name, _, version = spec.key.partition("==")
    versions = []
    for sign, resolution in (("<", "highest"), (">", "lowest-direct")):
        words = ("--dry-run", "--no-deps", "--no-build", "--resolution", resolution)
        asked = ("--python", str(store.interpreter(part)), f"{name}{sign}{version}")
        with suppress(Failed):
            uv.run("pip", "install", *words, *asked)
        said = uv.log.read_text(encoding="utf-8", errors="replace").rpartition("\n$ ")[2]
        versions += re.findall(rf"^ *\+ {re.escape(name)}==(\S+)", said, re.MULTILINE)
    return versions


def _prove(spec: Spec, uv: Uv, part: Path) -> None:
    names = [re.split(r"[=<>]", requirement)[0] for requirement in spec.requirements]
    command = [str(store.interpreter(part)), "-I", "-c", _PROVE, *names]
    try:
        run(command, uv.log, uv.folder, uv.timeout_s)
    except Failed as bad:
        why = bad.said.strip().rpartition("\n")[2][:160]
        raise LackingError(
            f"{spec.key}: was installed and cannot be imported: {why}",
            hint=f"all it said is in {uv.log}",
        ) from bad


@contextmanager
def _disk_trouble() -> Iterator[None]:
    """A full disk or a folder that is not ours, in one line."""
    try:
        yield
    except EffprofError:
        raise
    except OSError as bad:
        if bad.errno in (errno.ENOSPC, errno.EDQUOT):
            raise no_space(store.root()) from bad
        raise LackingError(
            f"{bad.filename or store.root()}: {reason(bad)}",
            hint="environments are kept there; EFFPROF_DATA names another folder",
        ) from bad
