"""Fetches the scripts that pages carry and checks them against what is recorded of them.

`python requirements/vendor.py`, with npm installed. For another version, change `version` in
`vendored.toml` first; a file that differs from its `sha256` is refused, and the new one is said.
"""

import hashlib
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "effprof" / "formats" / "html" / "static" / "vendor"


def main() -> None:
    recorded = tomllib.loads((FOLDER / "vendored.toml").read_text(encoding="utf-8"))
    for name, entry in recorded.items():
        script, licence = fetched(entry)
        found = hashlib.sha256(script).hexdigest()
        if found != entry["sha256"]:
            sys.exit(f"{name} {entry['version']}: sha256 is {found}, recorded is {entry['sha256']}")
        (FOLDER / Path(entry["file"]).name).write_bytes(script)
        (FOLDER / f"LICENSE.{name}").write_bytes(licence)


def fetched(entry: dict[str, Any]) -> tuple[bytes, bytes]:
    """The script and its licence out of the package, which is not installed."""
    with tempfile.TemporaryDirectory() as folder:
        wanted = f"{entry['package']}@{entry['version']}"
        command = ["npm", "pack", "--silent", "--ignore-scripts", wanted]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        (archive,) = Path(folder).glob("*.tgz")
        with tarfile.open(archive) as opened:
            return member(opened, entry["file"]), member(opened, "LICENSE")


def member(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(f"package/{name}")
    assert file is not None, name
    return file.read()


if __name__ == "__main__":
    main()
