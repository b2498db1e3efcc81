"""What uv's refusal means to the one who asked: one line, a hint, the right exit code."""

import re
from collections.abc import Callable
from pathlib import Path

from effprof.base.errors import EffprofError, LackingError, RequestError
from effprof.base.folders import no_space
from effprof.environment.pythons import Version
from effprof.environment.spec import Spec

_NETWORK = (
    "failed to fetch",
    "error sending request",
    "dns error",
    "network is unreachable",
    "network was disabled",
    "connection refused",
    "timed out",
)


def complaint(said: str, spec: Spec, log: Path, near: Callable[[], list[str]]) -> EffprofError:
    """The error to raise; `near` looks up the versions next to the one that is not there."""
    text = " ".join(said.split()).lower()
    where = f"uv's own words are in {log}"
    if "no space left on device" in text or "disk quota exceeded" in text:
        return no_space(log.parent)
    if any(sign in text for sign in _NETWORK):
        return LackingError(
            f"{spec.key}: the package index cannot be reached",
            hint=f"needs the network once, then works offline; {where}",
        )
    if "was not found in the package registry" in text:
        return RequestError(f"{spec.key}: the package index has no such package", hint=where)
    if "there is no version of" in text or "there are no versions of" in text:
        versions = near()
        nearest = f"the nearest are {' and '.join(versions)}" if versions else where
        return RequestError(f"{spec.key}: there is no such version", hint=nearest)
    if "has no wheels with a matching" in text or "has no usable wheels" in text:
        return LackingError(
            f"{spec.key}: there is no build of it for this kind of machine", hint=where
        )
    return LackingError(f"{spec.key}: uv could not make it: {_gist(said)}", hint=where)


def pythons_with_wheels(said: str) -> frozenset[Version] | None:
    """Python versions that have a wheel, where lacking one for ours is what uv complains of."""
    if "matching Python ABI tag" not in said and "matching Python implementation tag" not in said:
        return None
    tags = re.findall(r"`cp(\d)(\d+)`", said.partition("we only found wheels")[2])
    return frozenset((int(major), int(minor)) for major, minor in tags)


def wrong_python(spec: Spec, has: frozenset[Version], minimum: Version) -> EffprofError:
    """No interpreter here is one it has a wheel for."""
    listed = ", ".join(f"{major}.{minor}" for major, minor in sorted(has)) or "others"
    usable = [version for version in has if version >= minimum]
    if has and not usable:
        needs = ".".join(map(str, minimum))
        return RequestError(
            f"{spec.key}: exists for Python {listed} only, effprof needs {needs} or newer",
            hint="ask for a newer version of it",
        )
    wanted = ".".join(map(str, max(usable))) if usable else "of that version"
    return LackingError(
        f"{spec.key}: exists for Python {listed}, and none of them was found here",
        hint=f"install Python {wanted}: uv python install {wanted}",
    )


def _gist(said: str) -> str:
    """The innermost cause, or the line that says error."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    causes = [line for line in lines if line.lower().startswith(("cause:", "caused by:"))]
    errors = [line for line in lines if line.lower().startswith("error")]
    found = (causes[-1:] or errors[:1] or lines[-1:] or ["it said nothing"])[0]
    return found.partition(":")[2].strip()[:160] or found[:160]
