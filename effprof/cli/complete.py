"""What a shell offers on Tab where the word is no file: names, read without what they name.

Each key press starts a process, so only names of files are looked at. A word that is a path gets
nothing here, and the shell offers files.
"""

from typing import Literal

_SUFFIXES = (".yaml", ".yml")


def targets(incomplete: str) -> list[str]:
    return _names("targets", incomplete)


def profiles(incomplete: str) -> list[str]:
    return _names("profiles", incomplete)


def actions(incomplete: str) -> list[str]:
    """Of `targets` and `profiles`."""
    return [word for word in ("list", "show", "validate", "new") if word.startswith(incomplete)]


def metrics(incomplete: str) -> list[str]:
    from effprof.base.metrics import CATALOGUE

    return [key for key in CATALOGUE if key.startswith(incomplete)]


def _names(kind: Literal["targets", "profiles"], incomplete: str) -> list[str]:
    from effprof.base.folders import catalogue_folders

    found: set[str] = set()
    for folder in catalogue_folders(kind):
        try:
            found |= {path.stem for path in folder.iterdir() if path.suffix in _SUFFIXES}
        except OSError:  # not there, not a folder, not ours to read
            continue
    return sorted(name for name in found if name.startswith(incomplete))
