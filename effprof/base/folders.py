"""Where effprof keeps things between runs. EFFPROF_DATA and EFFPROF_CONFIG move them."""

import os
from pathlib import Path

from effprof.base.errors import LackingError


def data_folder() -> Path:
    """Environments, ceilings, history. Not created here."""
    import platformdirs

    return Path(os.environ.get("EFFPROF_DATA") or platformdirs.user_data_dir("effprof"))


def config_folder() -> Path:
    """The user's own targets and profiles. Not created here."""
    import platformdirs

    return Path(os.environ.get("EFFPROF_CONFIG") or platformdirs.user_config_dir("effprof"))


def no_space(folder: Path) -> LackingError:
    return LackingError(
        f"{folder}: no space left on this disk",
        hint="free some, or name another folder with EFFPROF_DATA",
    )
