"""What an environment is to hold: a key that people type and the requirements behind it."""

import hashlib
import platform
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from effprof.base.errors import RequestError
from effprof.environment.pythons import Version

# Exactly one released version: no option, URL, path, extra, marker or wildcard gets through.
_PINNED = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?) *== *"
    r"(?P<version>[0-9]{1,9}(?:\.[0-9]{1,9}){0,5}(?:(?:a|b|rc)[0-9]{1,9})?"
    r"(?:\.post[0-9]{1,9})?(?:\.dev[0-9]{1,9})?)",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Spec:
    """`key` is what the environment is called: `onnxruntime==1.24.4`. `requirements` go to uv.

    `lock`: a file beside this one that pins all of them, hashes required, for every Python from
    `minimum` on; without it the list is resolved when the environment is made.
    """

    key: str
    requirements: tuple[str, ...]
    lock: str = ""
    minimum: Version = (3, 11)  # the worker's side is written for this Python

    @property
    def name(self) -> str:
        """The distribution, where the key is NAME==VERSION."""
        return self.key.partition("==")[0]

    @property
    def folder(self) -> str:
        """A name of its own for this list, this Python and this kind of machine.

        A home folder may be shared by machines that are not alike.
        """
        python = ".".join(map(str, sys.version_info[:2]))
        which = self.lock_path.read_text("utf-8") if self.lock else python
        parts = (*self.requirements, which, sys.platform, platform.machine())
        digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]
        return f"{self.key.replace('==', '-')}-{digest}"

    @property
    def lock_path(self) -> Path:
        return Path(__file__).with_name("locks") / self.lock


def parse_requirement(text: str) -> Spec:
    """`onnxruntime==1.24.4` as the list of an environment: that runtime and a numpy it can use."""
    match = _PINNED.fullmatch(text.strip())
    if not match:
        raise RequestError(
            f"{text[:80]!r} is not NAME==VERSION",
            hint="name one released version, like onnxruntime==1.24.4",
        )
    name = re.sub(r"[-_.]+", "-", match["name"]).lower()
    pinned = f"{name}=={match['version']}"
    return Spec(pinned, (pinned, _numpy(name, match["version"])))


def _numpy(name: str, version: str) -> str:
    """What was built for numpy 1, and does not say so in its metadata, gets that.

    ONNX Runtime before 1.19 (github.com/microsoft/onnxruntime/issues/21063); tflite-runtime to its
    last release, 2.14.0: under numpy 2 its interpreter ends in a SystemError.
    """
    release = [int(part) for part in re.findall(r"[0-9]+", version)[:2]]
    old = name.startswith("onnxruntime") and release < [1, 19]
    return "numpy<2" if old or name == "tflite-runtime" else "numpy"
