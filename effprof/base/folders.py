"""Where effprof keeps things between runs, and how. EFFPROF_DATA and EFFPROF_CONFIG move them."""

import os
from pathlib import Path
from typing import Literal

from effprof.base.errors import LackingError


def data_folder() -> Path:
    """Environments, ceilings, history. Not created here."""
    import platformdirs

    return Path(os.environ.get("EFFPROF_DATA") or platformdirs.user_data_dir("effprof"))


def config_folder() -> Path:
    """The user's own targets and profiles. Not created here."""
    import platformdirs

    return Path(os.environ.get("EFFPROF_CONFIG") or platformdirs.user_config_dir("effprof"))


def catalogue_folders(kind: Literal["targets", "profiles"]) -> tuple[Path, ...]:
    """Where a name is looked up, in order: here, the user's own, those shipped. May not exist."""
    package = Path(__file__).parents[1]
    shipped = package / kind
    if not shipped.is_dir():  # an editable install leaves them beside the package
        shipped = package.parent / kind
    return (Path(kind), config_folder() / kind, shipped)


def write_whole(path: Path, content: bytes) -> None:
    """Beside its place and renamed, so that nobody finds half of it; OSError where it cannot be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        part.write_bytes(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def no_space(folder: Path) -> LackingError:
    return LackingError(
        f"{folder}: no space left on this disk",
        hint="free some, or name another folder with EFFPROF_DATA",
    )
